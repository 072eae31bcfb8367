// out[j] = (accumulate ? out[j] : 0) + in[0][j] + in[1][j] + ..., added in that order, so that micro-batches continue
// the sum of their batch. The gradient of a bias.
#pragma once

#include <cstddef>

#include "simd/batch.hpp"

namespace treadle::kernels {

struct ColumnSumArgs {
  const float* in;  // [rows][row_stride], of which the first `columns` are summed
  float* out;       // [columns]
  std::size_t rows;
  std::size_t columns;
  std::size_t row_stride;  // in floats
  bool accumulate;
};

namespace column_sum_detail {

/// Columns `first` ... `first` + vectors * lanes - 1. Several registers at once read whole cache lines of each row.
template <class S, std::size_t vectors>
TREADLE_INLINE void whole_batches(const ColumnSumArgs& args, std::size_t first) {
  using Batch = simd::Float<S>;
  Batch sum[vectors];
  for (std::size_t v = 0; v < vectors; ++v)
    sum[v] = args.accumulate ? Batch::load(args.out + first + v * Batch::lanes) : Batch::zero();
  const float* in = args.in + first;
  for (std::size_t row = 0; row < args.rows; ++row, in += args.row_stride)
    for (std::size_t v = 0; v < vectors; ++v) sum[v] = sum[v] + Batch::load(in + v * Batch::lanes);
  for (std::size_t v = 0; v < vectors; ++v) sum[v].store(args.out + first + v * Batch::lanes);
}

template <class S>
TREADLE_INLINE void last_columns(const ColumnSumArgs& args, std::size_t first, std::size_t count) {
  using Batch = simd::Float<S>;
  Batch sum = args.accumulate ? Batch::load_first(args.out + first, count, 0.0f) : Batch::zero();
  for (std::size_t row = 0; row < args.rows; ++row)
    sum = sum + Batch::load_first(args.in + row * args.row_stride + first, count, 0.0f);
  sum.store_first(args.out + first, count);
}

}  // namespace column_sum_detail

template <class S>
[[gnu::flatten]] void column_sum(const ColumnSumArgs& args) noexcept {
  constexpr std::size_t lanes = S::lanes;
  constexpr std::size_t vectors = 8;
  std::size_t column = 0;
  for (; column + vectors * lanes <= args.columns; column += vectors * lanes)
    column_sum_detail::whole_batches<S, vectors>(args, column);
  for (; column + lanes <= args.columns; column += lanes) column_sum_detail::whole_batches<S, 1>(args, column);
  if constexpr (lanes > 1)
    if (column < args.columns) column_sum_detail::last_columns<S>(args, column, args.columns - column);
}

namespace reference {
template <class Arithmetic>
void column_sum(const ColumnSumArgs& args) noexcept {
  for (std::size_t column = 0; column < args.columns; ++column) {
    float sum = args.accumulate ? args.out[column] : 0.0f;
    for (std::size_t row = 0; row < args.rows; ++row) sum += args.in[row * args.row_stride + column];
    args.out[column] = sum;
  }
}
}  // namespace reference

}  // namespace treadle::kernels
