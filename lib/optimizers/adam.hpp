// Adam and AdamW: one pass over parameters, gradients and both moments. They differ in where weight decay goes.
#pragma once

#include <treadle/optimizers.hpp>

#include "optimizers/optimizer.hpp"

namespace treadle::optimizers {

Result<void> check(const Adam& adam) noexcept;
calls::Update update(const Adam& adam, calls::BufferId values, std::size_t elements,
                     calls::Recorder& recorder) noexcept;
calls::Work work(const Adam& adam) noexcept;
void advance(const Adam& adam, Progress& progress) noexcept;

Result<void> check(const AdamW& adam) noexcept;
calls::Update update(const AdamW& adam, calls::BufferId values, std::size_t elements,
                     calls::Recorder& recorder) noexcept;
calls::Work work(const AdamW& adam) noexcept;
void advance(const AdamW& adam, Progress& progress) noexcept;

}  // namespace treadle::optimizers
