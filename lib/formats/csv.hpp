// Reading CSV (RFC 4180): the cells of one line after another, and numbers in them.
#pragma once

#include <treadle/result.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace treadle::formats {

/// What one line may have, line end excluded; without a bound one missing line end would make a line of a whole file.
inline constexpr std::size_t max_csv_line = 16 * 1024 * 1024;

/// One cell, without the blanks around it and without its quotes; quotes inside a quoted cell are still doubled.
struct CsvCell {
  std::string_view text;
  bool quoted = false;
};

/// The cell's text with doubled quotes made single.
std::string unescaped(const CsvCell& cell);

/// The number that the cell is: digits, sign, point and exponent as in "-1.5e3", always with a point. Anything else,
/// an empty cell, "inf", "nan" and what is too large for a double are `bad_format`; what is too small is 0.
Result<double> parse_csv_number(const CsvCell& cell);

/// Whether the cell is meant as a number: also those that parse_csv_number() refuses for their size, or "nan".
bool is_csv_number(const CsvCell& cell) noexcept;

/// Splits a text into lines and cells. Lines end in LF or CR LF; blank lines are fine at the end only; a quoted cell
/// ends on the line on which it begins. A UTF-8 byte order mark before the first line is passed over.
class CsvReader {
 public:
  /// `text` must outlive the reader. Blanks around cells are dropped unless `separator` is one. A part of a file that
  /// comes after other lines counts its own from there.
  CsvReader(std::string_view text, char separator, std::size_t lines_before = 0) noexcept;

  /// Puts the next line into `cells`; false at the end of the text. Errors name line and column.
  Result<bool> next(std::vector<CsvCell>& cells);

  /// The number of the line that next() has read, from 1.
  std::size_t line() const noexcept { return line_; }
  /// Bytes of the text that next() has yet to look at.
  std::size_t rest() const noexcept { return rest_.size(); }

 private:
  Result<CsvCell> take_cell(std::string_view& rest, std::size_t column) const;
  std::string_view without_blanks_before(std::string_view text) const noexcept;
  bool is_blank(char character) const noexcept;

  std::string_view rest_;
  char separator_;
  std::size_t line_;
};

}  // namespace treadle::formats
