// Which batch size, and why.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "sweep_result.hpp"

namespace treadle::tool {

/// The share of the best throughput that counts as the knee of the curve: beyond it larger batches gain little.
inline constexpr double knee_share = 0.9;

/// Time and epochs to the target accuracy: of the first whole epoch that reached it.
std::optional<SweepPoint> reached(const SweepResult& result, double target);

/// The accuracy after `epochs` whole epochs, if there were as many.
std::optional<double> accuracy_after(const SweepResult& result, std::size_t epochs);

/// When none is given: 2 percentage points below the best accuracy that any size reached; 0 when none has one.
double default_target(const std::vector<SweepResult>& results);

/// Whether the sizes were measured with several numbers of threads.
bool several_threads(const std::vector<SweepResult>& results);

/// "batch size 16", or "batch size 16 with 2 threads".
std::string named(const SweepResult& result, bool with_threads);

/// Indices into the results.
struct Recommendation {
  std::optional<std::size_t> chosen;
  std::string reason;
  std::optional<std::size_t> fastest_to_target;
  std::optional<std::size_t> best_at_equal_time;
  std::optional<std::size_t> knee;  ///< the smallest with knee_share of the best throughput
  std::size_t largest = 0;          ///< of those that fit, which all results do
};

/// `results` must not be empty. The fastest to the target; without one, the best at equal time; without validation
/// data, the knee. Of equals the smaller batch, then fewer threads. What diverged is not recommended.
Recommendation recommend(const std::vector<SweepResult>& results, double target);

}  // namespace treadle::tool
