#include "training/duty_cycle.hpp"

#include <limits>
#include <thread>

namespace treadle::training {
namespace {

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

using Microseconds = std::chrono::duration<double, std::micro>;

std::uint32_t clock_now(void*) noexcept {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

}  // namespace

std::uint32_t DutyCycle::left() const noexcept {
  const double turn = period_microseconds * share_, used = Microseconds(Clock::now() - woken_).count();
  return used < turn ? static_cast<std::uint32_t>(turn - used) : 0;
}

void DutyCycle::rest() {
  if (share_ >= 1 || left() > 0) return;
  const Microseconds used = Clock::now() - woken_;
  std::this_thread::sleep_for(used * ((1 - share_) / share_));
  woken_ = Clock::now();
}

float DutyCycle::finish(TrainingStep& step) {
  Slice slice{.finished = false};
  while (!slice.finished) {
    rest();
    slice = step.run_for({.ticks = left(), .now = clock_now});
  }
  return slice.loss;
}

float DutyCycle::run(TrainingStep& step, std::span<const float> inputs, std::span<const std::int32_t> targets,
                     const MixedTargets* mixed) {
  if (share_ >= 1) return step.run(inputs, targets, mixed);
  return step.begin(inputs, targets, mixed) ? finish(step) : not_a_number;
}

float DutyCycle::compute_gradients(TrainingStep& step, std::span<const float> inputs,
                                   std::span<const std::int32_t> targets, const MixedTargets* mixed) {
  if (share_ >= 1) return step.compute_gradients(inputs, targets, mixed);
  return step.begin_gradients(inputs, targets, mixed) ? finish(step) : not_a_number;
}

float DutyCycle::evaluate(TrainingStep& step, std::span<const float> inputs, std::span<const std::int32_t> targets) {
  if (share_ >= 1) return step.evaluate(inputs, targets);
  return step.begin_evaluation(inputs, targets) ? finish(step) : not_a_number;
}

}  // namespace treadle::training
