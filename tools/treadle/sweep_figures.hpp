// What the table and the charts of a sweep both ask of its results.
#pragma once

#include <algorithm>
#include <optional>
#include <string>

#include "output.hpp"
#include "recommendation.hpp"
#include "sweep_page.hpp"

namespace treadle::tool {

inline std::optional<double> hundred(const std::optional<double>& share) {
  return share ? std::optional<double>{100 * *share} : std::nullopt;
}

inline std::optional<double> thousand(const std::optional<double>& number) {
  return number ? std::optional<double>{1e3 * *number} : std::nullopt;
}

template <class Is>
bool any(const Sweep& sweep, const Is& is) {
  return std::any_of(sweep.results.begin(), sweep.results.end(), is);
}

template <class Reading>
bool have(const Sweep& sweep, const std::optional<Reading> SensorReadings::*reading) {
  return any(sweep, [&](const SweepResult& result) { return (result.sensors.*reading).has_value(); });
}

inline bool tuned(const Sweep& sweep) {
  return any(sweep, [](const SweepResult& r) { return r.tuned_rate.has_value(); });
}

inline bool several_threads(const Sweep& sweep) { return several_threads(sweep.results); }

/// Whether any size has an accuracy at equal epochs, at equal time, or at the end of an epoch.
inline bool at_equal_epochs(const Sweep& sweep) {
  return any(sweep, [&](const SweepResult& r) { return accuracy_after(r, sweep.epochs).has_value(); });
}
inline bool at_equal_time(const Sweep& sweep) {
  return any(sweep, [](const SweepResult& r) { return r.equal_time_accuracy.has_value(); });
}
inline bool at_epochs(const Sweep& sweep) {
  return any(sweep, [](const SweepResult& r) { return !r.epochs.empty(); });
}

/// Of the first epoch that reached the accuracy `target`.
inline std::optional<double> joules_to(const SweepResult& result, double target) {
  const std::optional<SweepPoint> point = reached(result, target);
  return point ? point->joules : std::nullopt;
}

/// "0.4 s", "12 s".
inline std::string seconds_text(double seconds) { return fixed(seconds, seconds < 10 ? 1 : 0) + " s"; }

}  // namespace treadle::tool
