// A tile of 14x32 sums needs 28 of the 32 registers for the sums, 2 for B and 1 for A.
#include "simd/avx512.hpp"

#include "kernels/isa/tables.hpp"
#include "kernels/make_table.hpp"

namespace treadle::kernels {

constexpr KernelTable avx512_table = make_table<simd::Avx512, 14, 2>(Isa::avx512);
constexpr KernelTable avx512_inference_table = inference_part(avx512_table);

}  // namespace treadle::kernels
