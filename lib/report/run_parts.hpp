// What page, JSON and CSV of a run have in common.
#pragma once

#include <treadle/run_report.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace treadle::reporting {

double or_nan(const std::optional<double>& number);

/// The member of the result of that name; nothing without one.
const PlainValue* result_member(const RunRecord& run, std::string_view name);

/// Why it ended, see LoggedEnd; empty: no end is recorded.
std::string end_reason(const RunRecord& run);

/// Of class `index`: its name, or its number where it has none.
std::string class_name(const RunRecord& run, std::size_t index);

/// 0 where nothing was predicted as that class.
double precision(const ClassRecord& counts) noexcept;
/// 0 where the class does not occur.
double recall(const ClassRecord& counts) noexcept;

/// Samples of one class that were taken for another one.
struct Confusion {
  std::size_t target = 0, predicted = 0;
  std::uint64_t count = 0;
  double share = 0;  ///< of the target's samples, 0 ... 1
};

/// At most `most`, those with the largest counts first, without counts of 0.
std::vector<Confusion> largest_confusions(const RunRecord& run, std::size_t most);

}  // namespace treadle::reporting
