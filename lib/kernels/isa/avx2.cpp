// A tile of 6x16 sums needs 12 of the 16 registers for the sums, 2 for B and 1 for A.
#include "simd/avx2.hpp"

#include "kernels/isa/tables.hpp"
#include "kernels/make_table.hpp"

namespace treadle::kernels {

constexpr KernelTable avx2_table = make_table<simd::Avx2, 6, 2>(Isa::avx2);
constexpr KernelTable avx2_inference_table = inference_part(avx2_table);

}  // namespace treadle::kernels
