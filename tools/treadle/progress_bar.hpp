// The progress of an epoch on a terminal: one line that redraws itself.
#pragma once

#include <treadle/training.hpp>

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

namespace treadle::tool {

/// The bar for one moment of an epoch in at most `width` columns. What does not fit is left out, least important first.
/// `what` is what the epoch belongs to; it comes first, if there is room for more.
std::string bar_line(const IterationRecord& record, std::size_t width, std::string_view what = "");

/// Draws at most ten times a second, so that it costs a training loop no more than a look at the clock.
class ProgressBar {
 public:
  explicit ProgressBar(std::FILE* terminal) : terminal_(terminal) {}

  /// Whether `stream` is a terminal that can move its cursor.
  static bool usable(std::FILE* stream);

  /// Draws if it is time to; the first call always does.
  void update(const IterationRecord& record, std::string_view what = "");
  /// Wipes the bar off its line.
  void clear();

 private:
  std::FILE* terminal_;
  std::chrono::steady_clock::time_point next_{};
  bool drawn_ = false;
};

}  // namespace treadle::tool
