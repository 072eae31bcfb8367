// Tells good iterations from those that would spoil the model.
#pragma once

#include <treadle/guard.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace treadle::training {

struct GuardState {
  std::vector<double> recent;   ///< losses of the last good iterations, the oldest first
  std::uint64_t anomalies = 0;  ///< of the run
  double rate = 1;              ///< factor of the learning rate
};

inline constexpr std::size_t recent_losses = 32, enough_losses = 8;

/// The largest loss that is no spike.
inline double loss_limit(const Guard& guard, const GuardState& state) {
  if (guard.spike == 0 || state.recent.size() < enough_losses) return std::numeric_limits<double>::infinity();
  std::vector<double> sorted = state.recent;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  return guard.spike * *middle;
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
