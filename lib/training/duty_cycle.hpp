// Trains for a part of the time only, and sleeps for the rest.
#pragma once

#include <treadle/plan.hpp>

#include <chrono>
#include <cstdint>
#include <span>

namespace treadle::training {

/// Work in turns of at most `share` of 20 ms, or one tile, each followed by a sleep that is as much longer as the share
/// asks for: a turn that took longer than it should is slept off too. What happens between two calls counts as work.
class DutyCycle {
 public:
  /// 0 < share <= 1; with 1 it never sleeps.
  explicit DutyCycle(double share) noexcept : share_(share) {}

  /// step.run(inputs, targets, mixed), in slices.
  float run(TrainingStep& step, std::span<const float> inputs, std::span<const std::int32_t> targets,
            const MixedTargets* mixed = nullptr);
  /// step.compute_gradients(inputs, targets, mixed) and step.evaluate(inputs, targets), likewise.
  float compute_gradients(TrainingStep& step, std::span<const float> inputs, std::span<const std::int32_t> targets,
                          const MixedTargets* mixed = nullptr);
  float evaluate(TrainingStep& step, std::span<const float> inputs, std::span<const std::int32_t> targets);
  /// Sleeps if a turn is over.
  void rest();

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr double period_microseconds = 20'000;

  std::uint32_t left() const noexcept;  // of this turn, in microseconds
  float finish(TrainingStep& step);     // what has begun; its loss

  double share_;
  Clock::time_point woken_ = Clock::now();
};

}  // namespace treadle::training
