// The lines of a CSV file that is read piece by piece.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/positioned_file.hpp"
#include "formats/csv.hpp"

namespace treadle::data {

/// The lines of a file in their order, with where each begins.
class CsvLines {
 public:
  CsvLines(const PositionedFile& file, char separator, std::size_t piece)
      : file_(file), separator_(separator), piece_(piece) {}

  /// Like CsvReader's, with errors that name the file.
  Result<bool> next(std::vector<formats::CsvCell>& cells);

  std::size_t line() const noexcept { return reader_.line(); }
  /// Where the line that next() has read begins in the file, and where the one after it does.
  std::uint64_t begin() const noexcept { return begin_; }
  std::uint64_t end() const noexcept { return position_ + text_ - reader_.rest(); }

 private:
  /// What was left of a line, and more until there is an end of one.
  Result<void> read_piece();

  const PositionedFile& file_;
  char separator_;
  std::size_t piece_;
  std::string buffer_;
  std::size_t text_ = 0;        // bytes of the buffer that are whole lines
  std::uint64_t position_ = 0;  // of the buffer in the file
  std::uint64_t read_ = 0;      // bytes of the file
  std::uint64_t begin_ = 0;
  std::size_t blank_ = 0;  // the first blank line, 0 if there was none
  formats::CsvReader reader_{{}, separator_};
};

}  // namespace treadle::data
