// Parameters, gradients and optimizer state of a step, in and out: rows of a tensor outside, panels inside.
#include <treadle/plan.hpp>

#include "plan/program.hpp"

namespace treadle {
namespace {

using plan_detail::PlacedParameter;
using plan_detail::Program;

Result<void> check_size(const char* operation, std::size_t size, const Program& program) noexcept {
  if (size == program.parameter_elements) return {};
  return Error{ErrorCode::shape_mismatch,
               Message{operation} << ": the model has " << program.parameter_elements << " parameters, got " << size};
}

Result<void> check_state_size(const char* operation, std::size_t size, std::size_t expected) noexcept {
  if (size == expected) return {};
  return Error{ErrorCode::shape_mismatch,
               Message{operation} << ": the optimizer keeps " << expected << " floats, got " << size};
}

void load_block(const Program& program, const float* block, float* values) noexcept {
  for (const PlacedParameter& parameter : program.parameters)
    layers::load(parameter.spec, program.kernels->panel, block + parameter.stored_offset,
                 values + parameter.values_offset);
}

void store_block(const Program& program, const float* values, float* block) noexcept {
  for (const PlacedParameter& parameter : program.parameters)
    layers::store(parameter.spec, program.kernels->panel, values + parameter.values_offset,
                  block + parameter.stored_offset);
}

/// Between two slices of an iteration one parameter may be updated and the next one not.
Result<void> check_finished(const char* operation, const Program& program) noexcept {
  if (!program.iteration.unfinished) return {};
  return Error{ErrorCode::invalid_argument, Message{operation} << ": an iteration has begun and is not finished"};
}

/// Calls visit(block, first of its floats outside) for each block of optimizer state. They lie as the parameters do.
template <class Visit>
void for_each_state(const Program& program, const Visit& visit) noexcept {
  std::size_t first = 0;
  for (std::size_t i = 0; i < program.buffers.size(); ++i) {
    if (program.buffers[i].kind != MemoryKind::optimizer_state) continue;
    visit(program.floats(static_cast<calls::BufferId>(i)), first);
    first += program.parameter_elements;
  }
}

}  // namespace

Result<void> TrainingStep::set_parameters(std::span<const float> parameters) noexcept {
  if (const Result<void> checked = check_finished("set_parameters", *program_); !checked) return checked;
  if (const Result<void> checked = check_size("set_parameters", parameters.size(), *program_); !checked) return checked;
  store_block(*program_, parameters.data(), program_->floats(program_->values));
  return {};
}

Result<void> TrainingStep::get_parameters(std::span<float> parameters) const noexcept {
  if (const Result<void> checked = check_finished("get_parameters", *program_); !checked) return checked;
  if (const Result<void> checked = check_size("get_parameters", parameters.size(), *program_); !checked) return checked;
  load_block(*program_, program_->floats(program_->values), parameters.data());
  return {};
}

Result<void> TrainingStep::get_gradients(std::span<float> gradients) const noexcept {
  if (program_->gradients == calls::no_buffer)
    return Error{ErrorCode::invalid_argument,
                 "get_gradients: this step keeps no gradients; plan it with StepOptions::keep_gradients"};
  if (const Result<void> checked = check_finished("get_gradients", *program_); !checked) return checked;
  if (const Result<void> checked = check_size("get_gradients", gradients.size(), *program_); !checked) return checked;
  load_block(*program_, program_->floats(program_->gradients), gradients.data());
  return {};
}

std::size_t TrainingStep::optimizer_state_size() const noexcept {
  return state_names(program_->optimizer).size() * program_->parameter_elements;
}

Result<void> TrainingStep::get_optimizer_state(std::span<float> state) const noexcept {
  if (const Result<void> checked = check_finished("get_optimizer_state", *program_); !checked) return checked;
  if (const Result<void> checked = check_state_size("get_optimizer_state", state.size(), optimizer_state_size());
      !checked)
    return checked;
  for_each_state(*program_,
                 [&](const float* block, std::size_t first) { load_block(*program_, block, state.data() + first); });
  return {};
}

Result<void> TrainingStep::set_optimizer_state(std::span<const float> state) noexcept {
  if (const Result<void> checked = check_finished("set_optimizer_state", *program_); !checked) return checked;
  if (const Result<void> checked = check_state_size("set_optimizer_state", state.size(), optimizer_state_size());
      !checked)
    return checked;
  for_each_state(*program_,
                 [&](float* block, std::size_t first) { store_block(*program_, state.data() + first, block); });
  return {};
}

OptimizerProgress TrainingStep::optimizer_progress() const noexcept { return program_->progress; }

Result<void> TrainingStep::set_optimizer_progress(const OptimizerProgress& progress) noexcept {
  if (const Result<void> checked = check_finished("set_optimizer_progress", *program_); !checked) return checked;
  for (const double power : {progress.beta1_power, progress.beta2_power})
    if (!(power >= 0.0 && power <= 1.0))
      return Error{ErrorCode::invalid_argument, "set_optimizer_progress: expected numbers in 0 ... 1"};
  program_->progress = progress;
  return {};
}

}  // namespace treadle
