// The order of an iteration: prepare, then for each micro-batch forward, loss_gradient and backward, and a held update;
// of an evaluation: for each micro-batch forward and loss.
// Whether its calls run whole or tile by tile is the pace's to say, so that an iteration in one piece and in slices are
// the same code.
#pragma once

#include <treadle/plan.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "plan/program.hpp"

namespace treadle::plan_detail {

/// What a run of `rows` samples works with; the micro-batch is still to be begun.
calls::RunContext make_context(const Program& program, std::size_t rows) noexcept;

/// The micro-batch of `rows` samples, counted from sample `first`, that `context` is to work on.
void begin_micro_batch(const Program& program, calls::RunContext& context, std::size_t first) noexcept;

/// Begins an iteration over `rows` samples, 1 ... batch_size, that lie in `inputs` and `targets`.
void begin_iteration(Program& program, const float* inputs, const std::int32_t* targets, std::size_t rows) noexcept;

/// The same with samples that are read a micro-batch at a time into `inputs` and `targets`.
void begin_iteration(Program& program, const SampleSource& source, float* inputs, std::int32_t* targets,
                     std::size_t rows) noexcept;

/// Begins an evaluation of `rows` samples likewise.
void begin_evaluation(Program& program, const float* inputs, const std::int32_t* targets, std::size_t rows) noexcept;

/// Points the plan at the iteration's next micro-batch, and reads it if it has a source.
void next_micro_batch(Program& program) noexcept;

/// Begins the update of complete gradients, where it is held.
void begin_held_update(Program& program) noexcept;

/// Ends an iteration all of whose calls have run; its mean loss.
float finish_iteration(Program& program) noexcept;

/// Goes on with the iteration from where it stands. True: all its calls have run; false: the pace stopped it.
/// `pace` has two functions, both of which say false to stop before what they were asked about:
///   bool run(calls::Call&, Iteration&) noexcept;   runs a call, or its tiles from iteration.tile on
///   bool may_read() noexcept;                      whether the next micro-batch may be read
template <class Pace>
bool advance(Program& program, Pace pace) noexcept {
  using calls::Phase;
  Iteration& iteration = program.iteration;
  for (;;) {
    const std::span<calls::Call> calls = program.phase(iteration.phase);
    for (std::size_t i = iteration.call; i < calls.size(); ++i)
      if (!pace.run(calls[i], iteration)) {
        iteration.call = static_cast<std::uint16_t>(i);
        return false;
      }
    iteration.call = static_cast<std::uint16_t>(calls.size());  // a stop before reading comes back to here
    switch (iteration.phase) {
      case Phase::forward:
        iteration.phase = iteration.loss_only ? Phase::loss : Phase::loss_gradient;
        break;
      case Phase::loss_gradient:
        iteration.phase = Phase::backward;
        break;
      case Phase::norm:
        if (iteration.gradients_only || !program.holds_update()) return true;
        begin_held_update(program);
        iteration.phase = Phase::update;
        break;
      case Phase::update:
        return true;
      default:  // prepare, backward and loss: a micro-batch follows, or what comes after the last
        if (iteration.context.first_row + iteration.context.rows == iteration.context.batch_rows) {
          if (iteration.loss_only) return true;
          iteration.phase = Phase::norm;
          break;
        }
        if (!pace.may_read()) return false;
        next_micro_batch(program);
        iteration.phase = Phase::forward;
    }
    iteration.call = 0;
  }
}

}  // namespace treadle::plan_detail
