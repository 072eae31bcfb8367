#include <treadle/source.hpp>

#include <algorithm>

#include "base/out_of_memory.hpp"
#include "data/array_pair.hpp"
#include "data/file_source.hpp"
#include "formats/text.hpp"

namespace treadle::data {
namespace {

using formats::NpyHeader;

/// A file and what its header says.
struct NpyFile {
  std::shared_ptr<const PositionedFile> file;
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
  return NpyFile{std::make_shared<const PositionedFile>(std::move(*file)), *header};
}

Result<std::shared_ptr<const Source>> open_pair(const std::string& features, const std::string& labels,
                                                std::size_t classes, Access access) {
  Result<NpyFile> x = open_array(features, access);
  if (!x) return x.error();
  Shape label_shape = x->header.shape.rank() > 0 ? Shape{x->header.shape[0]} : Shape{};
  std::optional<StoredArray> numbers;
  if (!labels.empty()) {
    Result<NpyFile> y = open_array(labels, access);
    if (!y) return y.error();
    if (const Result<void> type = check_label_type(y->header.type); !type)
      return formats::in_file(labels, type.error());
    label_shape = y->header.shape;
    numbers = StoredArray{std::move(y->file), y->header.begin, y->header.type};
  }
  const Result<SampleInfo> info = pair_info(x->header.type, x->header.shape, label_shape);
  if (!info) return formats::in_file(features, info.error());
  const auto source = std::make_shared<FileSource>(
      *info, StoredArray{std::move(x->file), x->header.begin, x->header.type}, std::move(numbers));
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

Result<Dataset> load_npy(const std::string& features, const std::string& labels) {
  const Result<std::shared_ptr<const Source>> source = open_npy(features, labels);
  if (!source) return source.error();
  return load(**source);
}

}  // namespace treadle::data
