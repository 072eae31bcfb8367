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

inline calls::Update update(const Optimizer& optimizer, calls::BufferId values, std::size_t elements,
                            calls::Recorder& recorder) noexcept {
  return std::visit([&](const auto& o) { return update(o, values, elements, recorder); }, optimizer);
}

inline calls::Work work(const Optimizer& optimizer) noexcept {
  return std::visit([](const auto& o) { return work(o); }, optimizer);
}

inline void advance(const Optimizer& optimizer, OptimizerProgress& progress) noexcept {
  std::visit([&](const auto& o) { advance(o, progress); }, optimizer);
}

}  // namespace treadle::optimizers
