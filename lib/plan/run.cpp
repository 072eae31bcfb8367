#include "plan/run.hpp"

#include <algorithm>
#include <cstring>

#include "optimizers/optimizers.hpp"

namespace treadle::plan_detail {
namespace {

using calls::Call;
using calls::Phase;
using calls::RunContext;

void run_phase(const Program& program, const RunContext& context, Phase phase) noexcept {
  struct Work {
    const Call& call;
    const RunContext& context;
  };
  for (const Call& call : program.phase(phase)) {
    const std::size_t tiles = call.tiles(context);
    if (tiles == 1) {
      call.run(context, 0);
      continue;
    }
    Work work{call, context};
    program.executor->run(
        tiles,
        [](void* given, std::size_t tile) noexcept {
          const Work& w = *static_cast<const Work*>(given);
          w.call.run(w.context, tile);
        },
        &work);
  }
}

/// The addresses of the caller's data are const there; plans only read from them.
std::byte* address(const void* data) noexcept { return static_cast<std::byte*>(const_cast<void*>(data)); }

RunContext make_context(const Program& program, std::size_t batch_rows) noexcept {
  return {.kernels = program.kernels,
          .addresses = program.addresses.data(),
          .batch_rows = batch_rows,
          .learning_rate = program.learning_rate,
          .beta1_power = program.progress.beta1_power,
          .beta2_power = program.progress.beta2_power};
}

/// The micro-batch that starts at sample `first`.
void begin_micro_batch(const Program& program, RunContext& context, std::size_t first) noexcept {
  context.first_row = first;
  context.rows = std::min(program.micro_batch, context.batch_rows - first);
  context.update = first + context.rows == context.batch_rows ? &program.update : nullptr;
}

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

/// One iteration; samples(context) points the plan at each micro-batch's samples.
template <class Samples>
float iterate(Program& program, std::size_t rows, const Samples& samples) noexcept {
  optimizers::advance(program.optimizer, program.progress);
  RunContext context = make_context(program, rows);
  run_phase(program, context, Phase::prepare);
  for (std::size_t first = 0; first < rows; first += program.micro_batch) {
    begin_micro_batch(program, context, first);
    samples(context);
    run_phase(program, context, Phase::forward);
    run_phase(program, context, Phase::loss_gradient);
    run_phase(program, context, Phase::backward);
  }
  return mean_loss(program, rows);
}

}  // namespace

float run_iteration(Program& program, const float* inputs, const std::int32_t* targets, std::size_t rows) noexcept {
  return iterate(program, rows, [&](const RunContext& context) {
    set_samples(program, inputs + context.first_row * program.sample_elements, targets + context.first_row);
  });
}

float run_iteration(Program& program, const SampleSource& source, float* inputs, std::int32_t* targets,
                    std::size_t rows) noexcept {
  return iterate(program, rows, [&](const RunContext& context) {
    source.read(source.context, context.first_row, context.rows, inputs, targets);
    set_samples(program, inputs, targets);
  });
}

float run_evaluation(Program& program, const float* inputs, const std::int32_t* targets, std::size_t rows) noexcept {
  RunContext context = make_context(program, rows);
  for (std::size_t first = 0; first < rows; first += program.micro_batch) {
    begin_micro_batch(program, context, first);
    set_samples(program, inputs + first * program.sample_elements, targets + first);
    run_phase(program, context, Phase::forward);
    run_phase(program, context, Phase::loss);
  }
  return mean_loss(program, rows);
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
