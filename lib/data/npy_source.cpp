#include <treadle/source.hpp>

#include <algorithm>

#include "base/out_of_memory.hpp"
#include "data/csv_dataset.hpp"
#include "data/file_source.hpp"
#include "data/npz_dataset.hpp"
#include "formats/text.hpp"

namespace treadle::data {
namespace {

using formats::NpyHeader, formats::NpyType;

/// A file and what its header says.
struct NpyFile {
  PositionedFile file;
  NpyHeader header;
};

Result<NpyFile> open_array(const std::string& path, Access access) {
  Result<PositionedFile> file = PositionedFile::open(path, access);
  if (!file) return file.error();
  std::vector<std::uint8_t> start(
      static_cast<std::size_t>(std::min<std::uint64_t>(file->size(), formats::npy_header_bytes)));
  if (const Result<void> got = file->read(0, std::as_writable_bytes(std::span(start))); !got) return got.error();
  const Result<NpyHeader> header = formats::parse_npy_header(start, file->size());
  if (!header) return formats::in_file(path, header.error());
  return NpyFile{std::move(*file), *header};
}

Result<StoredValue> value_type(NpyType type) {
  if (type == NpyType::uint8) return StoredValue::uint8;
  if (type == NpyType::float32) return StoredValue::float32;
  if (type == NpyType::float64) return StoredValue::float64;
  return Error{ErrorCode::unsupported, Message{"features: expected uint8, float32 or float64, got "} << name(type)};
}

Result<StoredLabel> label_type(NpyType type) {
  if (type == NpyType::uint8) return StoredLabel::uint8;
  if (type == NpyType::int32) return StoredLabel::int32;
  if (type == NpyType::int64) return StoredLabel::int64;
  return Error{ErrorCode::unsupported,
               Message{"labels: expected class numbers of type uint8, int32 or int64, got "} << name(type)};
}

Result<SampleInfo> describe(const NpyHeader& features, const NpyHeader& labels) {
  const Result<Shape> shape = sample_shape(features.shape, labels.shape);
  if (!shape) return shape.error();
  if (features.shape[0] > UINT32_MAX)
    return Error{ErrorCode::too_large, Message{} << features.shape[0] << " samples are more than 4294967295"};
  SampleInfo info{.shape = *shape, .size = features.shape[0], .classes = max_classes};
  if (features.type == NpyType::uint8) {
    info.type = ElementType::uint8;
    info.scaling = Scaling{};
  }
  const Result<std::size_t> bytes = info.sample_bytes();
  if (!bytes) return bytes.error();
  if (*bytes == 0)
    return Error{ErrorCode::shape_mismatch, Message{"features "} << features.shape << " have no elements"};
  return info;
}

Result<std::shared_ptr<const Source>> open_pair(const std::string& features, const std::string& labels,
                                                std::size_t classes, Access access) {
  Result<NpyFile> x = open_array(features, access);
  if (!x) return x.error();
  Result<NpyFile> y = open_array(labels, access);
  if (!y) return y.error();
  const Result<StoredValue> values = value_type(x->header.type);
  if (!values) return formats::in_file(features, values.error());
  const Result<StoredLabel> numbers = label_type(y->header.type);
  if (!numbers) return formats::in_file(labels, numbers.error());
  const Result<SampleInfo> info = describe(x->header, y->header);
  if (!info) return formats::in_file(features, info.error());
  const auto source =
      std::make_shared<FileSource>(*info, StoredArray<StoredValue>{std::move(x->file), x->header.begin, *values},
                                   StoredArray<StoredLabel>{std::move(y->file), y->header.begin, *numbers});
  const Result<std::int32_t> largest = source->check_labels();
  if (!largest) return largest.error();
  source->set_classes(std::max(classes, static_cast<std::size_t>(*largest) + 1));
  return std::shared_ptr<const Source>(source);
}

}  // namespace

Result<std::shared_ptr<const Source>> open_npy(const std::string& features, const std::string& labels,
                                               std::size_t classes, Access access) {
  return base::or_out_of_memory("open_npy", [&] { return open_pair(features, labels, classes, access); });
}

}  // namespace treadle::data
