#include "values.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "output.hpp"
#include "suggest.hpp"

namespace treadle::tool {
namespace {

[[noreturn]] void refuse_value(const std::string& expected, std::string_view got) {
  throw UsageError("expected " + expected + ", got '" + std::string(got) + "'");
}

/// The whole of `text` as a number of type T; false when it is anything else or does not fit.
template <class T>
bool read_number(std::string_view text, T& number) {
  const char* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, number);
  return problem == std::errc{} && stop == end && !text.empty();
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

struct Unit {
  std::string_view name;
  std::size_t bytes;
};

constexpr std::size_t kibi = 1024, kilo = 1000;
constexpr Unit units[] = {
    {"", 1},
    {"b", 1},
    {"k", kibi},
    {"kib", kibi},
    {"kb", kilo},
    {"m", kibi* kibi},
    {"mib", kibi* kibi},
    {"mb", kilo* kilo},
    {"g", kibi* kibi* kibi},
    {"gib", kibi* kibi* kibi},
    {"gb", kilo* kilo* kilo},
};

}  // namespace

std::string read_text(const std::string& text) {
  if (text.empty()) refuse_value("a text that is not empty", text);
  return text;
}

std::uint64_t read_whole(std::string_view text, std::uint64_t least, std::uint64_t most) {
  std::uint64_t number = 0;
  if (read_number(text, number) && number >= least && number <= most) return number;
  std::string expected = "a whole number ";
  if (most == std::numeric_limits<std::uint64_t>::max())
    expected += "of at least " + std::to_string(least) + " and below 2^64";
  else
    expected += "from " + std::to_string(least) + " to " + std::to_string(most);
  refuse_value(expected, text);
}

float read_real(std::string_view text, Range range) {
  float number = 0;
  if (read_number(text, number) && std::isfinite(number) &&
      (range.with_least ? number >= range.least : number > range.least) &&
      (range.with_most ? number <= range.most : number < range.most))
    return number;
  std::string expected = "a number";
  if (std::isfinite(range.least)) expected += (range.with_least ? " of at least " : " above ") + shortest(range.least);
  if (std::isfinite(range.most)) expected += (range.with_most ? " and at most " : " and below ") + shortest(range.most);
  refuse_value(expected, text);
}

std::size_t read_bytes(std::string_view text) {
  const std::string_view digits = text.substr(0, text.find_first_not_of("0123456789"));
  const std::string unit = lower_case(text.substr(digits.size()));
  const auto known = std::find_if(std::begin(units), std::end(units), [&](const Unit& u) { return u.name == unit; });
  std::size_t number = 0;
  if (known == std::end(units) || !read_number(digits, number) || number == 0 ||
      __builtin_mul_overflow(number, known->bytes, &number))
    refuse_value("a size above 0 such as 262144, 256KiB, 1MiB or 1GB", text);
  return number;
}

double read_duration(std::string_view text) {
  const std::string_view digits = text.substr(0, text.find_first_not_of("0123456789."));
  const std::string_view unit = text.substr(digits.size());
  const double seconds = unit.empty() || unit == "s" ? 1 : unit == "min" ? 60 : unit == "h" ? 3600 : 0;
  double number = 0;
  if (!read_number(digits, number) || !(number * seconds >= shortest_duration && number * seconds <= longest_duration))
    refuse_value("a time above 0 such as 90, 90s, 1.5min or 2h", text);
  return number * seconds;
}

std::vector<std::size_t> read_cpus(std::string_view text) {
  std::vector<std::size_t> cpus;
  const auto complain = [&] { refuse_value("CPUs such as 2, 0,2 or 2-3, each below 1024 and none twice", text); };
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string_view part = text.substr(begin, end - begin);
    const std::size_t dash = part.find('-');
    std::size_t first = 0, last = 0;
    if (!read_number(part.substr(0, dash), first)) complain();
    if (dash == std::string_view::npos) last = first;
    if (dash != std::string_view::npos && !read_number(part.substr(dash + 1), last)) complain();
    if (last < first || last >= 1024) complain();
    for (std::size_t cpu = first; cpu <= last; ++cpu) {
      if (std::find(cpus.begin(), cpus.end(), cpu) != cpus.end()) complain();
      cpus.push_back(cpu);
    }
    begin = end + 1;
  }
  return cpus;
}

double read_percent(std::string_view text) {
  double number = 0;
  if (text.empty() || text.back() != '%' || !read_number(text.substr(0, text.size() - 1), number) ||
      !(number > 0 && number <= 100))
    refuse_value("a part above 0%, 100% at most, such as 50%", text);
  return number / 100;
}

Shape read_shape(std::string_view text) {
  std::vector<std::size_t> extents;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('x', begin), text.size());
    std::size_t extent = 0;
    if (!read_number(text.substr(begin, end - begin), extent) || extent == 0 || extents.size() == Shape::max_rank)
      refuse_value("1 to 6 extents of at least 1 joined by x, such as 28x28x1", text);
    extents.push_back(extent);
    begin = end + 1;
  }
  return Shape{std::span<const std::size_t>(extents)};
}

std::string_view read_word(std::string_view text, std::string_view what, const std::vector<std::string_view>& words) {
  const auto known = std::find(words.begin(), words.end(), text);
  if (known != words.end()) return *known;
  std::string message = "unknown " + std::string(what) + " '" + std::string(text) + "'; ";
  if (const std::string_view nearest = nearest_word(text, words); !nearest.empty())
    throw UsageError(message + "did you mean " + std::string(nearest) + "?");
  message += "expected one of:";
  for (const std::string_view word : words) message.append(" ").append(word);
  throw UsageError(message);
}

}  // namespace treadle::tool
