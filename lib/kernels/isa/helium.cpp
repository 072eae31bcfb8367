// A tile of 3x8 sums needs 6 of the 8 registers for the sums and 2 for B; A stays in the core's registers.
#include "simd/helium.hpp"

#include "kernels/isa/tables.hpp"
#include "kernels/make_table.hpp"

namespace treadle::kernels {

constexpr KernelTable helium_table = make_table<simd::Helium, 3, 2>(Isa::helium);
constexpr KernelTable helium_inference_table = inference_part(helium_table);

}  // namespace treadle::kernels
