#include "data/csv_source.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <numeric>

#include "base/out_of_memory.hpp"
#include "base/pool.hpp"
#include "data/csv_columns.hpp"
#include "data/csv_lines.hpp"
#include "data/positioned_file.hpp"
#include "formats/file.hpp"
#include "formats/gzip.hpp"
#include "formats/text.hpp"

namespace treadle::data {
namespace {

constexpr std::size_t usual_piece = 256 * 1024;

Result<bool> is_compressed(const PositionedFile& file) {
  std::uint8_t start[2] = {};
  if (file.size() < sizeof start) return false;
  if (const Result<void> got = file.read(0, std::as_writable_bytes(std::span(start))); !got) return got.error();
  return formats::is_gzip(start);
}

/// Of the file only where each sample begins is kept. Values and labels are checked whenever they are read.
class CsvSource final : public Source {
 public:
  /// Goes through the file once.
  static Result<std::shared_ptr<const Source>> open(const std::string& path, const CsvOptions& options,
                                                    std::size_t classes, std::size_t piece) {
    if (const Result<void> checked = check_separator(options.separator); !checked) return checked.error();
    Result<PositionedFile> file = PositionedFile::open(path);
    if (!file) return file.error();
    const Result<bool> compressed = is_compressed(*file);
    if (!compressed) return compressed.error();
    if (*compressed)
      return formats::in_file(
          path, {ErrorCode::unsupported, "a compressed file cannot be read in any order; unpack it with gunzip"});
    const auto source = std::make_shared<CsvSource>(std::move(*file), options);
    if (const Result<void> scanned = source->scan(classes, piece); !scanned) return scanned.error();
    return std::shared_ptr<const Source>(source);
  }

  CsvSource(PositionedFile file, const CsvOptions& options) : file_(std::move(file)), columns_(options) {}

  const SampleInfo& info() const noexcept override { return info_; }

  Result<void> read(std::span<const std::uint32_t> indices, std::span<std::byte> samples,
                    std::span<std::int32_t> labels) const override {
    return base::or_out_of_memory("CSV", [&]() -> Result<void> {
      const auto room = rooms_.take([this] { return make_room(); });
      for (std::size_t first = 0, count; first < indices.size(); first += count) {
        count = neighbours(indices.subspan(first));
        const Result<void> got =
            read_lines(indices[first], samples.subspan(first * sample_bytes()), labels.subspan(first, count), *room);
        if (!got) return got;
      }
      return {};
    });
  }

  Result<std::vector<std::int32_t>> labels() const override {
    return base::or_out_of_memory("labels", [&]() -> Result<std::vector<std::int32_t>> {
      std::vector<std::int32_t> all(info_.size);
      std::vector<std::uint32_t> indices(std::clamp<std::size_t>(usual_piece / sample_bytes(), 1, 4096));
      std::vector<std::byte> samples(indices.size() * sample_bytes());
      for (std::size_t first = 0; first < all.size(); first += indices.size()) {
        const std::size_t count = std::min(indices.size(), all.size() - first);
        std::iota(indices.begin(), indices.end(), static_cast<std::uint32_t>(first));
        const Result<void> got = read(std::span(indices).first(count), samples, std::span(all).subspan(first, count));
        if (!got) return got.error();
      }
      return all;
    });
  }

  std::size_t kept_bytes() const noexcept override { return begins_.capacity() * sizeof begins_[0]; }

 private:
  /// What reading takes, kept from one call to the next: one for each thread that reads at the same time as others.
  struct Room {
    std::string text;
    std::vector<formats::CsvCell> cells;
    std::vector<float> features;
  };
  std::unique_ptr<Room> make_room() const {
    auto room = std::make_unique<Room>();
    room->text.reserve(longest_text_);
    room->features.resize(columns_.features());
    return room;
  }

  Error in_file(const Error& error) const noexcept { return formats::in_file(file_.path(), error); }
  std::size_t sample_bytes() const noexcept { return columns_.features() * sizeof(float); }

  Result<void> scan(std::size_t classes, std::size_t piece) {
    CsvLines lines(file_, columns_.separator(), piece);
    std::vector<formats::CsvCell> cells;
    std::vector<float> features;
    std::int32_t largest = 0;
    for (;;) {
      const Result<bool> more = lines.next(cells);
      if (!more) return more.error();
      if (!*more) break;
      if (lines.line() == 1) {
        const Result<bool> header = columns_.begin(cells);
        if (!header) return in_file(header.error());
        features.resize(columns_.features());
        begins_.push_back(*header ? lines.end() : lines.begin());
        first_line_ = *header ? 2 : 1;
        if (*header) continue;
      }
      const Result<std::int32_t> label = columns_.read(cells, lines.line(), features);
      if (!label) return in_file(label.error());
      largest = std::max(largest, *label);
      longest_text_ = std::max(longest_text_, static_cast<std::size_t>(lines.end() - begins_.back()));
      begins_.push_back(lines.end());
    }
    const std::size_t samples = begins_.empty() ? 0 : begins_.size() - 1;
    if (const Result<void> any = check_samples(lines.line(), samples); !any) return in_file(any.error());
    if (samples > UINT32_MAX)
      return in_file({ErrorCode::too_large, Message{} << samples << " samples are more than 4294967295"});
    info_ = {.shape = {columns_.features()}, .size = samples};
    info_.classes = std::max(classes, static_cast<std::size_t>(largest) + 1);
    const auto all = static_cast<std::size_t>(std::min<std::uint64_t>(begins_.back() - begins_.front(), usual_piece));
    longest_text_ = std::max(longest_text_, all);
    return {};
  }

  /// How many of the first indices are lines one after another, of not more than a usual piece.
  std::size_t neighbours(std::span<const std::uint32_t> indices) const noexcept {
    std::size_t count = 1;
    const std::size_t first = indices[0];
    while (count < indices.size() && indices[count] == first + count &&
           begins_[first + count + 1] - begins_[first] <= usual_piece)
      ++count;
    return count;
  }

  Result<void> read_lines(std::size_t first, std::span<std::byte> samples, std::span<std::int32_t> labels,
                          Room& room) const {
    room.text.resize(static_cast<std::size_t>(begins_[first + labels.size()] - begins_[first]));
    if (const Result<void> got = file_.read(begins_[first], std::as_writable_bytes(std::span(room.text))); !got)
      return got;
    formats::CsvReader reader(room.text, columns_.separator(), first_line_ - 1 + first);
    for (std::size_t i = 0; i < labels.size(); ++i) {
      const Result<bool> more = reader.next(room.cells);
      if (!more) return in_file(more.error());
      const std::size_t line = first_line_ + first + i;
      if (!*more) return in_file({ErrorCode::bad_format, Message{"line "} << line << " has become empty"});
      const Result<std::int32_t> label = columns_.read(room.cells, line, room.features);
      if (!label) return in_file(label.error());
      if (static_cast<std::size_t>(*label) >= info_.classes)
        return in_file({ErrorCode::bad_format, Message{"line "} << line << ": label " << *label << " is not one of "
                                                                << info_.classes << " classes from 0"});
      std::memcpy(samples.data() + i * sample_bytes(), room.features.data(), sample_bytes());
      labels[i] = *label;
    }
    return {};
  }

  PositionedFile file_;
  CsvColumns columns_;
  std::vector<std::uint64_t> begins_;  // of each sample's line, and the end of the last one
  std::size_t first_line_ = 1;         // the number of the first sample's
  std::size_t longest_text_ = 0;       // of the lines that are read at once, in bytes
  SampleInfo info_;
  mutable base::Pool<Room> rooms_;
};

/// The beginning of a compressed file, with all of its first line.
Result<std::vector<std::uint8_t>> unpack_head(const std::string& path) {
  const Result<std::vector<std::uint8_t>> file = formats::read_file(path);
  if (!file) return file.error();
  const Result<std::vector<std::uint8_t>> start = formats::gunzip_first(*file, formats::max_csv_line + 2);
  return start ? start : formats::in_file(path, start.error());
}

Result<CsvHead> head_of(const Result<bool>& any, std::span<const formats::CsvCell> cells, const std::string& path,
                        const CsvOptions& options) {
  if (!any) return any.error();
  if (!*any) return formats::in_file(path, check_samples(0, 0).error());
  CsvColumns columns(options);
  const Result<bool> header = columns.begin(cells);
  if (!header) return formats::in_file(path, header.error());
  return CsvHead{*header, columns.features(), columns.label()};
}

Result<CsvHead> read_head(const std::string& path, const CsvOptions& options) {
  if (const Result<void> checked = check_separator(options.separator); !checked) return checked.error();
  const Result<PositionedFile> file = PositionedFile::open(path);
  if (!file) return file.error();
  std::vector<formats::CsvCell> cells;
  const Result<bool> compressed = is_compressed(*file);
  if (!compressed) return compressed.error();
  if (*compressed) {
    const Result<std::vector<std::uint8_t>> start = unpack_head(path);
    if (!start) return start.error();
    formats::CsvReader reader({reinterpret_cast<const char*>(start->data()), start->size()}, options.separator);
    const Result<bool> any = reader.next(cells);
    return head_of(any ? any : formats::in_file(path, any.error()), cells, path, options);
  }
  CsvLines lines(*file, options.separator, usual_piece);
  const Result<bool> any = lines.next(cells);
  return head_of(any, cells, path, options);
}

}  // namespace

Result<CsvHead> read_csv_head(const std::string& path, const CsvOptions& options) {
  return base::or_out_of_memory("read_csv_head", [&] { return read_head(path, options); });
}

Result<std::shared_ptr<const Source>> open_csv_in_pieces(const std::string& path, const CsvOptions& options,
                                                         std::size_t classes, std::size_t piece) {
  return base::or_out_of_memory("open_csv", [&] { return CsvSource::open(path, options, classes, piece); });
}

Result<std::shared_ptr<const Source>> open_csv(const std::string& path, const CsvOptions& options,
                                               std::size_t classes) {
  return open_csv_in_pieces(path, options, classes, usual_piece);
}

}  // namespace treadle::data
