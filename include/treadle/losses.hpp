// Loss functions: what training makes small.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

namespace treadle {

namespace calls {
struct RunContext;
}
namespace kernels {
struct SoftmaxCrossEntropyArgs;
}
namespace losses {
void mixed_softmax_cross_entropy(const calls::RunContext&, const kernels::SoftmaxCrossEntropyArgs&) noexcept;
}

/// Cross entropy of softmax(logits) against one class per sample, mean over the batch:
///   loss = mean over samples of (log(sum_j exp(z_j)) - z_target),   d loss / d z = (softmax(z) - onehot(target)) /
///   batch.
/// The model's output is [classes]; a target is a class number in 0 ... classes - 1.
struct SoftmaxCrossEntropy {
  static constexpr std::string_view type = "SoftmaxCrossEntropy";
  friend constexpr bool operator==(const SoftmaxCrossEntropy&, const SoftmaxCrossEntropy&) = default;
};

/// A second target for each sample of a batch, as mixup needs it (Zhang et al. 2018, arXiv:1710.09412): the loss of
/// sample i is (1 - share) * loss against its target + share * loss against the other one. For SoftmaxCrossEntropy that
/// is the loss against its target plus share * (z_target - z_other), with the gradient's parts beside. Whether a
/// prediction is correct is asked of the first target alone.
struct MixedTargets {
  std::span<const std::int32_t> others;  ///< class numbers; one that is none makes the loss infinite
  std::span<const float> shares;         ///< 0 ... 1

  /// What computes the loss: here, so that a program without second targets has none of its code.
  void (*loss)(const calls::RunContext&,
               const kernels::SoftmaxCrossEntropyArgs&) noexcept = losses::mixed_softmax_cross_entropy;
};

/// Any loss. A new one joins this list.
using Loss = std::variant<SoftmaxCrossEntropy>;

}  // namespace treadle
