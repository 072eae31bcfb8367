// The points of a range test: smoothed as they come, and what follows from them.
#pragma once

#include <treadle/rate_finder.hpp>

#include <limits>

namespace treadle::training {

class RateCurve {
 public:
  /// Takes the memory for all points.
  explicit RateCurve(const RateFinderOptions& options);

  /// Takes in an iteration. False: the test is over.
  bool add(double learning_rate, double loss);

  const RatePoint& last() const noexcept { return finding_.points.back(); }

  /// With the suggestion. To be called once, when all is added.
  RateFinding finish();

 private:
  const RateFinderOptions& options_;
  RateFinding finding_;
  double average_ = 0;
  double weight_ = 1;  // of the zero that the average began with
  double best_ = std::numeric_limits<double>::infinity();
};

}  // namespace treadle::training
