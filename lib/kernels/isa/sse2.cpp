// A tile of 4x8 sums needs 8 of the 16 registers for the sums, 2 for B, 1 for A and 2 for products.
#include "simd/sse2.hpp"

#include "kernels/isa/tables.hpp"
#include "kernels/make_table.hpp"

namespace treadle::kernels {

constinit const KernelTable sse2_table = make_table<simd::Sse2, 4, 2>(Isa::sse2);

}  // namespace treadle::kernels
