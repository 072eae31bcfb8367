#include "plan/run.hpp"

#include <algorithm>
#include <cstring>

#include "optimizers/optimizers.hpp"
#include "plan/advance.hpp"

namespace treadle::plan_detail {
namespace {

using calls::Call;
using calls::Phase;
using calls::RunContext;

void run_phase(const Program& program, const RunContext& context, Phase phase) noexcept {
  for (const Call& call : program.phase(phase)) run_call(call, context, *program.executor);
}

/// An iteration in one piece.
struct Whole {
  Executor& executor;

  bool run(const Call& call, const Iteration& iteration) noexcept {
    run_call(call, iteration.context, executor);
    return true;
  }
  static bool may_read() noexcept { return true; }
};

/// The addresses of the caller's data are const there; plans only read from them.
std::byte* address(const void* data) noexcept { return static_cast<std::byte*>(const_cast<void*>(data)); }

/// Points the plan at the samples of a micro-batch.
void set_samples(Program& program, const float* inputs, const std::int32_t* targets) noexcept {
  program.addresses[static_cast<std::size_t>(calls::inputs_buffer)] = address(inputs);
  program.addresses[static_cast<std::size_t>(calls::targets_buffer)] = address(targets);
}

/// Reduces what the loss wrote for each sample, in the order of the samples.
float mean_loss(Program& program, std::size_t rows) noexcept {
  const float* losses = program.floats(program.sample_losses);
  const float* hits = program.floats(program.sample_hits);
  float sum = 0.0f;
  std::size_t correct = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    sum += losses[i];
    correct += hits[i] != 0.0f;
  }
  program.correct = correct;
  return sum / static_cast<float>(rows);
}

/// Whether the iteration is one of those that show whether threads pay: of a whole batch.
bool may_try(const Program& program) noexcept {
  return calls::threaded && program.executor->threads() > 1 &&
         program.iteration.context.batch_rows == program.batch_size;
}

void begin(Program& program, const SampleSource& source, std::byte* inputs, std::byte* targets,
           std::size_t rows) noexcept {
  if (!program.holds_update()) optimizers::advance(program.optimizer, program.progress);
  program.iteration = {.context = make_context(program, rows),
                       .source = source,
                       .inputs = reinterpret_cast<float*>(inputs),
                       .targets = reinterpret_cast<std::int32_t*>(targets),
                       .unfinished = true};
}

}  // namespace

void run_call(const Call& call, const RunContext& context, Executor& executor) noexcept {
  struct Work {
    const Call& call;
    const RunContext& context;
  };
  const std::size_t tiles = call.tiles(context);
  if (tiles == 1) return call.run(context, 0);
  Work work{call, context};
  const Executor::Body body = [](void* given, std::size_t tile) noexcept {
    const Work& w = *static_cast<const Work*>(given);
    w.call.run(w.context, tile);
  };
  if (call.in_turn()) return executor.run_in_turn(tiles, body, &work);
  executor.run(tiles, body, &work);
}

RunContext make_context(const Program& program, std::size_t rows) noexcept {
  return {.kernels = program.kernels,
          .addresses = program.addresses.data(),
          .batch_rows = rows,
          .learning_rate = program.learning_rate,
          .beta1_power = program.progress.beta1_power,
          .beta2_power = program.progress.beta2_power};
}

void begin_micro_batch(const Program& program, RunContext& context, std::size_t first) noexcept {
  context.first_row = first;
  context.rows = std::min(program.micro_batch, context.batch_rows - first);
  const bool last = first + context.rows == context.batch_rows;
  context.update = last && !program.holds_update() ? &program.update : nullptr;
}

void begin_iteration(Program& program, const float* inputs, const std::int32_t* targets, std::size_t rows) noexcept {
  begin(program, {.read = nullptr}, address(inputs), address(targets), rows);
}

void begin_iteration(Program& program, const SampleSource& source, float* inputs, std::int32_t* targets,
                     std::size_t rows) noexcept {
  begin(program, source, address(inputs), address(targets), rows);
}

void next_micro_batch(Program& program) noexcept {
  const Iteration& iteration = program.iteration;
  RunContext& context = program.iteration.context;
  begin_micro_batch(program, context, context.first_row + context.rows);
  const SampleSource& source = iteration.source;
  if (source.read == nullptr)
    return set_samples(program, iteration.inputs + context.first_row * program.sample_elements,
                       iteration.targets + context.first_row);
  source.read(source.context, context.first_row, context.rows, iteration.inputs, iteration.targets);
  set_samples(program, iteration.inputs, iteration.targets);
}

float finish_iteration(Program& program) noexcept {
  program.iteration.unfinished = false;
  return mean_loss(program, program.iteration.context.batch_rows);
}

float run_iteration(Program& program) noexcept {
  Executor& executor = *program.executor;
  const std::uint64_t begun = may_try(program) ? executor.now() : 0;
  if (begun == 0) {
    advance(program, Whole{executor});
  } else {
    advance(program, Whole{program.trial.threads() ? executor : serial_executor()});
    program.trial.took(executor.now() - begun);
  }
  return finish_iteration(program);
}

void begin_held_update(Program& program) noexcept {
  optimizers::advance(program.optimizer, program.progress);
  program.iteration.context = make_context(program, program.iteration.context.batch_rows);
  program.iteration.context.update = &program.update;
}

float run_gradients(Program& program) noexcept {
  program.iteration.gradients_only = true;
  return run_iteration(program);
}

void run_held_update(Program& program) noexcept {
  begin_held_update(program);
  run_phase(program, program.iteration.context, Phase::update);
}

void begin_evaluation(Program& program, const float* inputs, const std::int32_t* targets, std::size_t rows) noexcept {
  program.iteration = {.context = make_context(program, rows),
                       .source = {.read = nullptr},
                       .inputs = reinterpret_cast<float*>(address(inputs)),
                       .targets = reinterpret_cast<std::int32_t*>(address(targets)),
                       .phase = Phase::loss,  // its calls of before the first micro-batch have run
                       .call = static_cast<std::uint16_t>(program.phase(Phase::loss).size()),
                       .unfinished = true,
                       .loss_only = true};
}

float run_evaluation(Program& program) noexcept {
  advance(program, Whole{*program.executor});
  return finish_iteration(program);
}

void run_inference(Program& program, const float* inputs, float* outputs, std::size_t rows) noexcept {
  RunContext context = make_context(program, rows);
  const calls::Activation& output = program.output;
  for (std::size_t first = 0; first < rows; first += program.micro_batch) {
    begin_micro_batch(program, context, first);
    set_samples(program, inputs + first * program.sample_elements, nullptr);
    run_phase(program, context, Phase::forward);
    for (std::size_t row = 0; row < context.rows; ++row)
      std::memcpy(outputs + (first + row) * output.columns, program.floats(output.buffer) + row * output.row_stride,
                  output.columns * sizeof(float));
  }
}

}  // namespace treadle::plan_detail
