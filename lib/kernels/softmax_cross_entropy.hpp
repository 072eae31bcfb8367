// The loss of each row of logits and its gradient times `scale`: see softmax_row.hpp.
#pragma once

#include "kernels/softmax_row.hpp"

namespace treadle::kernels {

struct SoftmaxCrossEntropyArgs {
  const float* logits;          // [rows][row_stride], of which the first `columns` are logits
  const std::int32_t* targets;  // [rows], a column each
  float* gradient;              // [rows][row_stride], may be logits; 0 from column `columns` on
  float* loss;                  // [rows]
  float* correct;               // [rows], 1 where the target is the first of the largest logits, else 0
  std::size_t rows;
  std::size_t columns;  // 1 ... 2^24
  std::size_t row_stride;
  float scale;  // 1 / batch size for the mean over a batch
};

namespace softmax_detail {

/// exp(z - M) becomes the gradient.
template <class S>
TREADLE_INLINE simd::Lanes16<S> gradient(simd::Lanes16<S> e, const Chunk<S>& at, std::int32_t target, float sum,
                                         float scale) {
  using Batch = simd::Float<S>;
  const auto wanted = simd::Int<S>::broadcast(target);
  for (std::size_t p = 0; p < e.parts; ++p) {
    const Batch probability = e.part[p] / Batch::broadcast(sum);
    const Batch one_if_target = select(equal(at.column(p), wanted), Batch::broadcast(1.0f), Batch::zero());
    e.part[p] = (probability - one_if_target) * Batch::broadcast(scale);
  }
  return e;
}

/// A row of up to sixteen columns stays in registers.
template <class S>
TREADLE_INLINE void narrow_row(const SoftmaxCrossEntropyArgs& args, std::size_t i) {
  const Chunk<S> at{0, args.columns, args.row_stride};
  const auto z = at.load(args.logits + i * args.row_stride, -infinity);
  Row<S> row{.maximum = reduce_max(z), .target = args.targets[i]};
  const auto e = row.add(z, at);
  const float sum = row.finish(args.loss + i, args.correct + i);
  at.store(args.gradient + i * args.row_stride, gradient(e, at, row.target, sum, args.scale));
}

/// The gradient's own memory holds exp(z - M) until the sum is known.
template <class S>
TREADLE_INLINE void wide_row(const SoftmaxCrossEntropyArgs& args, std::size_t i) {
  const float* logits = args.logits + i * args.row_stride;
  float* out = args.gradient + i * args.row_stride;
  Row<S> row{.maximum = largest<S>(logits, args.columns, args.row_stride), .target = args.targets[i]};
  for (std::size_t first = 0; first < args.columns; first += 16) {
    const Chunk<S> at{first, args.columns, args.row_stride};
    at.store(out, row.add(at.load(logits, -infinity), at));
  }
  const float sum = row.finish(args.loss + i, args.correct + i);
  for (std::size_t first = 0; first < args.columns; first += 16) {
    const Chunk<S> at{first, args.columns, args.row_stride};
    at.store(out, gradient(at.load(out, 0.0f), at, row.target, sum, args.scale));
  }
}

}  // namespace softmax_detail

template <class S>
[[gnu::flatten]] void softmax_cross_entropy(const SoftmaxCrossEntropyArgs& args) noexcept {
  // Chunks write the padding that they cover, which they do unless it ends within one.
  const std::size_t chunks_end = (args.columns + 15) / 16 * 16;
  const std::size_t written = chunks_end <= args.row_stride ? chunks_end : args.columns;
  for (std::size_t i = 0; i < args.rows; ++i) {
    if (args.columns <= 16)
      softmax_detail::narrow_row<S>(args, i);
    else
      softmax_detail::wide_row<S>(args, i);
    float* row = args.gradient + i * args.row_stride;
    for (std::size_t column = written; column < args.row_stride; ++column) row[column] = 0.0f;
  }
}

namespace reference {
template <class Arithmetic>
void softmax_cross_entropy(const SoftmaxCrossEntropyArgs& args) noexcept {
  for (std::size_t i = 0; i < args.rows; ++i) {
    const float* logits = args.logits + i * args.row_stride;
    float* gradient = args.gradient + i * args.row_stride;
    const SoftmaxRow row = softmax_row<Arithmetic>(logits, args.columns, args.targets[i]);
    args.loss[i] = row.loss;
    args.correct[i] = row.correct;
    for (std::size_t j = 0; j < args.row_stride; ++j) {
      const float probability = j < args.columns ? exp<Arithmetic>(logits[j] - row.maximum) / row.sum : 0.0f;
      const bool is_target = args.targets[i] >= 0 && j == static_cast<std::size_t>(args.targets[i]);
      gradient[j] = j < args.columns ? (is_target ? probability - 1.0f : probability) * args.scale : 0.0f;
    }
  }
}
}  // namespace reference

}  // namespace treadle::kernels
