// NPZ files that stay where they are: stored arrays lie in them as in NPY files.
#include <treadle/source.hpp>

#include <algorithm>

#include "base/out_of_memory.hpp"
#include "data/file_source.hpp"
#include "data/npz_archive.hpp"

namespace treadle::data {
namespace {

/// Where the array's elements lie, once all of them were read for their checksum.
Result<StoredArray> find_array(const NpzArchive& archive, const NpzArray& array) {
  if (!array.member.stored())
    return in_array(array, {ErrorCode::unsupported,
                            "compressed, and so cannot be read in any order; save with numpy.savez, not "
                            "numpy.savez_compressed, or unpack the file into a folder"});
  const auto reader = archive.elements(array);
  if (!reader) return reader.error();
  std::vector<std::byte> piece(64 * 1024);
  for (std::uint64_t left = array.member.size - array.header.begin; left > 0;) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left, piece.size()));
    if (const Result<void> got = (*reader)->read(std::span(piece).first(count)); !got) return got.error();
    left -= count;
  }
  if (const Result<void> whole = (*reader)->finish(); !whole) return whole.error();
  const Result<std::uint64_t> contents = formats::find_zip_contents(archive.zip(), array.member);
  if (!contents) return contents.error();
  return StoredArray{archive.file(), *contents + array.header.begin, array.header.type, array.name};
}

/// With as many classes as the largest label asks for.
Result<std::shared_ptr<FileSource>> open_stored_pair(const NpzArchive& archive, const NpzPair& pair) {
  Result<StoredArray> features = find_array(archive, pair.features);
  if (!features) return features.error();
  std::optional<StoredArray> labels;
  if (pair.labels) {
    Result<StoredArray> found = find_array(archive, *pair.labels);
    if (!found) return found.error();
    labels = std::move(*found);
  }
  auto source = std::make_shared<FileSource>(pair.info, std::move(*features), std::move(labels));
  const Result<std::int32_t> largest = source->check_labels();
  if (!largest) return largest.error();
  source->set_classes(static_cast<std::size_t>(*largest) + 1);
  return source;
}

Result<TrainTestSources> open_arrays(const std::string& path, Access access, Labels labels) {
  const Result<NpzArchive> archive = NpzArchive::open(path, access);
  if (!archive) return archive.error();
  const Result<NpzParts> parts = archive->parts(labels);
  if (!parts) return parts.error();
  std::vector<std::shared_ptr<FileSource>> opened(3);
  const NpzPair* const pairs[] = {&parts->train, parts->test ? &*parts->test : nullptr,
                                  parts->validation ? &*parts->validation : nullptr};
  std::size_t classes = 0;
  for (std::size_t i = 0; i < opened.size(); ++i) {
    if (pairs[i] == nullptr) continue;
    Result<std::shared_ptr<FileSource>> source = open_stored_pair(*archive, *pairs[i]);
    if (!source) return source.error();
    classes = std::max(classes, (*source)->info().classes);
    opened[i] = std::move(*source);
  }
  for (const std::shared_ptr<FileSource>& source : opened)
    if (source) source->set_classes(classes);
  return TrainTestSources{opened[0], opened[1], opened[2]};
}

}  // namespace

Result<TrainTestSources> open_npz(const std::string& path, Access access, Labels labels) {
  Result<TrainTestSources> data = base::or_out_of_memory("open_npz", [&] { return open_arrays(path, access, labels); });
  return data ? std::move(data) : in_npz(path, data.error());
}

}  // namespace treadle::data
