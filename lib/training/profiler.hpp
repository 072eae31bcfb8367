// Where the time of a run's iterations goes.
#pragma once

#include <treadle/plan.hpp>
#include <treadle/training.hpp>

#include <cstdint>
#include <vector>

namespace treadle::training {

/// Takes all its memory when it is made. Movable, since the timer is made anew each time.
class Profiler {
 public:
  /// Of a step that was planned from the same.
  static Result<Profiler> make(const Model& model, const Loss& loss, const Optimizer& optimizer,
                               const StepOptions& options, const TrainingStep& step, std::uint64_t every = 1);

  /// Around an iteration: before its samples are asked for, when they are there, and at its end. One without an end,
  /// after an error, is not counted. begin() says whether this iteration is measured: the first two, then one of
  /// `every`. The rest is for those only.
  bool begin() noexcept;
  void loaded() noexcept;
  void end() noexcept;
  /// For the calls in between.
  CallTimer timer() noexcept;

  RunProfile profile() &&;

 private:
  Profiler(std::vector<CallReport> calls, std::uint64_t every)
      : calls_(std::move(calls)), ticks_(calls_.size()), every_(every) {}

  std::vector<CallReport> calls_;
  std::vector<std::uint64_t> ticks_;  // nanoseconds, as all below
  std::uint64_t begun_ = 0, loaded_ = 0;
  std::uint64_t waiting_ = 0, all_ = 0;
  std::uint64_t iterations_ = 0;
  std::uint64_t every_;
  std::uint64_t begins_ = 0;
  bool warm_ = false;  // the first iteration has been forgotten
};

}  // namespace treadle::training
