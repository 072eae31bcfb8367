#include "data/npz_archive.hpp"

#include <algorithm>

#include "data/array_pair.hpp"
#include "formats/text.hpp"

namespace treadle::data {
namespace {

Error in_array_of(std::string_view name, const Error& error) noexcept {
  return {error.code, Message{"array "} << formats::shown_text(name) << ": " << error.message};
}

}  // namespace

Error in_array(const NpzArray& array, const Error& error) noexcept { return in_array_of(array.name, error); }

Error in_npz(const std::string& path, const Error& error) noexcept {
  const bool named = error.text().find(formats::shown_path(path).text()) != std::string_view::npos;
  return named ? error : formats::in_file(path, error);
}

Result<NpzArchive> NpzArchive::open(const std::string& path, Access access) {
  Result<PositionedFile> file = PositionedFile::open(path, access);
  if (!file) return file.error();
  NpzArchive archive;
  archive.file_ = std::make_shared<const PositionedFile>(std::move(*file));
  const auto read = [file = archive.file_](std::uint64_t position, std::span<std::byte> out) {
    return file->read(position, out);
  };
  archive.zip_ = std::make_shared<const formats::ZipArchive>(formats::ZipArchive{archive.file_->size(), read});
  Result<std::vector<formats::ZipMember>> members = formats::read_zip_directory(*archive.zip_);
  if (!members) return members.error();
  archive.members_ = std::move(*members);
  return archive;
}

std::vector<formats::ZipMember>::const_iterator NpzArchive::find(std::string_view array) const {
  return std::find_if(members_.begin(), members_.end(), [&](const formats::ZipMember& member) {
    return member.name.size() == array.size() + 4 && member.name.starts_with(array) && member.name.ends_with(".npy");
  });
}

Result<NpzArray> NpzArchive::open_array(const std::string& name) const {
  const auto member = find(name);
  if (member == members_.end()) return Error{ErrorCode::not_found, Message{"no array "} << formats::shown_text(name)};
  std::vector<std::uint8_t> start(
      static_cast<std::size_t>(std::min<std::uint64_t>(member->size, formats::npy_header_bytes)));
  formats::ZipReader reader(*zip_, *member);
  if (const Result<void> got = reader.read(std::as_writable_bytes(std::span(start))); !got) return got.error();
  const Result<formats::NpyHeader> header = formats::parse_npy_header(start, member->size);
  if (!header) return in_array_of(name, header.error());
  return NpzArray{name, *member, *header};
}

Result<NpzPair> NpzArchive::open_pair(const std::string& suffix, Labels labels) const {
  Result<NpzArray> x = open_array("x" + suffix);
  if (!x) return x.error();
  NpzPair pair{std::move(*x), {}, {}};
  const Shape& features = pair.features.header.shape;
  Shape label_shape = features.rank() > 0 ? Shape{features[0]} : Shape{};
  if (labels == Labels::needed) {
    Result<NpzArray> y = open_array("y" + suffix);
    if (!y) return y.error();
    if (const Result<void> type = check_label_type(y->header.type); !type) return in_array(*y, type.error());
    label_shape = y->header.shape;
    pair.labels = std::move(*y);
  }
  const Result<SampleInfo> info = pair_info(pair.features.header.type, features, label_shape);
  if (!info) return in_array(pair.features, info.error());
  pair.info = *info;
  return pair;
}

Result<NpzParts> NpzArchive::parts(Labels labels) const {
  const bool in_parts = has("x_train");
  if (!in_parts && !has("x"))
    return Error{ErrorCode::not_found,
                 Message{"expected arrays x and y, or x_train, y_train, x_test and y_test, got "} << names()};
  Result<NpzPair> train = open_pair(in_parts ? "_train" : "", labels);
  if (!train) return train.error();
  NpzParts parts{std::move(*train), {}, {}};
  const auto add = [&](std::optional<NpzPair>& part, const char* suffix) -> Result<void> {
    if (!in_parts || part || !has(std::string("x") + suffix)) return {};
    Result<NpzPair> pair = open_pair(suffix, labels);
    if (!pair) return pair.error();
    if (pair->info.shape != parts.train.info.shape)
      return Error{ErrorCode::shape_mismatch, Message{"samples of x_train are "} << parts.train.info.shape << ", of x"
                                                                                 << suffix << ' ' << pair->info.shape};
    part = std::move(*pair);
    return {};
  };
  if (const Result<void> added = add(parts.test, "_test"); !added) return added.error();
  for (const char* suffix : {"_val", "_valid", "_validation"})
    if (const Result<void> added = add(parts.validation, suffix); !added) return added.error();
  return parts;
}

Result<std::unique_ptr<formats::ZipReader>> NpzArchive::elements(const NpzArray& array) const {
  auto reader = std::make_unique<formats::ZipReader>(*zip_, array.member);
  std::vector<std::byte> header(array.header.begin);
  if (const Result<void> got = reader->read(header); !got) return got.error();
  return reader;
}

/// The names of its arrays.
Message NpzArchive::names() const {
  Message names;
  for (std::size_t i = 0; i < members_.size() && i < 8; ++i) {
    std::string_view name = members_[i].name;
    if (name.ends_with(".npy")) name.remove_suffix(4);
    names << (i == 0 ? "" : ", ") << formats::shown_text(name, 16);
  }
  return members_.empty() ? Message{"none"} : names << (members_.size() > 8 ? ", ..." : "");
}

}  // namespace treadle::data
