// NPZ files in memory: each number is read once, to where it stays.
#include <treadle/data.hpp>

#include <algorithm>
#include <array>

#include "base/checked.hpp"
#include "base/out_of_memory.hpp"
#include "data/npz_archive.hpp"

namespace treadle::data {
namespace {

/// Reads all elements in pieces; `take(first, count, bytes)` gets each.
template <class Take>
Result<void> read_pieces(formats::ZipReader& reader, std::size_t count, std::size_t each, Take&& take) {
  std::vector<std::byte> piece(std::min<std::size_t>(64 * 1024, count * each));
  for (std::size_t done = 0; done < count;) {
    const std::size_t now = std::min(piece.size() / each, count - done);
    if (const Result<void> got = reader.read(std::span(piece).first(now * each)); !got) return got;
    if (const Result<void> taken = take(done, now, piece.data()); !taken) return taken;
    done += now;
  }
  return reader.finish();
}

Result<std::vector<std::int32_t>> read_labels(const NpzArchive& archive, const NpzArray& array,
                                              const SampleInfo& info) {
  const auto reader = archive.elements(array);
  if (!reader) return reader.error();
  const formats::NumberType type = array.header.type;
  std::vector<std::int32_t> labels(info.size);
  const auto convert = [&](std::size_t first, std::size_t count, const std::byte* bytes) -> Result<void> {
    const std::size_t good = convert_labels(type, bytes, count, info.classes, labels.data() + first);
    if (good == count) return {};
    return in_array(
        array, {ErrorCode::bad_format, Message{"label "} << shown_whole(type, bytes + good * bytes_of(type))
                                                         << " of sample " << first + good
                                                         << " is not a class number in 0 ... " << info.classes - 1});
  };
  if (const Result<void> got = read_pieces(**reader, labels.size(), bytes_of(type), convert); !got) return got.error();
  return labels;
}

Result<std::vector<std::uint8_t>> read_bytes(formats::ZipReader& reader, std::size_t count) {
  std::vector<std::uint8_t> bytes(count);
  if (const Result<void> got = reader.read(std::as_writable_bytes(std::span(bytes))); !got) return got.error();
  if (const Result<void> whole = reader.finish(); !whole) return whole.error();
  return bytes;
}

Result<std::vector<float>> read_floats(formats::ZipReader& reader, const NpzArray& array, std::size_t count) {
  const formats::NumberType type = array.header.type;
  std::vector<float> values(count);
  const auto convert = [&](std::size_t first, std::size_t now, const std::byte* bytes) -> Result<void> {
    const std::size_t good =
        convert_floats(type, bytes, now, std::as_writable_bytes(std::span(values)).data() + first * sizeof(float));
    if (good == now) return {};
    const std::size_t each = count / array.header.shape[0], wrong = first + good;
    return in_array(array, {ErrorCode::bad_format, Message{"sample "} << wrong / each << ", value " << wrong % each
                                                                      << " is not a finite number of float32's range"});
  };
  if (const Result<void> got = read_pieces(reader, count, bytes_of(type), convert); !got) return got.error();
  return values;
}

Result<Dataset> load_pair(const NpzArchive& archive, const NpzPair& pair) {
  const SampleInfo& info = pair.info;
  Result<std::vector<std::int32_t>> labels =
      pair.labels ? read_labels(archive, *pair.labels, info) : std::vector<std::int32_t>(info.size);
  if (!labels) return labels.error();
  const std::size_t classes = static_cast<std::size_t>(*std::max_element(labels->begin(), labels->end())) + 1;
  const Result<std::size_t> count = (base::CheckedSize{*info.shape.elements()} * info.size).value("samples in memory");
  if (!count) return in_array(pair.features, count.error());
  const auto reader = archive.elements(pair.features);
  if (!reader) return reader.error();
  const auto make = [&](auto values) -> Result<Dataset> {
    if (!values) return values.error();
    return Dataset::make(info.shape, std::move(*values), std::move(*labels), classes);
  };
  return info.type == ElementType::uint8 ? make(read_bytes(**reader, *count))
                                         : make(read_floats(**reader, pair.features, *count));
}

Result<TrainTest> load_arrays(const std::string& path, Labels labels) {
  const Result<NpzArchive> archive = NpzArchive::open(path);
  if (!archive) return archive.error();
  const Result<NpzParts> parts = archive->parts(labels);
  if (!parts) return parts.error();
  Result<Dataset> train = load_pair(*archive, parts->train);
  if (!train) return train.error();
  TrainTest data{std::move(*train), {}, {}};
  for (const auto& [pair, part] : {std::pair{&parts->test, &data.test}, {&parts->validation, &data.validation}}) {
    if (!*pair) continue;
    Result<Dataset> loaded = load_pair(*archive, **pair);
    if (!loaded) return loaded.error();
    *part = std::move(*loaded);
  }
  const std::size_t classes = std::max({data.train.classes(), data.test.classes(), data.validation.classes()});
  for (Dataset* part : {&data.train, &data.test, &data.validation})
    if (!part->empty()) *part = part->with_classes(classes);
  return data;
}

}  // namespace

Result<TrainTest> load_npz(const std::string& path, Labels labels) {
  Result<TrainTest> data = base::or_out_of_memory("NPZ", [&] { return load_arrays(path, labels); });
  return data ? std::move(data) : in_npz(path, data.error());
}

}  // namespace treadle::data
