// What a matrix product computes, and how its operands lie: see gemm.hpp for the order of its sums.
//
// A is read where it lies, through two strides: row-major or transposed. Both its rows and its k may come in runs that
// lie a stride of their own apart, which makes a convolution over an image such a product: k is a row of the kernel
// after the other, rows are a row of pixels after the other. C comes in the runs of A's rows, and B in those of its k.
//
// B and C are panels of nr columns (nr is the table's `panel`): element (row, column) lies at
//   (column / nr) * panel_stride + row * row_stride + column % nr.
// With panel_stride = nr this is a row-major matrix, with row_stride = nr it is packed. Columns from `columns` on are
// not written; of a packed B they are read (up to the end of a register) and mean nothing.
#pragma once

#include <cstddef>

namespace treadle::kernels {

enum class GemmStart : unsigned char {
  zero,
  bias,  ///< a row that every row of C starts from, padded to whole panels
  c,     ///< C's own value: the product is added
};

/// What happens to an element of C once its chain is complete.
enum class GemmFinish : unsigned char {
  none,
  relu,  ///< max(c, 0), as the kernel relu
  gate,  ///< the gradient of a relu: c where `gate` is above 0, elsewhere 0
};

struct GemmArgs {
  const float* a;
  std::size_t a_row_stride;
  std::size_t a_k_stride;
  const float* b;
  std::size_t b_panel_stride;
  std::size_t b_k_stride;
  float* c;
  std::size_t c_panel_stride;
  std::size_t c_row_stride;
  const float* bias;  // [panels * nr], only for GemmStart::bias
  std::size_t m;
  std::size_t columns;
  std::size_t k;
  GemmStart start;
  /// Rows of A, and k, come in runs of this length, of which m and k are multiples; 0: in one run. The first elements
  /// of two runs lie the run stride apart; those of B and C follow each other where theirs is 0.
  std::size_t a_row_run = 0;
  std::size_t a_row_run_stride = 0;
  std::size_t c_row_run_stride = 0;
  std::size_t a_k_run = 0;
  std::size_t a_k_run_stride = 0;
  std::size_t b_k_run_stride = 0;
  /// So many of the columns, the last, pad C to a whole register and mean nothing: they may become 0, or stay, instead.
  std::size_t padding = 0;
  GemmFinish finish = GemmFinish::none;
  const float* gate = nullptr;  // only for GemmFinish::gate: laid out as C
};

}  // namespace treadle::kernels
