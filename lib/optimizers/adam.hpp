// Adam and AdamW: one pass over parameters, gradients and both moments. They differ in where weight decay goes.
#pragma once

#include <treadle/optimizers.hpp>

#include "optimizers/optimizer.hpp"

namespace treadle::optimizers {

Result<void> check(const Adam& adam) noexcept;
calls::Update update(const Adam& adam, calls::BufferId values, std::size_t elements,
                     calls::Recorder& recorder) noexcept;
calls::Work work(const Adam& adam) noexcept;
std::span<const std::string_view> state_names(const Adam& adam) noexcept;
void advance(const Adam& adam, OptimizerProgress& progress) noexcept;

Result<void> check(const AdamW& adam) noexcept;
calls::Update update(const AdamW& adam, calls::BufferId values, std::size_t elements,
                     calls::Recorder& recorder) noexcept;
calls::Work work(const AdamW& adam) noexcept;
std::span<const std::string_view> state_names(const AdamW& adam) noexcept;
void advance(const AdamW& adam, OptimizerProgress& progress) noexcept;

}  // namespace treadle::optimizers
