// The learning rate over a run: a factor of the optimizer's own rate in every iteration.
#pragma once

#include <treadle/result.hpp>

#include <cstdint>
#include <variant>

namespace treadle {

/// Where a run is. T in the formulas below is `iterations`, t is `iteration`.
struct RunPosition {
  std::uint64_t iteration = 0;         ///< from 0
  std::uint64_t iterations = 1;        ///< that the run has if nothing stops it earlier; above `iteration`
  std::uint64_t epoch_iterations = 1;  ///< of each epoch, at least 1
};

/// 1 throughout.
struct ConstantRate {
  friend constexpr bool operator==(const ConstantRate&, const ConstantRate&) = default;
};

/// 1 - t / T: down to nearly zero at the end, which makes the last epoch the best one.
struct LinearDecay {
  friend constexpr bool operator==(const LinearDecay&, const LinearDecay&) = default;
};

/// factor^floor(epoch / epochs), epoch counted from 0: torch.optim.lr_scheduler.StepLR.
struct StepDecay {
  std::uint64_t epochs = 3;  ///< between two drops, at least 1
  double factor = 0.1;       ///< of each drop, in (0, 1]
  friend constexpr bool operator==(const StepDecay&, const StepDecay&) = default;
};

/// floor + (1 - floor) (1 + cos(pi t / T)) / 2: torch.optim.lr_scheduler.CosineAnnealingLR with T_max = T.
struct CosineDecay {
  double floor = 0;  ///< in [0, 1)
  friend constexpr bool operator==(const CosineDecay&, const CosineDecay&) = default;
};

/// Up from 1 / 25 to 1 over the first `rise` of the run and down to 1 / 250,000 at its end, both along half a cosine:
/// torch.optim.lr_scheduler.OneCycleLR with its defaults, whose max_lr is the optimizer's rate here.
struct OneCycle {
  double rise = 0.3;  ///< in (0, 1)
  friend constexpr bool operator==(const OneCycle&, const OneCycle&) = default;
};

/// start^(1 - t / (T - 1)): up from `start` to 1 by the same factor in each iteration, for the range test of
/// rate_finder.hpp.
struct ExponentialRise {
  double start = 1e-3;  ///< in (0, 1], not subnormal
  friend constexpr bool operator==(const ExponentialRise&, const ExponentialRise&) = default;
};

/// Any learning-rate schedule. A new one joins this list.
using Schedule = std::variant<ConstantRate, LinearDecay, StepDecay, CosineDecay, OneCycle, ExponentialRise>;

/// A factor of the rate beside the schedule's, from 1 on: multiplied by `factor` when the validation loss has not
/// become less than the best one by more than its part `threshold` for more than `patience` validations; then it is
/// left alone for `cooldown` validations. torch.optim.lr_scheduler.ReduceLROnPlateau with mode "min" and threshold_mode
/// "rel".
struct ReduceOnPlateau {
  double factor = 0.1;  ///< above 0, below 1
  std::uint64_t patience = 10;
  double threshold = 1e-4;  ///< at least 0, below 1
  std::uint64_t cooldown = 0;
  double least = 0;  ///< which the factor stays at or above, 0 ... 1
  friend constexpr bool operator==(const ReduceOnPlateau&, const ReduceOnPlateau&) = default;
};

/// An error that names the number that is out of its range.
Result<void> check(const Schedule& schedule) noexcept;
Result<void> check(const ReduceOnPlateau& plateau) noexcept;

/// Whether the factor depends on how many iterations the run has.
bool needs_iterations(const Schedule& schedule) noexcept;

/// The factor of the learning rate, the same double on every machine.
double rate_factor(const Schedule& schedule, const RunPosition& position) noexcept;

}  // namespace treadle
