// Fills the table of one instruction set from the kernel templates. Only the files in isa/ include this.
#pragma once

#include "kernels/gemm.hpp"
#include "kernels/relu.hpp"
#include "kernels/table.hpp"
#include "kernels/transpose_panels.hpp"

namespace treadle::kernels {

/// `rows` x (`vectors` registers) is the register tile of the matrix product: see gemm.hpp.
template <class S, std::size_t rows, std::size_t vectors>
consteval KernelTable make_table(Isa isa) {
  return {
      .isa = isa,
      .panel = vectors * S::lanes,
      .rows = rows,
      .gemm = gemm<S, rows, vectors>,
#define TREADLE_KERNEL(kernel, Args) .kernel = kernel<S>,
#include "kernels/kernel_list.inc"
#undef TREADLE_KERNEL
  };
}

}  // namespace treadle::kernels
