// The lines of a CSV file that is read piece by piece.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/positioned_file.hpp"
#include "formats/csv.hpp"
#include "formats/text.hpp"

namespace treadle::data {

/// The lines of a file in their order, with where each begins.
class CsvLines {
 public:
  CsvLines(const PositionedFile& file, char separator, std::size_t piece)
      : file_(file), separator_(separator), piece_(piece) {}

  /// Like CsvReader's, with errors that name the file.
  Result<bool> next(std::vector<formats::CsvCell>& cells) {
    for (;;) {
      begin_ = end();
      const Result<bool> more = reader_.next(cells);
      if (!more || *more) {
        if (blank_ != 0)
          return formats::in_file(file_.path(), {ErrorCode::bad_format, Message{"line "} << blank_ << " is empty"});
        return more ? more : formats::in_file(file_.path(), more.error());
      }
      // Blank lines are fine at the end of the file only.
      if (reader_.rest() > 0 && blank_ == 0) blank_ = reader_.line() + 1;
      if (read_ == file_.size()) return false;
      if (const Result<void> got = read_piece(); !got) return got.error();
    }
  }

  std::size_t line() const noexcept { return reader_.line(); }
  /// Where the line that next() has read begins in the file, and where the one after it does.
  std::uint64_t begin() const noexcept { return begin_; }
  std::uint64_t end() const noexcept { return position_ + text_ - reader_.rest(); }

 private:
  /// What was left of a line, and more until there is an end of one.
  Result<void> read_piece() {
    position_ += text_;
    buffer_.erase(0, text_);
    text_ = 0;
    do {
      const std::size_t kept = buffer_.size();
      buffer_.resize(kept + static_cast<std::size_t>(std::min<std::uint64_t>(piece_, file_.size() - read_)));
      const std::span<char> piece = std::span(buffer_).subspan(kept);
      if (const Result<void> got = file_.read(read_, std::as_writable_bytes(piece)); !got) return got;
      read_ += piece.size();
      const std::size_t newline = std::string_view(piece.data(), piece.size()).rfind('\n');
      // A line that is too long is left to the reader to refuse.
      if (read_ == file_.size() || (newline == std::string_view::npos && buffer_.size() > formats::max_csv_line + 2))
        text_ = buffer_.size();
      else if (newline != std::string_view::npos)
        text_ = kept + newline + 1;
    } while (text_ == 0);
    reader_ = formats::CsvReader(std::string_view(buffer_).substr(0, text_), separator_, reader_.line());
    return {};
  }

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
