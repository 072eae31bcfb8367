// The lines of a text file with one thing a line, as editors and spreadsheets leave them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace treadle::data {

/// Lines without the blanks around them. A byte order mark before the first, CR before a line's end, and blank lines
/// after the last are passed over.
class SideLines {
 public:
  explicit SideLines(std::string_view text) noexcept : rest_(text) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (rest_.starts_with(byte_order_mark)) rest_.remove_prefix(byte_order_mark.size());
    rest_ = rest_.substr(0, rest_.find_last_not_of(" \t\r\n") + 1);
  }

  /// The next line; false at the end.
  bool next(std::string_view& line) noexcept {
    if (rest_.empty()) return false;
    const std::size_t end = std::min(rest_.find('\n'), rest_.size());
    line = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    line.remove_prefix(std::min(line.find_first_not_of(" \t\r"), line.size()));
    line = line.substr(0, line.find_last_not_of(" \t\r") + 1);
    ++number_;
    return true;
  }

  /// Of the line that next() has given, from 1.
  std::size_t number() const noexcept { return number_; }

 private:
  std::string_view rest_;
  std::size_t number_ = 0;
};

}  // namespace treadle::data
