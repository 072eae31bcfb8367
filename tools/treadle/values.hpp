// Reads the values of options from text. Whatever is not exactly as expected is a UsageError that says what is.
#pragma once

#include <treadle/shape.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "errors.hpp"

namespace treadle::tool {

/// Any text but the empty one.
std::string read_text(const std::string& text);

/// A whole number in least ... most, digits alone.
std::uint64_t read_whole(std::string_view text, std::uint64_t least, std::uint64_t most = UINT64_MAX);

/// Which numbers are in a range, and which of its ends.
struct Range {
  float least = -INFINITY, most = INFINITY;
  bool with_least = true, with_most = true;

  static const Range any, above_zero, above_one, zero_or_more, zero_to_one, zero_to_below_one, above_zero_to_one,
      between_zero_and_one;
};
inline constexpr Range Range::any{};
inline constexpr Range Range::above_zero{.least = 0, .with_least = false};
inline constexpr Range Range::above_one{.least = 1, .with_least = false};
inline constexpr Range Range::zero_or_more{.least = 0};
inline constexpr Range Range::zero_to_one{.least = 0, .most = 1};
inline constexpr Range Range::above_zero_to_one{.least = 0, .most = 1, .with_least = false};
inline constexpr Range Range::between_zero_and_one{.least = 0, .most = 1, .with_least = false, .with_most = false};
inline constexpr Range Range::zero_to_below_one{.least = 0, .most = 1, .with_most = false};

/// A finite decimal number in `range`.
float read_real(std::string_view text, Range range);

/// A number of bytes, at least 1: digits and an optional unit. KiB, MiB, GiB and K, M, G are powers of 1024; kB, MB, GB
/// are powers of 1000; upper and lower case are the same.
std::size_t read_bytes(std::string_view text);

/// Whole numbers in least ... most, rising, joined by commas; "1,2,4,...,1024" and "2,4,...,10" go on as they begin, by
/// the same factor or the same step.
std::vector<std::size_t> read_wholes(std::string_view text, std::uint64_t least, std::uint64_t most);

/// A share above 0 and up to 1: "0.85" or "85%".
double read_share(const std::string& text);

/// Seconds: a millisecond, and thirty years.
inline constexpr double shortest_duration = 0.001, longest_duration = 1e9;

/// Seconds from shortest_duration to longest_duration: a decimal number and an optional unit, s, min or h.
double read_duration(std::string_view text);

/// Numbers of CPUs: "0,2-3". Each below 1024, none twice.
std::vector<std::size_t> read_cpus(std::string_view text);

/// A part above 0, 1 at most: "50%".
double read_percent(std::string_view text);

/// Extents of at least 1, joined by x: "28x28x1".
Shape read_shape(std::string_view text);

/// One of `words`; `what` names them in the message: "optimizer".
std::string_view read_word(std::string_view text, std::string_view what, const std::vector<std::string_view>& words);

}  // namespace treadle::tool
