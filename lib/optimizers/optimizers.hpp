// Any optimizer: the functions of optimizer.hpp for the variant.
#pragma once

#include <treadle/optimizers.hpp>

#include <variant>

#include "optimizers/adam.hpp"
#include "optimizers/optimizer.hpp"
#include "optimizers/sgd.hpp"

namespace treadle::optimizers {

inline Result<void> check(const Optimizer& optimizer) noexcept {
  return std::visit([](const auto& o) { return check(o); }, optimizer);
}

inline void record(const Optimizer& optimizer, const UpdateContext& context, calls::Recorder& recorder) noexcept {
  std::visit([&](const auto& o) { record(o, context, recorder); }, optimizer);
}

inline void advance(const Optimizer& optimizer, Progress& progress) noexcept {
  std::visit([&](const auto& o) { advance(o, progress); }, optimizer);
}

}  // namespace treadle::optimizers
