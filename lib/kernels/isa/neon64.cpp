// A tile of 6x8 sums needs 12 of the 32 registers for the sums, 2 for B and 6 for four steps of A.
#include "simd/neon64.hpp"

#include "kernels/isa/tables.hpp"
#include "kernels/make_table.hpp"

namespace treadle::kernels {

constexpr KernelTable neon64_table = make_table<simd::Neon64, 6, 2>(Isa::neon64);
constexpr KernelTable neon64_inference_table = inference_part(neon64_table);

}  // namespace treadle::kernels
