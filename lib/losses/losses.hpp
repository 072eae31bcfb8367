// Any loss: whether it can follow a model, and the calls that it needs. Each loss's file overloads both functions.
#pragma once

#include <treadle/losses.hpp>

#include <variant>

#include "losses/loss.hpp"
#include "losses/softmax_cross_entropy.hpp"

namespace treadle::losses {

inline Result<void> check(const Loss& loss, const Shape& output) noexcept {
  return std::visit([&](const auto& l) { return check(l, output); }, loss);
}

inline calls::Activation record(const Loss& loss, const LossContext& context, calls::Recorder& recorder) noexcept {
  return std::visit([&](const auto& l) { return record(l, context, recorder); }, loss);
}

}  // namespace treadle::losses
