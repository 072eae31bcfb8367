#include "data/csv_lines.hpp"

#include <algorithm>
#include <span>
#include <string_view>

#include "formats/text.hpp"

namespace treadle::data {

Result<bool> CsvLines::next(std::vector<formats::CsvCell>& cells) {
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

Result<void> CsvLines::read_piece() {
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

}  // namespace treadle::data
