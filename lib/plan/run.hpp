// Runs a program: walks its flat list of calls.
#pragma once

#include <treadle/plan.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

#include "plan/program.hpp"

namespace treadle::plan_detail {

/// Runs all tiles of a call.
void run_call(const calls::Call& call, const calls::RunContext& context, Executor& executor) noexcept;

/// Runs the iteration that has begun (plan/advance.hpp), to its end: forward, backward, update. The mean loss before
/// the update.
float run_iteration(Program& program) noexcept;

/// The two halves of an iteration that has begun, where the update is held: all but the update, and the update.
float run_gradients(Program& program) noexcept;
void run_held_update(Program& program) noexcept;

/// Runs the evaluation that has begun; its mean loss.
float run_evaluation(Program& program) noexcept;

/// The outputs of any number of samples, [rows, output.columns].
void run_inference(Program& program, const float* inputs, float* outputs, std::size_t rows) noexcept;

}  // namespace treadle::plan_detail
