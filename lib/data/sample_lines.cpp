// Files with a line for each sample.
#include <treadle/split.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <utility>

#include "base/out_of_memory.hpp"
#include "data/parse_file.hpp"
#include "data/side_lines.hpp"
#include "formats/text.hpp"

namespace treadle::data {
namespace {

/// Reads one thing for each sample; `read` takes a line's text and says whether it is valid. Nothing is left over.
template <class Read>
Result<void> read_lines(std::string_view text, std::size_t samples, const char* expected, Read&& read) {
  SideLines lines(text);
  for (std::string_view shown; lines.next(shown);) {
    if (!read(shown))
      return Error{ErrorCode::bad_format, Message{"line "} << lines.number() << ": expected " << expected << ", got "
                                                           << formats::shown_text(shown)};
    if (lines.number() > samples)
      return Error{ErrorCode::bad_format,
                   Message{"line "} << lines.number() << ": expected no more lines than the " << samples << " samples"};
  }
  if (lines.number() != samples)
    return Error{ErrorCode::bad_format,
                 Message{} << lines.number() << " lines, expected one for each of " << samples << " samples"};
  return {};
}

template <class Number>
Result<std::vector<Number>> parse(std::string_view text, std::size_t samples, const char* expected) {
  std::vector<Number> numbers;
  numbers.reserve(std::min(samples, text.size()));
  const Result<void> read = read_lines(text, samples, expected, [&](std::string_view shown) {
    Number number{};
    const auto [stop, error] = std::from_chars(shown.data(), shown.data() + shown.size(), number);
    bool valid = error == std::errc{} && stop == shown.data() + shown.size();
    if constexpr (std::is_floating_point_v<Number>) valid = valid && std::isfinite(number) && number >= 0;
    if (valid) numbers.push_back(number);
    return valid;
  });
  if (!read) return read.error();
  return numbers;
}

/// The names' places among all, sorted by their bytes.
Result<std::vector<std::int32_t>> parse_names(std::string_view text, std::size_t samples) {
  std::map<std::string_view, std::int32_t> places;
  std::vector<std::string_view> names;
  const Result<void> read = read_lines(text, samples, "a group's name or number", [&](std::string_view shown) {
    if (!shown.empty()) names.push_back(places.emplace(shown, 0).first->first);
    return !shown.empty();
  });
  if (!read) return read.error();
  std::int32_t next = 0;
  for (auto& [name, place] : places) place = next++;
  std::vector<std::int32_t> groups(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) groups[i] = places.find(names[i])->second;
  return groups;
}

}  // namespace

Result<std::vector<std::int32_t>> parse_groups(std::string_view text, std::size_t samples) {
  return base::or_out_of_memory("groups", [&] {
    Result<std::vector<std::int32_t>> numbers = parse<std::int32_t>(text, samples, "a whole number");
    return numbers ? std::move(numbers) : parse_names(text, samples);
  });
}

Result<std::vector<float>> parse_weights(std::string_view text, std::size_t samples) {
  return base::or_out_of_memory(
      "weights", [&] { return parse<float>(text, samples, "a number of at least 0 in float32's range"); });
}

Result<std::vector<std::int32_t>> groups_by_file(const std::string& path, std::size_t samples) {
  return parse_file(path, samples, parse_groups);
}

Result<std::vector<float>> weights_by_file(const std::string& path, std::size_t samples) {
  return parse_file(path, samples, parse_weights);
}

}  // namespace treadle::data
