// The loss of each row of logits without its gradient, for evaluation: see softmax.hpp.
#pragma once

#include "kernels/softmax.hpp"

namespace treadle::kernels {

struct SoftmaxCrossEntropyLossArgs {
  const float* logits;          // [rows][row_stride], of which the first `columns` are logits
  const std::int32_t* targets;  // [rows], a column each
  float* loss;                  // [rows]
  float* correct;               // [rows], 1 where the target is the first of the largest logits, else 0
  std::size_t rows;
  std::size_t columns;  // 1 ... 2^24
  std::size_t row_stride;
};

template <class S>
[[gnu::flatten]] void softmax_cross_entropy_loss(const SoftmaxCrossEntropyLossArgs& args) noexcept {
  for (std::size_t i = 0; i < args.rows; ++i) {
    const auto row = softmax_detail::forward<S>(args.logits + i * args.row_stride, args.columns, args.targets[i],
                                                [](auto, const auto&) TREADLE_INLINE_LAMBDA {});
    args.loss[i] = row.loss;
    args.correct[i] = row.correct;
  }
}

namespace reference {
template <class Arithmetic>
void softmax_cross_entropy_loss(const SoftmaxCrossEntropyLossArgs& args) noexcept {
  for (std::size_t i = 0; i < args.rows; ++i) {
    const SoftmaxRow row = softmax_row<Arithmetic>(args.logits + i * args.row_stride, args.columns, args.targets[i]);
    args.loss[i] = row.loss;
    args.correct[i] = row.correct;
  }
}
}  // namespace reference

}  // namespace treadle::kernels
