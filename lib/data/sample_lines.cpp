// Files with a number for each sample.
#include <treadle/split.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/out_of_memory.hpp"
#include "formats/file.hpp"
#include "formats/text.hpp"

namespace treadle::data {
namespace {

template <class Number>
Result<std::vector<Number>> parse(std::string_view text, std::size_t samples, const char* expected) {
  std::vector<Number> numbers;
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view shown = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (shown.ends_with('\r')) shown.remove_suffix(1);
    Number number{};
    const auto [stop, error] = std::from_chars(shown.data(), shown.data() + shown.size(), number);
    bool valid = error == std::errc{} && stop == shown.data() + shown.size();
    if constexpr (std::is_floating_point_v<Number>) valid = valid && std::isfinite(number) && number >= 0;
    if (!valid)
      return Error{ErrorCode::bad_format,
                   Message{"line "} << line << ": expected " << expected << ", got " << formats::shown_text(shown)};
    if (numbers.size() == samples)
      return Error{ErrorCode::bad_format,
                   Message{"line "} << line << ": expected no more lines than the " << samples << " samples"};
    numbers.push_back(number);
  }
  if (numbers.size() != samples)
    return Error{ErrorCode::bad_format,
                 Message{} << numbers.size() << " lines, expected one for each of " << samples << " samples"};
  return numbers;
}

template <class Parse>
auto parse_file(const std::string& path, std::size_t samples, Parse&& parse)
    -> decltype(parse(std::string_view{}, samples)) {
  const Result<std::vector<std::uint8_t>> file = formats::read_file(path);
  if (!file) return file.error();
  auto numbers = parse({reinterpret_cast<const char*>(file->data()), file->size()}, samples);
  if (!numbers) return formats::in_file(path, numbers.error());
  return numbers;
}

}  // namespace

Result<std::vector<std::int32_t>> parse_groups(std::string_view text, std::size_t samples) {
  return base::or_out_of_memory(
      "groups", [&] { return parse<std::int32_t>(text, samples, "a whole number in -2147483648 ... 2147483647"); });
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
