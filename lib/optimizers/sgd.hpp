// Sgd: one pass over parameters, gradients and, with momentum, the velocity.
#pragma once

#include <treadle/optimizers.hpp>

#include "optimizers/optimizer.hpp"

namespace treadle::optimizers {

Result<void> check(const Sgd& sgd) noexcept;
void record(const Sgd& sgd, const UpdateContext& context, calls::Recorder& recorder) noexcept;
void advance(const Sgd& sgd, Progress& progress) noexcept;

}  // namespace treadle::optimizers
