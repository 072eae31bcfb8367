// An iteration whose calls are timed. Apart from the other ways to run one, so that a program which has no use for it
// does not link it.
#include <limits>

#include "plan/advance.hpp"
#include "plan/run.hpp"

namespace treadle {
namespace {

using calls::Call;
using plan_detail::Iteration;
using plan_detail::Program;

std::size_t training_calls(const Program& program) noexcept {
  return program.calls.size() - program.phase(calls::Phase::loss).size();
}

bool fits(const Program& program, const CallTimer& timer) noexcept {
  return timer.now != nullptr && timer.ticks.size() == training_calls(program);
}

/// An iteration in one piece.
struct Timed {
  const Program& program;
  const CallTimer& timer;

  bool run(const Call& call, const Iteration& iteration) noexcept {
    const std::uint64_t begun = timer.now(timer.context);
    plan_detail::run_call(call, iteration.context, *program.executor);
    ticks_of(call) += timer.now(timer.context) - begun;
    return true;
  }
  static bool may_read() noexcept { return true; }

  /// The calls of an evaluation's loss stand among the others and are not an iteration's.
  std::uint64_t& ticks_of(const Call& call) noexcept {
    const auto index = static_cast<std::size_t>(&call - program.calls.data());
    const bool behind = call.phase() > calls::Phase::loss;
    return timer.ticks[index - (behind ? program.phase(calls::Phase::loss).size() : 0)];
  }
};

}  // namespace

std::size_t TrainingStep::calls() const noexcept { return training_calls(*program_); }

float TrainingStep::run(std::span<const float> inputs, std::span<const std::int32_t> targets, const CallTimer& timer,
                        const MixedTargets* mixed) noexcept {
  if (!fits(*program_, timer) || !begin(inputs, targets, mixed)) return std::numeric_limits<float>::quiet_NaN();
  plan_detail::advance(*program_, Timed{*program_, timer});
  return plan_detail::finish_iteration(*program_);
}

float TrainingStep::compute_gradients(std::span<const float> inputs, std::span<const std::int32_t> targets,
                                      const CallTimer& timer, const MixedTargets* mixed) noexcept {
  if (!fits(*program_, timer) || !program_->holds_update() || !begin(inputs, targets, mixed))
    return std::numeric_limits<float>::quiet_NaN();
  program_->iteration.gradients_only = true;
  plan_detail::advance(*program_, Timed{*program_, timer});
  return plan_detail::finish_iteration(*program_);
}

void TrainingStep::update(const CallTimer& timer) noexcept {
  if (!fits(*program_, timer) || !program_->holds_update() || unfinished()) return;
  plan_detail::begin_held_update(*program_);
  for (const Call& call : program_->phase(calls::Phase::update)) Timed{*program_, timer}.run(call, program_->iteration);
}

}  // namespace treadle
