#include "data/idx_source.hpp"

#include <algorithm>
#include <limits>
#include <optional>

#include "base/out_of_memory.hpp"
#include "formats/gzip.hpp"
#include "formats/idx.hpp"
#include "formats/text.hpp"

namespace treadle::data {
namespace {

using formats::IdxHeader;

/// A file and what its header says.
struct IdxFile {
  std::shared_ptr<const PositionedFile> file;
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
  return IdxFile{std::make_shared<const PositionedFile>(std::move(*file)), *header};
}

}  // namespace

Result<std::shared_ptr<FileSource>> open_idx_part(const IdxPart& part, Access access) {
  Result<IdxFile> images = open_array(part.images, 3, access);
  if (!images) return images.error();
  const Shape& shape = images->header.shape;
  SampleInfo info{.shape = {shape[1], shape[2], 1},
                  .size = shape[0],
                  .classes = 1,
                  .type = ElementType::uint8,
                  .scaling = Scaling{}};
  std::optional<StoredArray> classes;
  if (!part.labels.empty()) {
    Result<IdxFile> labels = open_array(part.labels, 1, access);
    if (!labels) return labels.error();
    if (const Result<void> checked = check_idx_labels(part.labels, labels->header.shape, shape); !checked)
      return checked.error();
    classes = StoredArray{std::move(labels->file), labels->header.bytes};
    info.classes = 256;
  }
  return std::make_shared<FileSource>(info, StoredArray{std::move(images->file), images->header.bytes},
                                      std::move(classes));
}

namespace {

/// With as many classes as the largest label asks for.
Result<std::shared_ptr<FileSource>> open_part(const std::string& folder, const std::string& part, Access access,
                                              Labels labels) {
  const Result<IdxPart> found = find_idx_part(folder, part, labels);
  if (!found) return found.error();
  Result<std::shared_ptr<FileSource>> opened = open_idx_part(*found, access);
  if (!opened) return opened;
  const Result<std::int32_t> largest = (*opened)->check_labels();
  if (!largest) return largest.error();
  (*opened)->set_classes(static_cast<std::size_t>(*largest) + 1);
  return opened;
}

Result<TrainTestSources> open_parts(const std::string& folder, Access access, Labels labels) {
  if (const Result<void> found = check_idx_folder(folder); !found) return found.error();
  const bool tested = has_idx_part(folder, "t10k"), trained = !lacks_idx_training(folder, labels);
  const Result<std::shared_ptr<FileSource>> train =
      trained ? open_part(folder, "train", access, labels) : std::shared_ptr<FileSource>{};
  if (!train) return train.error();
  if (!tested) return TrainTestSources{*train, nullptr};
  const Result<std::shared_ptr<FileSource>> test = open_part(folder, "t10k", access, labels);
  if (!test) return test.error();
  if (!trained) return TrainTestSources{nullptr, *test};
  const Result<void> checked = check_idx_parts(folder, (*train)->info().shape, (*test)->info().shape);
  if (!checked) return checked.error();
  const std::size_t classes = std::max((*train)->info().classes, (*test)->info().classes);
  (*train)->set_classes(classes);
  (*test)->set_classes(classes);
  return TrainTestSources{*train, *test};
}

}  // namespace

Result<TrainTestSources> open_idx(const std::string& folder, Access access, Labels labels) {
  return base::or_out_of_memory("open_idx", [&] { return open_parts(folder, access, labels); });
}

}  // namespace treadle::data
