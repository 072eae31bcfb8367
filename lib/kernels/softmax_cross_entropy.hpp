// The loss of each row of logits and its gradient times `scale`: see softmax.hpp.
#pragma once

#include "kernels/softmax.hpp"

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

/// Turns the exp(z - M) that stand in `gradient` into the gradient.
template <class S>
TREADLE_INLINE void backward(float* gradient, std::size_t columns, std::int32_t target, float sum, float scale) {
  using Batch = simd::Float<S>;
  using Lanes = simd::Lanes16<S>;
  const auto wanted = simd::Int<S>::broadcast(target);
  for_each_chunk<S>(columns, [&](Chunk<S> at) TREADLE_INLINE_LAMBDA {
    Lanes lanes = at.load(gradient, 0.0f);
    for (std::size_t p = 0; p < Lanes::parts; ++p) {
      const Batch probability = lanes.part[p] / Batch::broadcast(sum);
      const Batch one_if_target = select(equal(at.columns(p), wanted), Batch::broadcast(1.0f), Batch::zero());
      lanes.part[p] = (probability - one_if_target) * Batch::broadcast(scale);
    }
    at.store(gradient, lanes);
  });
}

}  // namespace softmax_detail

template <class S>
[[gnu::flatten]] void softmax_cross_entropy(const SoftmaxCrossEntropyArgs& args) noexcept {
  for (std::size_t i = 0; i < args.rows; ++i) {
    const float* logits = args.logits + i * args.row_stride;
    float* gradient = args.gradient + i * args.row_stride;
    const std::int32_t target = args.targets[i];
    const auto row = softmax_detail::forward<S>(logits, args.columns, target,
                                                [&](auto at, const auto& exponential)
                                                    TREADLE_INLINE_LAMBDA { at.store(gradient, exponential); });
    softmax_detail::backward<S>(gradient, args.columns, target, row.sum, args.scale);
    for (std::size_t column = args.columns; column < args.row_stride; ++column) gradient[column] = 0.0f;
    args.loss[i] = row.loss;
    args.correct[i] = row.correct;
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
