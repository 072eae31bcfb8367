// A file that is read at any place by any number of threads.
#pragma once

#include <sys/stat.h>
#include <treadle/source.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>

#include "data/file_mapping.hpp"
#include "formats/descriptor.hpp"

namespace treadle::data {

class PositionedFile {
 public:
  static Result<PositionedFile> open(const std::string& path, Access access = Access::positioned) {
    formats::Descriptor file = formats::Descriptor::open(path, O_RDONLY);
    struct stat status {};
    if (!file.valid() || ::fstat(file.get(), &status) != 0) return formats::system_error("read", path, errno);
    if (S_ISDIR(status.st_mode)) return formats::system_error("read", path, EISDIR);
    if (!S_ISREG(status.st_mode))
      return Error{ErrorCode::unsupported, Message{formats::shown_path(path)} << ": expected a regular file"};
    PositionedFile opened(std::move(file), path, static_cast<std::uint64_t>(status.st_size));
    if (access == Access::positioned) return opened;
    Result<FileMapping> mapping = FileMapping::make(opened.file_, opened.size_, path);
    if (!mapping) return mapping.error();
    opened.mapping_ = std::move(*mapping);
    return opened;
  }

  /// To be called before reads: a mapped file that has become shorter is an error, unless it does so between the two.
  /// A file that is not mapped finds out when it is read.
  Result<void> check() const {
    struct stat status {};
    if (!mapping_) return {};
    if (::fstat(file_.get(), &status) != 0) return formats::system_error("read", path_, errno);
    const auto size = static_cast<std::uint64_t>(status.st_size);
    return size < size_ ? Result<void>{ends_at(size)} : Result<void>{};
  }

  Result<void> read(std::uint64_t position, std::span<std::byte> out) const {
    return mapping_ ? copy(position, out) : read_at(position, out);
  }

  const std::string& path() const noexcept { return path_; }
  /// Bytes when it was opened.
  std::uint64_t size() const noexcept { return size_; }

 private:
  PositionedFile(formats::Descriptor file, std::string path, std::uint64_t size)
      : file_(std::move(file)), path_(std::move(path)), size_(size) {}

  /// By pread(2): a file that shrinks while it is used is an error and no signal.
  Result<void> read_at(std::uint64_t position, std::span<std::byte> out) const {
    while (!out.empty()) {
      const ssize_t count = ::pread(file_.get(), out.data(), out.size(), static_cast<off_t>(position));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return formats::system_error("read", path_, errno);
      if (count == 0) return ends_at(position);
      out = out.subspan(static_cast<std::size_t>(count));
      position += static_cast<std::uint64_t>(count);
    }
    return {};
  }

  /// From the mapping.
  Result<void> copy(std::uint64_t position, std::span<std::byte> out) const noexcept {
    if (position > size_ || out.size() > size_ - position) return ends_at(size_);
    if (!out.empty()) std::memcpy(out.data(), mapping_->bytes().data() + position, out.size());
    return {};
  }

  Error ends_at(std::uint64_t position) const noexcept {
    return {ErrorCode::bad_format, Message{formats::shown_path(path_)}
                                       << ": ends at byte " << position
                                       << "; it has become shorter since it was opened"};
  }

  formats::Descriptor file_;
  std::string path_;
  std::uint64_t size_;
  std::optional<FileMapping> mapping_;  // none: it is read
};

}  // namespace treadle::data
