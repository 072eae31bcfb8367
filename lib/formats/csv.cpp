#include "formats/csv.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "formats/text.hpp"

namespace treadle::formats {
namespace {

/// A number, and whether all of the cell was one. from_chars() knows no locale; a leading plus is added to what it
/// takes.
struct Number {
  double value = 0;
  bool whole_cell = false;
  bool in_range = true;
};

/// Whether a number that no double can hold is too near to 0 for one, by the place of its first digit but zeros.
bool is_tiny(std::string_view number) noexcept {
  const std::size_t end = std::min(number.find_first_of("eE"), number.size());
  const std::string_view digits = number.substr(0, end);
  const auto point = static_cast<std::int64_t>(std::min(digits.find('.'), digits.size()));
  const auto first = static_cast<std::int64_t>(digits.find_first_of("123456789"));
  std::string_view power = number.substr(std::min(end + 1, number.size()));
  if (power.starts_with('+')) power.remove_prefix(1);
  std::int64_t exponent = 0;
  const auto [stop, error] = std::from_chars(power.data(), power.data() + power.size(), exponent);
  constexpr std::int64_t limit = std::int64_t{1} << 40;  // far beyond any place of a digit
  if (error == std::errc::result_out_of_range) exponent = power.starts_with('-') ? -limit : limit;
  return point - first + std::clamp(exponent, -limit, limit) < 0;
}

Number scan(std::string_view text) noexcept {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  Number number;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number.value);
  number.whole_cell = error != std::errc::invalid_argument && end == text.data() + text.size();
  number.in_range = error == std::errc{};
  if (number.whole_cell && error == std::errc::result_out_of_range && is_tiny(text)) {
    number.value = text.starts_with('-') ? -0.0 : 0.0;
    number.in_range = true;
  }
  return number;
}

Error bad(std::string_view what, const CsvCell& cell) noexcept {
  return {ErrorCode::bad_format, Message{what} << ", got " << shown_text(cell.text)};
}

}  // namespace

std::string unescaped(const CsvCell& cell) {
  std::string text;
  for (std::size_t i = 0; i < cell.text.size(); ++i) {
    text += cell.text[i];
    if (cell.quoted && cell.text[i] == '"') ++i;
  }
  return text;
}

Result<double> parse_csv_number(const CsvCell& cell) {
  if (cell.text.empty()) return Error{ErrorCode::bad_format, "expected a number, the cell is empty"};
  const Number number = scan(cell.text);
  if (!number.whole_cell) return bad("expected a number", cell);
  if (!number.in_range) return bad("expected a number in double's range", cell);
  if (!std::isfinite(number.value)) return bad("expected a finite number", cell);
  return number.value;
}

bool is_csv_number(const CsvCell& cell) noexcept { return scan(cell.text).whole_cell; }

CsvReader::CsvReader(std::string_view text, char separator, std::size_t lines_before) noexcept
    : rest_(text), separator_(separator), line_(lines_before) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (lines_before == 0 && rest_.substr(0, byte_order_mark.size()) == byte_order_mark)
    rest_.remove_prefix(byte_order_mark.size());
}

bool CsvReader::is_blank(char character) const noexcept {
  return (character == ' ' || character == '\t') && character != separator_;
}

std::string_view CsvReader::without_blanks_before(std::string_view text) const noexcept {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  return text;
}

/// Takes a cell off `rest`, which then begins with a separator or is empty.
Result<CsvCell> CsvReader::take_cell(std::string_view& rest, std::size_t column) const {
  const auto failed = [&](std::string_view what) {
    return Error{ErrorCode::bad_format, Message{"line "} << line_ << ", column " << column << ": " << what};
  };
  rest = without_blanks_before(rest);
  CsvCell cell{.text = {}, .quoted = !rest.empty() && rest.front() == '"' && separator_ != '"'};
  if (cell.quoted) {
    std::size_t end = rest.find('"', 1);
    while (end != std::string_view::npos && rest.substr(end + 1, 1) == "\"") end = rest.find('"', end + 2);
    if (end == std::string_view::npos) return failed("the quote is not closed on this line");
    cell.text = rest.substr(1, end - 1);
    rest = without_blanks_before(rest.substr(end + 1));
    if (!rest.empty() && rest.front() != separator_) return failed("something follows the closing quote");
  } else {
    const std::size_t end = std::min(rest.find(separator_), rest.size());
    cell.text = rest.substr(0, end);
    while (!cell.text.empty() && is_blank(cell.text.back())) cell.text.remove_suffix(1);
    if (cell.text.find('\r') != std::string_view::npos)
      return failed("a carriage return within the line; lines end in LF or CR LF, as tr '\\r' '\\n' makes them");
    rest.remove_prefix(end);
  }
  return cell;
}

Result<bool> CsvReader::next(std::vector<CsvCell>& cells) {
  cells.clear();
  // A tab that separates is no blank: a line of tabs alone has cells, if empty ones.
  const auto is_nothing = [this](char c) { return c == '\n' || c == '\r' || is_blank(c); };
  if (std::all_of(rest_.begin(), rest_.end(), is_nothing)) return false;
  ++line_;
  const std::size_t end = std::min(rest_.substr(0, max_csv_line + 2).find('\n'), rest_.size());
  std::string_view line = rest_.substr(0, end);
  rest_.remove_prefix(std::min(end + 1, rest_.size()));
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  if (line.size() > max_csv_line)
    return Error{ErrorCode::too_large, Message{"line "} << line_ << " has more than " << max_csv_line << " bytes"};
  if (without_blanks_before(line).empty())
    return Error{ErrorCode::bad_format, Message{"line "} << line_ << " is empty"};
  for (;;) {
    const Result<CsvCell> cell = take_cell(line, cells.size() + 1);
    if (!cell) return cell.error();
    cells.push_back(*cell);
    if (line.empty()) return true;
    line.remove_prefix(1);
  }
}

}  // namespace treadle::formats
