// Lists of whole numbers, and shares, as options give them.
#include <algorithm>

#include "values.hpp"

namespace treadle::tool {
namespace {

constexpr std::size_t longest_list = 100;

[[noreturn]] void refuse_list(std::string_view text, std::string_view expected) {
  throw UsageError("expected " + std::string(expected) + ", got '" + std::string(text) + "'");
}

/// Appends what lies between the last numbers and `end`, without `end`.
void go_on(std::vector<std::size_t>& numbers, std::size_t end, std::string_view text) {
  if (numbers.size() < 2) refuse_list(text, "two numbers before ...");
  const std::size_t b = numbers[numbers.size() - 2], c = numbers.back();
  const std::size_t a = numbers.size() > 2 ? numbers[numbers.size() - 3] : 0;
  const bool by_factor = c % b == 0 && (a == 0 || a * (c / b) == b);
  if (!by_factor && a != 0 && c - b != b - a) refuse_list(text, "numbers before ... that go on by a factor or a step");
  for (std::size_t next = c; numbers.size() <= longest_list;) {
    const std::size_t before = next;
    if (by_factor ? __builtin_mul_overflow(next, c / b, &next) : __builtin_add_overflow(next, c - b, &next)) break;
    if (next == end) return;
    if (next > end || next <= before) break;
    numbers.push_back(next);
  }
  refuse_list(text, "... to meet the number behind it, in " + std::to_string(longest_list) + " steps");
}

}  // namespace

std::vector<std::size_t> read_wholes(std::string_view text, std::uint64_t least, std::uint64_t most) {
  std::vector<std::size_t> numbers;
  bool open = false;
  for (std::string_view rest = text;;) {
    const std::size_t comma = rest.find(',');
    const std::string_view word = rest.substr(0, comma);
    if (word == "...") {
      if (open) refuse_list(text, "one ... between two numbers");
      open = true;
    } else {
      const auto number = static_cast<std::size_t>(read_whole(word, least, most));
      if (!numbers.empty() && number <= numbers.back()) refuse_list(text, "numbers that rise");
      if (open) go_on(numbers, number, text);
      open = false;
      numbers.push_back(number);
    }
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  if (open) refuse_list(text, "a number behind ...");
  return numbers;
}

double read_share(const std::string& text) {
  const bool hundredths = text.ends_with('%');
  const std::string digits = hundredths ? text.substr(0, text.size() - 1) : text;
  const double share = static_cast<double>(read_real(digits, Range::above_zero)) / (hundredths ? 100 : 1);
  if (share > 1) refuse_list(text, "a share of at most 1 or 100%");
  return share;
}

}  // namespace treadle::tool
