// Products of few columns: the gradient of a weight of few outputs. A register holds columns of a row of C, and would
// be mostly empty, while A, transposed, has whole registers of rows side by side. So C^T = B^T A^T is computed, part by
// part on the stack, and turned on its way to C. Each element is the same chain.
#pragma once

#include <cstddef>

#include "kernels/gemm_args.hpp"
#include "simd/batch.hpp"
#include "simd/transpose.hpp"

namespace treadle::kernels {

template <class S, std::size_t mr, std::size_t vectors>
void gemm(const GemmArgs& args) noexcept;

/// Whether a product of a transposed A with so many columns and steps takes less time when it is turned: whether what
/// the empty lanes would have multiplied pays for turning C (AMD Zen 5, AVX2 and AVX-512).
TREADLE_INLINE constexpr bool pays_to_turn(std::size_t lanes, std::size_t columns, std::size_t k) {
  const std::size_t filled = (columns + lanes - 1) / lanes * lanes;
  return lanes >= 8 && k * (filled - columns) >= 8 * filled;
}

namespace gemm_detail {

/// to[column][row] = from[row][column], of which `columns` are whole registers. Reads whole squares.
template <class S>
[[gnu::noinline, gnu::flatten]] void turn(const float* from, std::size_t from_stride, std::size_t rows,
                                          std::size_t columns, float* to, std::size_t to_stride) noexcept {
  constexpr std::size_t lanes = S::lanes;
  for (std::size_t column = 0; column < columns; column += lanes)
    for (std::size_t row = 0; row < rows; row += lanes)
      simd::transpose<S>(from + row * from_stride + column, from_stride, to + column * to_stride + row, to_stride,
                         rows - row < lanes ? rows - row : lanes);
}

/// The product, of less than a panel of columns of a packed C, turned but for the rows behind the last whole register.
template <class S, std::size_t mr, std::size_t vectors>
[[gnu::noinline]] void turned(const GemmArgs& args) noexcept {
  constexpr std::size_t lanes = S::lanes, nr = vectors * lanes, stride = 2 * nr;
  const std::size_t filled = (args.columns + lanes - 1) / lanes * lanes, row_end = args.m / lanes * lanes;
  alignas(64) float part[nr * stride];
  for (std::size_t i = args.columns * stride; i < filled * stride; ++i) part[i] = 0.0f;
  for (std::size_t row = 0, rows = 0; row < row_end; row += rows) {
    rows = row_end - row < stride ? row_end - row : stride;
    float* const c = args.c + row * nr;
    if (args.start == GemmStart::c) turn<S>(c, nr, rows, filled, part, stride);
    gemm<S, mr, vectors>({.a = args.b,
                          .a_row_stride = 1,
                          .a_k_stride = args.b_k_stride,
                          .b = args.a + row,
                          .b_panel_stride = nr,
                          .b_k_stride = args.a_k_stride,
                          .c = part,
                          .c_panel_stride = nr,
                          .c_row_stride = stride,
                          .bias = nullptr,
                          .m = args.columns,
                          .columns = rows,
                          .k = args.k,
                          .start = args.start});
    turn<S>(part, stride, args.columns, rows, c, nr);
  }
  if (row_end == args.m) return;
  GemmArgs rest = args;
  rest.a += row_end;
  rest.c += row_end * nr;
  rest.m -= row_end;
  gemm<S, mr, vectors>(rest);
}

/// Computes the product if it is one of few columns: without runs, with nothing to start from but zero or C and nothing
/// to finish.
template <class S, std::size_t mr, std::size_t vectors>
TREADLE_INLINE bool few_columns(const GemmArgs& args) {
  constexpr std::size_t nr = vectors * S::lanes;
  if constexpr (S::lanes >= 8)
    if (args.columns < nr && args.m >= S::lanes && args.a_row_stride == 1 && args.c_row_stride == nr &&
        args.a_row_run == 0 && args.a_k_run == 0 && args.start != GemmStart::bias && args.finish == GemmFinish::none &&
        pays_to_turn(S::lanes, args.columns, args.k)) {
      turned<S, mr, vectors>(args);
      return true;
    }
  return false;
}

}  // namespace gemm_detail
}  // namespace treadle::kernels
