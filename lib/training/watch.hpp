// Tells good iterations from those that would spoil the model.
#pragma once

#include <treadle/guard.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace treadle::training {

struct GuardState {
  std::vector<double> recent;   ///< losses of the last good iterations, `recent_losses` at most, the oldest first
  std::uint64_t anomalies = 0;  ///< of the run
  double rate = 1;              ///< factor of the learning rate
};

inline constexpr std::size_t recent_losses = 32, enough_losses = 8;

/// `factor` times the median of the recent losses, infinity while there are too few. A median below 1 / batch_size
/// counts as that, a batch in which one sample has a loss of 1: else a model that has learnt its samples by heart,
/// whose losses are 0 or nearly so, could make no mistake.
inline double times_median(double factor, std::size_t batch_size, const GuardState& state) {
  if (state.recent.size() < enough_losses) return std::numeric_limits<double>::infinity();
  std::array<double, recent_losses> sorted;
  const auto end = std::copy(state.recent.begin(), state.recent.end(), sorted.begin());
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(state.recent.size() / 2);
  std::nth_element(sorted.begin(), middle, end);
  return factor * std::max(*middle, 1.0 / static_cast<double>(batch_size));
}

/// The largest loss that is no spike.
inline double loss_limit(const Guard& guard, std::size_t batch_size, const GuardState& state) {
  return guard.spike == 0 ? std::numeric_limits<double>::infinity() : times_median(guard.spike, batch_size, state);
}

/// Whether parameters with this loss may take the place of those that a run goes back to, which had losses as in
/// `before`: a loss can be finite and the parameters spoilt all the same.
inline bool worth_going_back_to(double loss, std::size_t batch_size, const GuardState& before) {
  constexpr double most_times = 10;
  return loss <= times_median(most_times, batch_size, before);
}

/// What is wrong with an iteration of this loss and norm of all gradients, if anything is.
inline std::optional<AnomalyCause> judge_loss(double loss, double gradient_norm, double limit) noexcept {
  if (!std::isfinite(loss)) return AnomalyCause::loss;
  if (!std::isfinite(gradient_norm)) return AnomalyCause::gradient;
  if (loss > limit) return AnomalyCause::spike;
  return std::nullopt;
}

inline void remember(double loss, GuardState& state) {
  if (state.recent.size() == recent_losses) state.recent.erase(state.recent.begin());
  state.recent.push_back(loss);
}

}  // namespace treadle::training
