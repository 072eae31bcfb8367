// Samples that lie one after another in a file, their labels in another one.
#pragma once

#include <treadle/source.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/positioned_file.hpp"
#include "formats/number_type.hpp"

namespace treadle::data {

/// Where numbers begin in their file, which others may lie in too, and what they are; in little-endian order.
struct StoredArray {
  std::shared_ptr<const PositionedFile> file;
  std::uint64_t begin = 0;
  formats::NumberType type = formats::NumberType::uint8;
  std::string name{};                ///< in its file, for errors; empty: it is all of it
  std::optional<Scaling> scaling{};  ///< of values other than uint8, as they are read

  /// The file's path, and its name there.
  Message shown() const noexcept;
};

/// Nothing is kept in memory. Values and labels are checked whenever they are read, since files may change. Values
/// other than uint8 become float32, scaled if the array says so.
class FileSource final : public Source {
 public:
  /// `info` is what read() gives: of type uint8 if the values are, else float32. Labels are of a type of whole numbers;
  /// without any each is 0.
  FileSource(const SampleInfo& info, StoredArray values, std::optional<StoredArray> labels)
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
  std::size_t convert_values(const std::byte* from, std::size_t count, std::byte* to) const noexcept;
  Result<void> read_labels(std::size_t first, std::span<std::int32_t> out) const;

  SampleInfo info_;
  std::size_t elements_;
  std::size_t sample_bytes_;  // as read() gives them
  StoredArray values_;
  std::optional<StoredArray> labels_;
};

}  // namespace treadle::data
