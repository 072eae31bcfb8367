// Fills the table of one instruction set from the kernel templates. Only the files in isa/ include this, and tests.
#pragma once

#include "kernels/adam.hpp"
#include "kernels/adamw.hpp"
#include "kernels/column_sum.hpp"
#include "kernels/exponential.hpp"
#include "kernels/gelu.hpp"
#include "kernels/gelu_gradient.hpp"
#include "kernels/gemm.hpp"
#include "kernels/leaky_relu.hpp"
#include "kernels/leaky_relu_gradient.hpp"
#include "kernels/logarithm.hpp"
#include "kernels/max_pool.hpp"
#include "kernels/max_pool_gradient.hpp"
#include "kernels/momentum.hpp"
#include "kernels/pad_image.hpp"
#include "kernels/relu.hpp"
#include "kernels/relu_gradient.hpp"
#include "kernels/scale_bytes.hpp"
#include "kernels/sgd.hpp"
#include "kernels/sigmoid.hpp"
#include "kernels/sigmoid_gradient.hpp"
#include "kernels/silu.hpp"
#include "kernels/silu_gradient.hpp"
#include "kernels/softmax.hpp"
#include "kernels/softmax_cross_entropy.hpp"
#include "kernels/softmax_cross_entropy_loss.hpp"
#include "kernels/softmax_gradient.hpp"
#include "kernels/table.hpp"
#include "kernels/tanh.hpp"
#include "kernels/tanh_gradient.hpp"
#include "kernels/transpose_panels.hpp"

namespace treadle::kernels {

/// `rows` x (`vectors` registers) is the register tile of the matrix product: see gemm.hpp.
template <class S, std::size_t rows, std::size_t vectors>
consteval KernelTable make_table(Isa isa) {
  static_assert(vectors * S::lanes <= widest_panel);
  return {
      .isa = isa,
      .lanes = S::lanes,
      .panel = vectors * S::lanes,
      .rows = rows,
      .gemm = gemm<S, rows, vectors>,
#define TREADLE_KERNEL(kernel, Args) .kernel = kernel<S>,
#include "kernels/kernel_list.inc"
#undef TREADLE_KERNEL
  };
}

/// The same with another matrix product, of the same panels and rows.
consteval KernelTable with_gemm(KernelTable table, void (*gemm)(const GemmArgs&) noexcept) {
  table.gemm = gemm;
  return table;
}
consteval KernelTable with_in_order(KernelTable table, const KernelTable* in_order) {
  table.in_order = in_order;
  return table;
}

/// What inference_table() gives.
consteval KernelTable inference_part(const KernelTable& table) {
  KernelTable part{};
  part.isa = table.isa;
  part.lanes = table.lanes;
  part.panel = table.panel;
  part.rows = table.rows;
  part.gemm = table.gemm;
#define TREADLE_KERNEL(kernel, Args) part.kernel = table.kernel;
#include "kernels/inference_kernel_list.inc"
#undef TREADLE_KERNEL
  return part;
}

}  // namespace treadle::kernels
