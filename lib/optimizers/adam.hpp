// Adam and AdamW: one pass over parameters, gradients and both moments. They differ in where weight decay goes.
#pragma once

#include <treadle/optimizers.hpp>

#include "optimizers/optimizer.hpp"

namespace treadle::optimizers {

Result<void> check(const Adam& adam) noexcept;
void record(const Adam& adam, const UpdateContext& context, calls::Recorder& recorder) noexcept;
void advance(const Adam& adam, Progress& progress) noexcept;

Result<void> check(const AdamW& adam) noexcept;
void record(const AdamW& adam, const UpdateContext& context, calls::Recorder& recorder) noexcept;
void advance(const AdamW& adam, Progress& progress) noexcept;

}  // namespace treadle::optimizers
