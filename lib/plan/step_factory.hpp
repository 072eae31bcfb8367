// Makes the public steps around a program.
#pragma once

#include <treadle/plan.hpp>

#include <span>

#include "plan/program.hpp"
#include "plan/request.hpp"

namespace treadle {

struct StepFactory {
  using Release = void (*)(plan_detail::Program*) noexcept;

  static TrainingStep training(plan_detail::Program* program, Release release) noexcept { return {program, release}; }
  static InferenceStep inference(plan_detail::Program* program, Release release) noexcept { return {program, release}; }
};

namespace plan_detail {

/// Plans in `memory` and makes the program ready to run. Errors do not name the operation.
Result<Program*> plan_in(const Request& request, std::span<std::byte> memory) noexcept;

}  // namespace plan_detail
}  // namespace treadle
