// A tile of 6x8 sums needs 12 of the 32 registers for the sums, 2 for B and 6 for four steps of A; where the next steps
// are loaded meanwhile it needs 28.
#include "simd/neon64.hpp"

#include "kernels/isa/tables.hpp"
#include "kernels/make_table.hpp"
#include "simd/neon64_in_order.hpp"

namespace treadle::kernels {
namespace {

constexpr KernelTable out_of_order = make_table<simd::Neon64, 6, 2>(Isa::neon64);
constexpr KernelTable in_order = with_gemm(out_of_order, gemm<simd::Neon64InOrder, 6, 2>);
constexpr KernelTable inference_in_order = inference_part(in_order);

}  // namespace

constexpr KernelTable neon64_table = with_in_order(out_of_order, &in_order);
constexpr KernelTable neon64_inference_table = with_in_order(inference_part(out_of_order), &inference_in_order);

}  // namespace treadle::kernels
