// The loss of each row of logits without its gradient, for evaluation: see softmax_row.hpp.
#pragma once

#include "kernels/softmax_row.hpp"

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
  using namespace softmax_detail;
  for (std::size_t i = 0; i < args.rows; ++i) {
    const float* logits = args.logits + i * args.row_stride;
    Row<S> row{.maximum = largest<S>(logits, args.columns, args.row_stride), .target = args.targets[i]};
    for (std::size_t first = 0; first < args.columns; first += 16) {
      const Chunk<S> at{first, args.columns, args.row_stride};
      row.add(at.load(logits, -infinity), at);
    }
    row.finish(args.loss + i, args.correct + i);
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
