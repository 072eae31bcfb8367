// SoftmaxCrossEntropy: softmax, loss and gradient in one pass over each sample's logits, in place where they may be
// overwritten.
#pragma once

#include <treadle/losses.hpp>

#include "losses/loss.hpp"

namespace treadle::losses {

Result<void> check(const SoftmaxCrossEntropy& loss, const Shape& output) noexcept;

calls::Activation record(const SoftmaxCrossEntropy& loss, const LossContext& context,
                         calls::Recorder& recorder) noexcept;

}  // namespace treadle::losses
