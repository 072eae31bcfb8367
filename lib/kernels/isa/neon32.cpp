// A tile of 4x8 sums needs 8 of the 16 registers for the sums, 2 for B and 4 for A.
#include "simd/neon32.hpp"

#include "kernels/isa/tables.hpp"
#include "kernels/make_table.hpp"

namespace treadle::kernels {

constexpr KernelTable neon32_table = make_table<simd::Neon32, 4, 2>(Isa::neon32);
constexpr KernelTable neon32_inference_table = inference_part(neon32_table);

}  // namespace treadle::kernels
