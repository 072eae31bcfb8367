// y[j] = exp(x[j] - M) / S over each group of columns, with M and S as in softmax_row.hpp. A group with a NaN, with
// +inf or with nothing but -inf is all NaN.
#pragma once

#include "kernels/softmax_row.hpp"
#include "simd/twice.hpp"

namespace treadle::kernels {

/// Rows of `groups` groups of `columns` values, one after another, then padding up to `row_stride`.
struct SoftmaxArgs {
  const float* x;  // [rows][row_stride]
  float* y;        // [rows][row_stride], may be x; its padding is 0
  std::size_t rows;
  std::size_t groups;
  std::size_t columns;  // 1 ... 2^24
  std::size_t row_stride;
};

namespace softmax_detail {

/// Calls group(first, span) for each group of a batch of rows: it begins at `first`, and `span` values from there on
/// are its own, the padding of the row behind its last group included.
template <class Args, class Group>
TREADLE_INLINE void for_each_group(const Args& args, const Group& group) {
  for (std::size_t row = 0; row < args.rows; ++row)
    for (std::size_t i = 0; i < args.groups; ++i) {
      const std::size_t in_row = i * args.columns;
      group(row * args.row_stride + in_row, i + 1 < args.groups ? args.columns : args.row_stride - in_row);
    }
}

/// Chunks write the padding that they cover, which they do unless it ends within one; this writes the rest.
TREADLE_INLINE void clear_padding(float* y, std::size_t columns, std::size_t span) {
  const std::size_t chunks_end = (columns + 15) / 16 * 16;
  for (std::size_t column = chunks_end <= span ? chunks_end : columns; column < span; ++column) y[column] = 0.0f;
}

/// exp(x - M), which also is added to `sums`.
template <class S>
TREADLE_INLINE simd::Lanes16<S> exponentials(simd::Lanes16<S> x, float maximum, simd::Lanes16<S>& sums) {
  if constexpr (x.parts == 1) {
    x.part[0] = math_detail::exp_not_positive(x.part[0] - simd::Float<S>::broadcast(maximum));
  } else {
    using Two = simd::Float<simd::Twice<S>>;
    for (std::size_t p = 0; p < x.parts; p += 2) {
      const Two z = Two{{x.part[p].value, x.part[p + 1].value}} - Two::broadcast(maximum);
      const Two e = math_detail::exp_not_positive(z);
      x.part[p] = {e.value.low};
      x.part[p + 1] = {e.value.high};
    }
  }
  for (std::size_t p = 0; p < x.parts; ++p) sums.part[p] = sums.part[p] + x.part[p];
  return x;
}

template <class S>
TREADLE_INLINE simd::Lanes16<S> scaled(simd::Lanes16<S> x, float factor) {
  for (std::size_t p = 0; p < x.parts; ++p) x.part[p] = x.part[p] * simd::Float<S>::broadcast(factor);
  return x;
}

/// Up to sixteen columns stay in registers.
template <class S>
TREADLE_INLINE void narrow_group(const float* x, float* y, std::size_t columns, std::size_t span) {
  const Chunk<S> at{0, columns, span};
  const auto values = at.load(x, -infinity);
  auto sums = simd::Lanes16<S>::broadcast(0.0f);
  const auto e = exponentials(values, reduce_max(values), sums);
  at.store(y, scaled(e, 1.0f / reduce_add(sums)));
}

/// y holds exp(x - M) until the sum is known.
template <class S>
TREADLE_INLINE void wide_group(const float* x, float* y, std::size_t columns, std::size_t span) {
  const float maximum = largest<S>(x, columns, span);
  auto sums = simd::Lanes16<S>::broadcast(0.0f);
  for (std::size_t first = 0; first < columns; first += 16) {
    const Chunk<S> at{first, columns, span};
    at.store(y, exponentials(at.load(x, -infinity), maximum, sums));
  }
  const float factor = 1.0f / reduce_add(sums);
  for (std::size_t first = 0; first < columns; first += 16) {
    const Chunk<S> at{first, columns, span};
    at.store(y, scaled(at.load(y, 0.0f), factor));
  }
}

}  // namespace softmax_detail

template <class S>
[[gnu::flatten]] void softmax(const SoftmaxArgs& args) noexcept {
  softmax_detail::for_each_group(args, [&](std::size_t first, std::size_t span) TREADLE_INLINE_LAMBDA {
    if (args.columns <= 16)
      softmax_detail::narrow_group<S>(args.x + first, args.y + first, args.columns, span);
    else
      softmax_detail::wide_group<S>(args.x + first, args.y + first, args.columns, span);
    softmax_detail::clear_padding(args.y + first, args.columns, span);
  });
}

namespace reference {
template <class Arithmetic>
void softmax(const SoftmaxArgs& args) noexcept {
  softmax_detail::for_each_group(args, [&](std::size_t first, std::size_t span) {
    const SoftmaxSum group = softmax_sum<Arithmetic>(args.x + first, args.columns);
    for (std::size_t j = 0; j < span; ++j)
      args.y[first + j] =
          j < args.columns ? exp<Arithmetic>(args.x[first + j] - group.maximum) * (1.0f / group.sum) : 0.0f;
  });
}
}  // namespace reference

}  // namespace treadle::kernels
