#include "data/idx_source.hpp"

#include <algorithm>
#include <limits>

#include "base/out_of_memory.hpp"
#include "formats/gzip.hpp"
#include "formats/idx.hpp"
#include "formats/text.hpp"

namespace treadle::data {
namespace {

using formats::IdxHeader;

/// A file and what its header says.
struct IdxFile {
  PositionedFile file;
  IdxHeader header;
};

Result<IdxFile> open_array(const std::string& path, std::size_t rank, Access access) {
  Result<PositionedFile> file = PositionedFile::open(path, access);
  if (!file) return file.error();
  std::vector<std::uint8_t> start(
      static_cast<std::size_t>(std::min<std::uint64_t>(file->size(), formats::max_idx_header)));
  if (const Result<void> got = file->read(0, std::as_writable_bytes(std::span(start))); !got) return got.error();
  if (formats::is_gzip(start))
    return formats::in_file(
        path, {ErrorCode::unsupported, "a compressed file cannot be read in any order; unpack it with gunzip"});
  const Result<IdxHeader> header = formats::parse_idx_header(start, std::numeric_limits<std::size_t>::max());
  if (!header) return formats::in_file(path, header.error());
  if (file->size() != header->file_bytes())
    return formats::in_file(
        path,
        {ErrorCode::bad_format, Message{"IDX: elements "} << header->shape << " make a file of " << header->file_bytes()
                                                          << " bytes, it has " << file->size()});
  if (const Result<void> checked = check_idx_rank(path, header->shape, rank); !checked) return checked.error();
  return IdxFile{std::move(*file), *header};
}

}  // namespace

Result<std::shared_ptr<FileSource>> open_idx_part(const IdxPart& part, Access access) {
  Result<IdxFile> images = open_array(part.images, 3, access);
  if (!images) return images.error();
  Result<IdxFile> labels = open_array(part.labels, 1, access);
  if (!labels) return labels.error();
  const Shape& shape = images->header.shape;
  if (const Result<void> checked = check_idx_labels(part.labels, labels->header.shape, shape); !checked)
    return checked.error();
  const SampleInfo info{.shape = {shape[1], shape[2], 1},
                        .size = shape[0],
                        .classes = 256,
                        .type = ElementType::uint8,
                        .scaling = Scaling{}};
  return std::make_shared<FileSource>(
      info, StoredArray<StoredValue>{std::move(images->file), images->header.bytes, StoredValue::uint8},
      StoredArray<StoredLabel>{std::move(labels->file), labels->header.bytes, StoredLabel::uint8});
}

namespace {

Result<std::shared_ptr<FileSource>> open_part(const std::string& folder, const std::string& part, Access access) {
  const Result<IdxPart> found = find_idx_part(folder, part);
  if (!found) return found.error();
  return open_idx_part(*found, access);
}

Result<TrainTestSources> open_parts(const std::string& folder, Access access) {
  if (const Result<void> found = check_idx_folder(folder); !found) return found.error();
  const Result<std::shared_ptr<FileSource>> train = open_part(folder, "train", access);
  if (!train) return train.error();
  const Result<std::int32_t> largest = (*train)->check_labels();
  if (!largest) return largest.error();
  (*train)->set_classes(static_cast<std::size_t>(*largest) + 1);
  if (!has_idx_part(folder, "t10k")) return TrainTestSources{*train, nullptr};
  const Result<std::shared_ptr<FileSource>> test = open_part(folder, "t10k", access);
  if (!test) return test.error();
  const Result<void> checked = check_idx_parts(folder, (*train)->info().shape, (*test)->info().shape);
  if (!checked) return checked.error();
  const Result<std::int32_t> tested = (*test)->check_labels();
  if (!tested) return tested.error();
  const std::size_t classes = static_cast<std::size_t>(std::max(*largest, *tested)) + 1;
  (*train)->set_classes(classes);
  (*test)->set_classes(classes);
  return TrainTestSources{*train, *test};
}

}  // namespace

Result<TrainTestSources> open_idx(const std::string& folder, Access access) {
  return base::or_out_of_memory("open_idx", [&] { return open_parts(folder, access); });
}

}  // namespace treadle::data
