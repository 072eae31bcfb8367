#include "report/run_parts.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace treadle::reporting {
namespace {

double ratio(std::uint64_t part, std::uint64_t whole) noexcept {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

double or_nan(const std::optional<double>& number) { return number.value_or(std::nan("")); }

const PlainValue* result_member(const RunRecord& run, std::string_view name) {
  const auto found = std::find_if(run.result.begin(), run.result.end(), [&](const auto& m) { return m.name == name; });
  return found == run.result.end() ? nullptr : &found->value;
}

std::string end_reason(const RunRecord& run) {
  if (!run.log.ended.empty()) return run.log.ended;
  const PlainValue* const stopped = result_member(run, "stopped");
  const auto* const text = stopped == nullptr ? nullptr : std::get_if<std::string>(stopped);
  return text == nullptr ? "" : *text;
}

std::string class_name(const RunRecord& run, std::size_t index) {
  return run.class_names.empty() ? std::to_string(index) : run.class_names[index];
}

double precision(const ClassRecord& counts) noexcept { return ratio(counts.correct, counts.predicted); }

double recall(const ClassRecord& counts) noexcept { return ratio(counts.correct, counts.samples); }

std::vector<Confusion> largest_confusions(const RunRecord& run, std::size_t most) {
  std::vector<Confusion> all;
  for (std::size_t target = 0; target < run.classes && !run.confusion.empty(); ++target) {
    const auto row = run.confusion.begin() + static_cast<std::ptrdiff_t>(target * run.classes);
    const std::uint64_t samples =
        std::accumulate(row, row + static_cast<std::ptrdiff_t>(run.classes), std::uint64_t{0});
    for (std::size_t predicted = 0; predicted < run.classes; ++predicted)
      if (const std::uint64_t count = row[static_cast<std::ptrdiff_t>(predicted)]; predicted != target && count > 0)
        all.push_back({target, predicted, count, ratio(count, samples)});
  }
  const auto end = all.begin() + static_cast<std::ptrdiff_t>(std::min(most, all.size()));
  std::partial_sort(all.begin(), end, all.end(), [](const Confusion& a, const Confusion& b) {
    return a.count != b.count ? a.count > b.count : std::pair{a.target, a.predicted} < std::pair{b.target, b.predicted};
  });
  all.erase(end, all.end());
  return all;
}

}  // namespace treadle::reporting
