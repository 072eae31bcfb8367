// Whether an iteration is faster with an executor's threads or without them, found out by trying.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace treadle::plan_detail {

/// A line of memory takes from 50 to 500 ns from one core to another, which differs between machines, and where cores
/// are rented from minute to minute. A second thread so can make a short iteration slower, as no plan can know. Of
/// every `period` iterations some thus run with threads and some without, and the others in the way that was faster.
/// The bits are the same either way.
class ThreadTrial {
 public:
  /// Whether the next iteration is to use threads.
  bool threads() const noexcept { return next_ < with_end || (next_ >= without_end && with_threads_); }

  /// What the iteration took, in nanoseconds of the executor's clock.
  void took(std::uint64_t elapsed) noexcept {
    const auto nanoseconds = static_cast<std::uint32_t>(std::min<std::uint64_t>(elapsed, unknown - 1));
    if (next_ < with_end) {
      if (next_ >= with_end - measured) with_ = std::min(with_, nanoseconds);
    } else if (next_ < without_end) {
      if (next_ >= without_end - measured) without_ = std::min(without_, nanoseconds);
    }
    ++next_;
    if (next_ == with_end && with_ > longest) next_ = without_end;  // threads pay, and trying takes long
    if (next_ == without_end) with_threads_ = with_ <= without_;
    if (next_ == period) next_ = 0, with_ = without_ = unknown;
  }

  static constexpr std::uint16_t period = 2000;
  /// Iterations of which the shortest counts, behind some in which threads wake and caches fill.
  static constexpr std::uint16_t measured = 4;
  static constexpr std::uint16_t with_end = 16 + measured;
  static constexpr std::uint16_t without_end = with_end + 4 + measured;
  /// Nothing that takes longer is tried without threads.
  static constexpr std::uint32_t longest = 500'000;

 private:
  static constexpr std::uint32_t unknown = std::numeric_limits<std::uint32_t>::max();

  std::uint32_t with_ = unknown, without_ = unknown;
  std::uint16_t next_ = 0;
  bool with_threads_ = true;
};

}  // namespace treadle::plan_detail
