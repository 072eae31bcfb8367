#include "data/file_source.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "base/out_of_memory.hpp"
#include "formats/text.hpp"

namespace treadle::data {

using formats::NumberType;

Message StoredArray::shown() const noexcept {
  Message message = formats::shown_path(file->path());
  return name.empty() ? message : message << ": array " << formats::shown_text(name);
}

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
  if (const Result<void> whole = values_.file->check(); !whole) return whole;
  return labels_ ? labels_->file->check() : Result<void>{};
}

/// In pieces, so that nothing is allocated.
Result<void> FileSource::read_values(std::size_t first, std::span<std::byte> out) const {
  const std::size_t each = bytes_of(values_.type);
  const std::uint64_t element = std::uint64_t{first} * elements_;
  const std::uint64_t position = values_.begin + element * each;
  if (values_.type == NumberType::uint8) return values_.file->read(position, out);
  const std::size_t count = out.size() / sizeof(float);
  const auto not_finite = [&](std::uint64_t wrong) {
    return Error{ErrorCode::bad_format, values_.shown()
                                            << ": sample " << wrong / elements_ << ", value " << wrong % elements_
                                            << " is not a finite number of float32's range"};
  };
  const bool in_place = values_.type == NumberType::float32;  // read to where it belongs
  std::array<std::byte, 4096> piece;
  for (std::size_t done = 0; done < count;) {
    const std::size_t now = in_place ? count : std::min(piece.size() / each, count - done);
    const std::span<std::byte> bytes = in_place ? out : std::span(piece).first(now * each);
    if (const Result<void> got = values_.file->read(position + done * each, bytes); !got) return got;
    const std::size_t good = convert_values(bytes.data(), now, out.data() + done * sizeof(float));
    if (good < now) return not_finite(element + done + good);
    done += now;
  }
  return {};
}

/// As read() gives them. The index of the first that is not finite then, or `count`.
std::size_t FileSource::convert_values(const std::byte* from, std::size_t count, std::byte* to) const noexcept {
  const std::size_t good = convert_floats(values_.type, from, count, to);
  if (!values_.scaling) return good;
  for (std::size_t i = 0; i < good; ++i) {
    float value;
    std::memcpy(&value, to + i * sizeof value, sizeof value);
    value = std::fma(value, values_.scaling->scale, values_.scaling->offset);
    if (!std::isfinite(value)) return i;
    std::memcpy(to + i * sizeof value, &value, sizeof value);
  }
  return good;
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
    if (const Result<void> got = labels_->file->read(position, bytes); !got) return got;
    const std::size_t good = convert_labels(labels_->type, bytes.data(), count, info_.classes, out.data() + done);
    if (good < count)
      return Error{ErrorCode::bad_format, labels_->shown()
                                              << ": label " << shown_whole(labels_->type, bytes.data() + good * each)
                                              << " of sample " << first + done + good << " is not one of "
                                              << info_.classes << " classes from 0"};
    done += count;
  }
  return {};
}

}  // namespace treadle::data
