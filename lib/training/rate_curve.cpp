#include "training/rate_curve.hpp"

#include <algorithm>
#include <cmath>
#include <span>

namespace treadle::training {
namespace {

/// The slope of the smoothed loss by point, as numpy.gradient() has it: one-sided at both ends. The logarithms of the
/// rates are equally far apart.
double slope(std::span<const RatePoint> points, std::size_t i) {
  const std::size_t from = i == 0 ? 0 : i - 1, to = std::min(i + 1, points.size() - 1);
  return (points[to].smoothed_loss - points[from].smoothed_loss) / static_cast<double>(to - from);
}

/// Losses are floats: what they fall by less is their own rounding and the average's.
double least_fall(std::span<const RatePoint> points) {
  return std::numeric_limits<float>::epsilon() * std::abs(points.front().smoothed_loss);
}

/// What falls behind the least loss is a hill that the rates of before have made.
std::optional<double> steepest_descent(std::span<const RatePoint> points, std::size_t minimum) {
  std::optional<double> rate;
  double least = -least_fall(points);
  for (std::size_t i = 0; i <= minimum; ++i) {
    const double each = slope(points, i);
    if (each >= least) continue;
    least = each;
    rate = points[i].learning_rate;
  }
  return rate;
}

std::size_t minimum_of(std::span<const RatePoint> points) {
  const auto less = [](const RatePoint& a, const RatePoint& b) { return a.smoothed_loss < b.smoothed_loss; };
  return static_cast<std::size_t>(std::min_element(points.begin(), points.end(), less) - points.begin());
}

}  // namespace

RateCurve::RateCurve(const RateFinderOptions& options) : options_(options) {
  finding_.points.reserve(options.iterations);
}

bool RateCurve::add(double learning_rate, double loss) {
  if (!std::isfinite(loss)) {
    finding_.end = RateFinderEnd::not_finite;
    return false;
  }
  const double b = options_.smoothing;
  average_ = b * average_ + (1 - b) * loss;
  weight_ *= b;
  const double smoothed = average_ / (1 - weight_);
  finding_.points.push_back({learning_rate, loss, smoothed});
  if (smoothed > options_.divergence * best_) {
    finding_.end = RateFinderEnd::divergence;
    return false;
  }
  best_ = std::min(best_, smoothed);
  return true;
}

RateFinding RateCurve::finish() {
  const std::size_t skipped = options_.iterations / 10, last = 1, all = finding_.points.size();
  if (all > skipped + last + 1) {
    const auto points = std::span<const RatePoint>(finding_.points).subspan(skipped, all - skipped - last);
    const std::size_t minimum = minimum_of(points);
    finding_.suggestion = steepest_descent(points, minimum);
    if (points[minimum].smoothed_loss < points.front().smoothed_loss - least_fall(points))
      finding_.tenth_of_minimum = points[minimum].learning_rate / 10;
  }
  return std::move(finding_);
}

}  // namespace treadle::training
