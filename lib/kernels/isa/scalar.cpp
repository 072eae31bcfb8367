// A tile of 4x4 sums needs 16 of the Cortex-M7's 32 registers for the sums and 5 for the factors.
#include "simd/scalar.hpp"

#include "kernels/isa/tables.hpp"
#include "kernels/make_table.hpp"

namespace treadle::kernels {

constexpr KernelTable scalar_table = make_table<simd::Scalar, 4, 4>(Isa::scalar);
constexpr KernelTable scalar_inference_table = inference_part(scalar_table);

}  // namespace treadle::kernels
