#include "recommendation.hpp"

#include <algorithm>

#include "output.hpp"

namespace treadle::tool {
namespace {

bool smaller(const SweepResult& a, const SweepResult& b) {
  return a.batch_size != b.batch_size ? a.batch_size < b.batch_size : a.threads < b.threads;
}

/// The index whose score(result) is the greatest; nothing when none has a score. Of equals the smaller batch, then
/// fewer threads.
template <class Score>
std::optional<std::size_t> best(const std::vector<SweepResult>& results, const Score& score) {
  std::optional<std::size_t> found;
  std::optional<double> most;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const std::optional<double> one = score(results[i]);
    if (!one || (most && (*one < *most || (*one == *most && !smaller(results[i], results[*found]))))) continue;
    found = i;
    most = one;
  }
  return found;
}

std::optional<std::size_t> find_knee(const std::vector<SweepResult>& results) {
  double most = 0;
  for (const SweepResult& result : results)
    if (!result.diverged) most = std::max(most, result.samples_per_second);
  return best(results, [&](const SweepResult& result) -> std::optional<double> {
    if (result.diverged || result.samples_per_second < knee_share * most) return std::nullopt;
    return -static_cast<double>(result.batch_size);
  });
}

}  // namespace

bool several_threads(const std::vector<SweepResult>& results) {
  return std::any_of(results.begin(), results.end(),
                     [&](const SweepResult& result) { return result.threads != results[0].threads; });
}

std::string named(const SweepResult& result, bool with_threads) {
  return "batch size " + grouped(result.batch_size) +
         (with_threads ? " with " + counted(result.threads, "thread") : "");
}

std::optional<SweepPoint> reached(const SweepResult& result, double target) {
  for (const SweepPoint& point : result.epochs)
    if (point.accuracy >= target) return point;
  return std::nullopt;
}

std::optional<double> accuracy_after(const SweepResult& result, std::size_t epochs) {
  for (const SweepPoint& point : result.epochs)
    if (point.epoch == epochs) return point.accuracy;
  return std::nullopt;
}

double default_target(const std::vector<SweepResult>& results) {
  double most = 0;
  for (const SweepResult& result : results)
    for (const SweepPoint& point : result.epochs) most = std::max(most, point.accuracy);
  return std::max(0.0, most - 0.02);
}

Recommendation recommend(const std::vector<SweepResult>& results, double target) {
  Recommendation advice;
  advice.fastest_to_target = best(results, [&](const SweepResult& result) -> std::optional<double> {
    const std::optional<SweepPoint> point = reached(result, target);
    return point && !result.diverged ? std::optional<double>{-point->seconds} : std::nullopt;
  });
  advice.best_at_equal_time = best(results, [](const SweepResult& result) { return result.equal_time_accuracy; });
  advice.knee = find_knee(results);
  advice.largest = *best(results, [](const SweepResult& result) -> std::optional<double> {
    return static_cast<double>(result.batch_size);
  });
  const bool several = several_threads(results);
  const bool any_epoch =
      std::any_of(results.begin(), results.end(), [](const SweepResult& r) { return !r.epochs.empty(); });
  const auto choose = [&](std::optional<std::size_t> index) -> const SweepResult& {
    advice.chosen = index;
    advice.reason = named(results[*index], several) + ": ";
    return results[*index];
  };
  if (advice.fastest_to_target) {
    const SweepPoint point = *reached(choose(advice.fastest_to_target), target);
    advice.reason += "the fastest to " + percent(target) + ", in " + fixed(point.seconds, 1) + " s and " +
                     counted(point.epoch, "epoch");
  } else if (advice.best_at_equal_time) {
    const double accuracy = *choose(advice.best_at_equal_time).equal_time_accuracy;
    advice.reason += (any_epoch ? "no size reached " + percent(target) : "no size finished an epoch") +
                     "; it was the most accurate after equal time, " + percent(accuracy);
  } else if (advice.knee) {
    choose(advice.knee);
    advice.reason += "the smallest with " + fixed(100 * knee_share, 0) +
                     " % of the best throughput; without validation data nothing else is known";
  } else {
    advice.reason = "none: every size diverged";
  }
  return advice;
}

}  // namespace treadle::tool
