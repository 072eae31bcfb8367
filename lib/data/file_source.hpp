// Samples that lie one after another in a file, their labels in another one.
#pragma once

#include <treadle/source.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "data/positioned_file.hpp"

namespace treadle::data {

enum class StoredValue : std::uint8_t { uint8, float32, float64 };
enum class StoredLabel : std::uint8_t { uint8, int32, int64 };

constexpr std::size_t bytes_of(StoredValue type) noexcept {
  return type == StoredValue::uint8 ? 1 : type == StoredValue::float32 ? 4 : 8;
}
constexpr std::size_t bytes_of(StoredLabel type) noexcept {
  return type == StoredLabel::uint8 ? 1 : type == StoredLabel::int32 ? 4 : 8;
}

/// Where values or labels begin in their file, and what they are; in little-endian order.
template <class Type>
struct StoredArray {
  PositionedFile file;
  std::uint64_t begin = 0;
  Type type{};
};

/// Nothing is kept in memory. Values and labels are checked whenever they are read, since files may change. float64
/// becomes float32.
class FileSource final : public Source {
 public:
  /// `info` is what read() gives: of type uint8 if the values are, else float32. Without labels each is 0.
  FileSource(const SampleInfo& info, StoredArray<StoredValue> values, std::optional<StoredArray<StoredLabel>> labels)
      : info_(info),
        elements_(*info.shape.elements()),
        sample_bytes_(*info.sample_bytes()),
        values_(std::move(values)),
        labels_(std::move(labels)) {}

  const SampleInfo& info() const noexcept override { return info_; }
  Result<void> read(std::span<const std::uint32_t> indices, std::span<std::byte> samples,
                    std::span<std::int32_t> labels) const override;
  Result<std::vector<std::int32_t>> labels() const override;

  /// Reads all labels. The largest of them.
  Result<std::int32_t> check_labels() const;

  void set_classes(std::size_t classes) noexcept { info_.classes = classes; }

 private:
  Result<void> check_files() const;
  Result<void> read_values(std::size_t first, std::span<std::byte> out) const;
  Result<void> read_doubles(std::uint64_t position, std::span<std::byte> out) const;
  Result<void> read_labels(std::size_t first, std::span<std::int32_t> out) const;
  Error not_finite(std::uint64_t element) const noexcept;

  SampleInfo info_;
  std::size_t elements_;
  std::size_t sample_bytes_;  // as read() gives them
  StoredArray<StoredValue> values_;
  std::optional<StoredArray<StoredLabel>> labels_;
};

}  // namespace treadle::data
