// Loss functions: what training makes small.
#pragma once

#include <string_view>
#include <variant>

namespace treadle {

/// Cross entropy of softmax(logits) against one class per sample, mean over the batch:
///   loss = mean over samples of (log(sum_j exp(z_j)) - z_target),   d loss / d z = (softmax(z) - onehot(target)) /
///   batch.
/// The model's output is [classes]; a target is a class number in 0 ... classes - 1.
struct SoftmaxCrossEntropy {
  static constexpr std::string_view type = "SoftmaxCrossEntropy";
  friend constexpr bool operator==(const SoftmaxCrossEntropy&, const SoftmaxCrossEntropy&) = default;
};

/// Any loss. A new one joins this list.
using Loss = std::variant<SoftmaxCrossEntropy>;

}  // namespace treadle
