// The progress of an epoch, or of another pass over samples, on a terminal: one line that redraws itself.
#pragma once

#include <treadle/training.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace treadle::tool {

/// The bar for one moment of an epoch in at most `width` columns. What does not fit is left out, least important first.
/// `what` is what the epoch belongs to; it comes first, if there is room for more.
std::string bar_line(const IterationRecord& record, std::size_t width, std::string_view what = "");

/// How far a pass over samples is.
struct PassRecord {
  std::string_view what;   ///< is done in it
  std::uint64_t done = 0;  ///< samples
  std::uint64_t all = 0;   ///< at least 1
  double seconds = 0;      ///< since it began
};

/// The same of a pass.
std::string bar_line(const PassRecord& record, std::size_t width);

/// Draws at most ten times a second, so that it costs a training loop no more than a look at the clock.
class ProgressBar {
 public:
  explicit ProgressBar(std::FILE* terminal) : terminal_(terminal) {}

  /// Whether `stream` is a terminal that can move its cursor.
  static bool usable(std::FILE* stream);

  /// Draws if it is time to; the first call always does.
  void update(const IterationRecord& record, std::string_view what = "");
  void update(const PassRecord& record);
  /// Wipes the bar off its line.
  void clear();

 private:
  bool is_time();
  void draw(const std::string& line);

  std::FILE* terminal_;
  std::chrono::steady_clock::time_point next_{};
  bool drawn_ = false;
};

/// Tells how far a pass is: by a bar, or where there is no terminal by a line every ten seconds.
class PassProgress {
 public:
  using Clock = std::chrono::steady_clock;
  PassProgress(std::FILE* stream, std::string what, std::uint64_t samples, Clock::time_point begin = Clock::now());
  PassProgress(const PassProgress&) = delete;
  PassProgress& operator=(const PassProgress&) = delete;
  ~PassProgress() { bar_.clear(); }

  void update(std::uint64_t done, Clock::time_point now = Clock::now());

 private:
  std::FILE* stream_;
  std::string what_;
  std::uint64_t samples_;
  bool terminal_;
  ProgressBar bar_;
  Clock::time_point begin_, next_;
};

}  // namespace treadle::tool
