// Sgd: one pass over parameters, gradients and, with momentum, the velocity.
#pragma once

#include <treadle/optimizers.hpp>

#include "optimizers/optimizer.hpp"

namespace treadle::optimizers {

Result<void> check(const Sgd& sgd) noexcept;
calls::Update update(const Sgd& sgd, calls::BufferId values, std::size_t elements, calls::Recorder& recorder) noexcept;
calls::Work work(const Sgd& sgd) noexcept;
std::span<const std::string_view> state_names(const Sgd& sgd) noexcept;
void advance(const Sgd& sgd, OptimizerProgress& progress) noexcept;

}  // namespace treadle::optimizers
