#include <treadle/source.hpp>

#include "base/out_of_memory.hpp"
#include "data/file_source.hpp"
#include "data/raw_description.hpp"
#include "formats/file.hpp"
#include "formats/text.hpp"

namespace treadle::data {
namespace {

/// `name` seen from the folder of the file `from`.
std::string beside(const std::string& from, const std::string& name) {
  const std::size_t slash = from.rfind('/');
  return name.front() == '/' || slash == std::string::npos ? name : from.substr(0, slash + 1) + name;
}

/// With the files' names as they are seen from here.
Result<RawDescription> read_description(const std::string& path) {
  constexpr std::size_t largest_description = 1 << 20;
  const Result<std::vector<std::uint8_t>> file = formats::read_file(path, largest_description);
  if (!file) return file.error();
  Result<RawDescription> raw = parse_raw_description({reinterpret_cast<const char*>(file->data()), file->size()});
  if (!raw) return formats::in_file(path, raw.error());
  raw->features = beside(path, raw->features);
  if (!raw->labels.empty()) raw->labels = beside(path, raw->labels);
  return raw;
}

/// A file of exactly `bytes` bytes.
Result<PositionedFile> open_whole(const std::string& path, std::uint64_t bytes, Access access) {
  Result<PositionedFile> file = PositionedFile::open(path, access);
  if (file && file->size() != bytes)
    return Error{ErrorCode::bad_format, Message{formats::shown_path(path)} << ": the description asks for " << bytes
                                                                           << " bytes, the file has " << file->size()};
  return file;
}

Result<std::shared_ptr<const Source>> open(const std::string& path, Access access, Labels needed) {
  Result<RawDescription> raw = read_description(path);
  if (!raw) return raw.error();
  if (needed == Labels::needed && raw->labels.empty())
    return formats::in_file(path,
                            {ErrorCode::bad_format, "no field \"labels\": samples without can be predicted only"});
  Result<PositionedFile> features = open_whole(raw->features, raw->feature_bytes, access);
  if (!features) return features.error();
  std::optional<StoredArray> labels;
  if (needed == Labels::needed) {
    Result<PositionedFile> file = open_whole(raw->labels, raw->label_bytes, access);
    if (!file) return file.error();
    labels = StoredArray{std::make_shared<const PositionedFile>(std::move(*file)), 0, raw->label_type};
  } else {
    raw->info.classes = 1;
  }
  const auto source = std::make_shared<const FileSource>(
      raw->info,
      StoredArray{std::make_shared<const PositionedFile>(std::move(*features)), 0, raw->type, {}, raw->scaling},
      std::move(labels));
  if (const Result<std::int32_t> checked = source->check_labels(); !checked) return checked.error();
  return std::shared_ptr<const Source>(source);
}

}  // namespace

Result<std::shared_ptr<const Source>> open_raw(const std::string& description, Access access, Labels labels) {
  return base::or_out_of_memory("open_raw", [&] { return open(description, access, labels); });
}

Result<std::vector<std::string>> raw_files(const std::string& description) {
  return base::or_out_of_memory("raw_files", [&]() -> Result<std::vector<std::string>> {
    Result<RawDescription> raw = read_description(description);
    if (!raw) return raw.error();
    std::vector<std::string> files{std::move(raw->features)};
    if (!raw->labels.empty()) files.push_back(std::move(raw->labels));
    return files;
  });
}

}  // namespace treadle::data
