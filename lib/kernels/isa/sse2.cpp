// A tile of 4x8 sums needs 8 of the 16 registers for the sums, 2 for B, 1 for A and 2 for products.
#include "simd/sse2.hpp"

#include "kernels/isa/tables.hpp"
#include "kernels/make_table.hpp"

namespace treadle::kernels {

constexpr KernelTable sse2_table = make_table<simd::Sse2, 4, 2>(Isa::sse2);
constexpr KernelTable sse2_inference_table = inference_part(sse2_table);

}  // namespace treadle::kernels
