#include <sys/stat.h>
#include <treadle/source.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/checked.hpp"
#include "base/out_of_memory.hpp"
#include "data/raw_description.hpp"
#include "formats/descriptor.hpp"
#include "formats/file.hpp"
#include "formats/little_endian.hpp"
#include "formats/text.hpp"

namespace treadle::data {
namespace {

using formats::Descriptor;

/// A file that is read at any place by any number of threads.
class PositionedFile {
 public:
  static Result<PositionedFile> open(const std::string& path, std::uint64_t bytes) {
    Descriptor file = Descriptor::open(path, O_RDONLY);
    struct stat status {};
    if (!file.valid() || ::fstat(file.get(), &status) != 0) return formats::system_error("read", path, errno);
    if (S_ISDIR(status.st_mode)) return formats::system_error("read", path, EISDIR);
    if (!S_ISREG(status.st_mode))
      return Error{ErrorCode::unsupported, Message{formats::shown_path(path)} << ": expected a regular file"};
    if (static_cast<std::uint64_t>(status.st_size) != bytes)
      return Error{ErrorCode::bad_format, Message{formats::shown_path(path)}
                                              << ": the description asks for " << bytes << " bytes, the file has "
                                              << static_cast<std::uint64_t>(status.st_size)};
    return PositionedFile(std::move(file), path);
  }

  Result<void> read(std::uint64_t position, std::span<std::byte> out) const {
    while (!out.empty()) {
      const ssize_t count = ::pread(file_.get(), out.data(), out.size(), static_cast<off_t>(position));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return formats::system_error("read", path_, errno);
      if (count == 0)
        return Error{ErrorCode::bad_format, Message{formats::shown_path(path_)}
                                                << ": ends at byte " << position
                                                << "; it has become shorter since it was opened"};
      out = out.subspan(static_cast<std::size_t>(count));
      position += static_cast<std::uint64_t>(count);
    }
    return {};
  }

  const std::string& path() const noexcept { return path_; }

 private:
  PositionedFile(Descriptor file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}

  Descriptor file_;
  std::string path_;
};

class RawSource final : public Source {
 public:
  RawSource(RawDescription raw, std::size_t sample_bytes, PositionedFile features, PositionedFile labels)
      : raw_(std::move(raw)), sample_bytes_(sample_bytes), features_(std::move(features)), labels_(std::move(labels)) {}

  const SampleInfo& info() const noexcept override { return raw_.info; }

  Result<void> read(std::span<const std::uint32_t> indices, std::span<std::byte> samples,
                    std::span<std::int32_t> labels) const override {
    for (std::size_t first = 0, count; first < indices.size(); first += count) {
      // Neighbours are read at once.
      count = 1;
      while (first + count < indices.size() && indices[first + count] == indices[first] + count) ++count;
      const std::span<std::byte> run = samples.subspan(first * sample_bytes_, count * sample_bytes_);
      if (const Result<void> got = read_features(indices[first], run); !got) return got;
      if (const Result<void> got = read_labels(indices[first], labels.subspan(first, count)); !got) return got;
    }
    return {};
  }

  Result<std::vector<std::int32_t>> labels() const override {
    return base::or_out_of_memory("labels", [&]() -> Result<std::vector<std::int32_t>> {
      std::vector<std::int32_t> all(raw_.info.size);
      if (const Result<void> got = read_labels(0, all); !got) return got.error();
      return all;
    });
  }

  Result<void> check_labels() const {
    std::array<std::int32_t, 4096> piece{};
    for (std::size_t first = 0; first < raw_.info.size; first += piece.size()) {
      const std::size_t count = std::min(piece.size(), raw_.info.size - first);
      if (const Result<void> got = read_labels(first, std::span(piece).first(count)); !got) return got;
    }
    return {};
  }

 private:
  Result<void> read_features(std::size_t first, std::span<std::byte> out) const {
    if (const Result<void> got = features_.read(std::uint64_t{first} * sample_bytes_, out); !got) return got;
    if (raw_.info.type == ElementType::uint8) return {};
    static_assert(std::endian::native == std::endian::little, "float32 is taken as it lies in the file");
    for (std::size_t at = 0; at < out.size(); at += sizeof(float)) {
      float value;
      std::memcpy(&value, out.data() + at, sizeof value);
      if (!std::isfinite(value))
        return Error{ErrorCode::bad_format, Message{formats::shown_path(features_.path())}
                                                << ": sample " << first + at / sample_bytes_ << ", value "
                                                << at % sample_bytes_ / sizeof value << " is not a finite number"};
    }
    return {};
  }

  /// In pieces, and checked: the file may have changed since it was opened.
  Result<void> read_labels(std::size_t first, std::span<std::int32_t> out) const {
    const std::size_t each = raw_.label_size();
    std::array<std::byte, 4096> piece;
    for (std::size_t done = 0; done < out.size();) {
      const std::size_t count = std::min(piece.size() / each, out.size() - done);
      const std::span<std::byte> bytes = std::span(piece).first(count * each);
      if (const Result<void> got = labels_.read((std::uint64_t{first} + done) * each, bytes); !got) return got;
      const auto* from = reinterpret_cast<const std::uint8_t*>(bytes.data());
      for (std::size_t i = 0; i < count; ++i, ++done) {
        out[done] = each == 1 ? from[i] : formats::load_little_endian<std::int32_t>(from + 4 * i);
        if (out[done] < 0 || static_cast<std::size_t>(out[done]) >= raw_.info.classes)
          return Error{ErrorCode::bad_format, Message{formats::shown_path(labels_.path())}
                                                  << ": label " << out[done] << " of sample " << first + done
                                                  << " is not one of " << raw_.info.classes << " classes from 0"};
      }
    }
    return {};
  }

  RawDescription raw_;
  std::size_t sample_bytes_;
  PositionedFile features_;
  PositionedFile labels_;
};

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
  raw->labels = beside(path, raw->labels);
  return raw;
}

Result<std::shared_ptr<const Source>> open(const std::string& path) {
  Result<RawDescription> raw = read_description(path);
  if (!raw) return raw.error();
  Result<PositionedFile> features = PositionedFile::open(raw->features, raw->feature_bytes);
  if (!features) return features.error();
  Result<PositionedFile> labels = PositionedFile::open(raw->labels, raw->label_bytes);
  if (!labels) return labels.error();
  const std::size_t sample_bytes = *raw->info.sample_bytes();
  const auto source =
      std::make_shared<const RawSource>(std::move(*raw), sample_bytes, std::move(*features), std::move(*labels));
  if (const Result<void> checked = source->check_labels(); !checked) return checked.error();
  return std::shared_ptr<const Source>(source);
}

}  // namespace

Result<std::shared_ptr<const Source>> open_raw(const std::string& description) {
  return base::or_out_of_memory("open_raw", [&] { return open(description); });
}

Result<std::vector<std::string>> raw_files(const std::string& description) {
  return base::or_out_of_memory("raw_files", [&]() -> Result<std::vector<std::string>> {
    Result<RawDescription> raw = read_description(description);
    if (!raw) return raw.error();
    return std::vector<std::string>{std::move(raw->features), std::move(raw->labels)};
  });
}

}  // namespace treadle::data
