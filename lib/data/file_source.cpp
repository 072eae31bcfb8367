#include "data/file_source.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/out_of_memory.hpp"
#include "formats/little_endian.hpp"
#include "formats/text.hpp"

namespace treadle::data {
namespace {

std::int64_t load_label(StoredLabel type, const std::byte* from) noexcept {
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(from);
  switch (type) {
    case StoredLabel::uint8:
      return *bytes;
    case StoredLabel::int32:
      return formats::load_little_endian<std::int32_t>(bytes);
    case StoredLabel::int64:
      break;
  }
  return formats::load_little_endian<std::int64_t>(bytes);
}

}  // namespace

Result<void> FileSource::read(std::span<const std::uint32_t> indices, std::span<std::byte> samples,
                              std::span<std::int32_t> labels) const {
  if (const Result<void> whole = check_files(); !whole) return whole;
  for (std::size_t first = 0, count; first < indices.size(); first += count) {
    // Neighbours are read at once.
    count = 1;
    while (first + count < indices.size() && indices[first + count] == indices[first] + count) ++count;
    const std::span<std::byte> run = samples.subspan(first * sample_bytes_, count * sample_bytes_);
    if (const Result<void> got = read_values(indices[first], run); !got) return got;
    if (const Result<void> got = read_labels(indices[first], labels.subspan(first, count)); !got) return got;
  }
  return {};
}

Result<std::vector<std::int32_t>> FileSource::labels() const {
  return base::or_out_of_memory("labels", [&]() -> Result<std::vector<std::int32_t>> {
    if (const Result<void> whole = check_files(); !whole) return whole.error();
    std::vector<std::int32_t> all(info_.size);
    if (const Result<void> got = read_labels(0, all); !got) return got.error();
    return all;
  });
}

Result<std::int32_t> FileSource::check_labels() const {
  std::array<std::int32_t, 4096> piece{};
  std::int32_t largest = 0;
  for (std::size_t first = 0; first < info_.size; first += piece.size()) {
    const std::size_t count = std::min(piece.size(), info_.size - first);
    if (const Result<void> got = read_labels(first, std::span(piece).first(count)); !got) return got.error();
    for (std::size_t i = 0; i < count; ++i) largest = std::max(largest, piece[i]);
  }
  return largest;
}

Result<void> FileSource::check_files() const {
  if (const Result<void> whole = values_.file.check(); !whole) return whole;
  return labels_ ? labels_->file.check() : Result<void>{};
}

Result<void> FileSource::read_values(std::size_t first, std::span<std::byte> out) const {
  const std::uint64_t element = std::uint64_t{first} * elements_;
  const std::uint64_t position = values_.begin + element * bytes_of(values_.type);
  if (values_.type == StoredValue::float64) return read_doubles(position, out);
  if (const Result<void> got = values_.file.read(position, out); !got) return got;
  if (values_.type == StoredValue::uint8) return {};
  static_assert(std::endian::native == std::endian::little, "float32 is taken as it lies in the file");
  for (std::size_t at = 0; at < out.size(); at += sizeof(float)) {
    float value;
    std::memcpy(&value, out.data() + at, sizeof value);
    if (!std::isfinite(value)) return not_finite(element + at / sizeof value);
  }
  return {};
}

/// In pieces, so that nothing is allocated.
Result<void> FileSource::read_doubles(std::uint64_t position, std::span<std::byte> out) const {
  std::array<std::byte, 4096> piece;
  for (std::size_t done = 0; done < out.size();) {
    const std::size_t count = std::min(piece.size() / sizeof(double), (out.size() - done) / sizeof(float));
    const std::span<std::byte> bytes = std::span(piece).first(count * sizeof(double));
    if (const Result<void> got = values_.file.read(position, bytes); !got) return got;
    for (std::size_t at = 0; at < bytes.size(); at += sizeof(double), done += sizeof(float)) {
      const auto* const from = reinterpret_cast<const std::uint8_t*>(bytes.data() + at);
      const auto value = static_cast<float>(formats::load_little_endian<double>(from));
      if (!std::isfinite(value)) return not_finite((position + at - values_.begin) / sizeof(double));
      std::memcpy(out.data() + done, &value, sizeof value);
    }
    position += bytes.size();
  }
  return {};
}

Error FileSource::not_finite(std::uint64_t element) const noexcept {
  return {ErrorCode::bad_format, Message{formats::shown_path(values_.file.path())}
                                     << ": sample " << element / elements_ << ", value " << element % elements_
                                     << " is not a finite number of float32's range"};
}

Result<void> FileSource::read_labels(std::size_t first, std::span<std::int32_t> out) const {
  if (!labels_) {
    std::fill(out.begin(), out.end(), 0);
    return {};
  }
  const std::size_t each = bytes_of(labels_->type);
  std::array<std::byte, 4096> piece;
  for (std::size_t done = 0; done < out.size();) {
    const std::size_t count = std::min(piece.size() / each, out.size() - done);
    const std::span<std::byte> bytes = std::span(piece).first(count * each);
    const std::uint64_t position = labels_->begin + (std::uint64_t{first} + done) * each;
    if (const Result<void> got = labels_->file.read(position, bytes); !got) return got;
    for (std::size_t i = 0; i < count; ++i, ++done) {
      const std::int64_t label = load_label(labels_->type, bytes.data() + i * each);
      if (label < 0 || label >= static_cast<std::int64_t>(info_.classes))
        return Error{ErrorCode::bad_format, Message{formats::shown_path(labels_->file.path())}
                                                << ": label " << label << " of sample " << first + done
                                                << " is not one of " << info_.classes << " classes from 0"};
      out[done] = static_cast<std::int32_t>(label);
    }
  }
  return {};
}

}  // namespace treadle::data
