// A plan as it is laid out in memory and run: the calls, the buffers and where they are.
#pragma once

#include <treadle/executor.hpp>
#include <treadle/memory.hpp>
#include <treadle/optimizers.hpp>
#include <treadle/plan.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "calls/recorder.hpp"
#include "calls/update.hpp"
#include "layers/parameter.hpp"
#include "plan/thread_trial.hpp"

namespace treadle::plan_detail {

/// A parameter tensor and where it is: `values` in the order of Model::parameters(), `stored` in the step's blocks.
struct PlacedParameter {
  layers::ParameterSpec spec;
  std::size_t values_offset = 0;
  std::size_t stored_offset = 0;
};

/// An iteration: what it works on, and the next tile that it runs.
struct Iteration {
  calls::RunContext context;
  SampleSource source;      // reads nothing: inputs and targets hold the whole batch
  float* inputs = nullptr;  // of the batch, or where source writes a micro-batch
  std::int32_t* targets = nullptr;
  calls::Phase phase = calls::Phase::prepare;
  std::uint16_t call = 0;  // of this phase
  std::size_t tile = 0;    // of this call
  bool unfinished = false;
  bool gradients_only = false;  // the update is not this iteration's
  bool loss_only = false;       // nor are the gradients: an evaluation
};

/// The program stands at the front of its memory, followed by the arrays that it points to and then by the buffers.
struct Program {
  const kernels::KernelTable* kernels = nullptr;
  Executor* executor = nullptr;

  std::span<calls::Call> calls;  // sorted by phase
  std::array<std::uint16_t, calls::phases + 1> phase_begin{};
  std::span<calls::Buffer> buffers;
  std::span<std::byte*> addresses;  // of the buffers; the first two are set for each micro-batch
  std::span<PlacedParameter> parameters;

  calls::BufferId values = calls::no_buffer;
  calls::BufferId gradients = calls::no_buffer;  // none: they are not kept
  calls::BufferId sample_losses = calls::no_buffer;
  calls::BufferId sample_hits = calls::no_buffer;
  calls::BufferId norm = calls::no_buffer;  // a GradientNorm; none: gradients become updates as they arise
  calls::Activation output;
  calls::Update update;

  std::size_t sample_elements = 0;
  std::size_t parameter_elements = 0;
  std::size_t batch_size = 0;
  std::size_t micro_batch = 0;
  MemoryReport memory;

  Optimizer optimizer;
  OptimizerProgress progress;
  float learning_rate = 0;
  std::size_t correct = 0;
  Iteration iteration;
  ThreadTrial trial;

  std::span<calls::Call> phase(calls::Phase phase) const noexcept {
    const std::size_t index = static_cast<std::size_t>(phase);
    return calls.subspan(phase_begin[index], phase_begin[index + 1] - phase_begin[index]);
  }
  /// Whether the update waits until all gradients are complete.
  bool holds_update() const noexcept { return norm != calls::no_buffer; }
  float* floats(calls::BufferId id) const noexcept {
    return reinterpret_cast<float*>(addresses[static_cast<std::size_t>(id)]);
  }
};

}  // namespace treadle::plan_detail
