// A file that is read at any place by any number of threads.
#pragma once

#include <sys/stat.h>
#include <treadle/result.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "formats/descriptor.hpp"

namespace treadle::data {

/// By pread(2): a file that shrinks while it is used is an error and no signal, as it would be if it were mapped into
/// memory.
class PositionedFile {
 public:
  static Result<PositionedFile> open(const std::string& path) {
    formats::Descriptor file = formats::Descriptor::open(path, O_RDONLY);
    struct stat status {};
    if (!file.valid() || ::fstat(file.get(), &status) != 0) return formats::system_error("read", path, errno);
    if (S_ISDIR(status.st_mode)) return formats::system_error("read", path, EISDIR);
    if (!S_ISREG(status.st_mode))
      return Error{ErrorCode::unsupported, Message{formats::shown_path(path)} << ": expected a regular file"};
    return PositionedFile(std::move(file), path, static_cast<std::uint64_t>(status.st_size));
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
  /// Bytes when it was opened.
  std::uint64_t size() const noexcept { return size_; }

 private:
  PositionedFile(formats::Descriptor file, std::string path, std::uint64_t size)
      : file_(std::move(file)), path_(std::move(path)), size_(size) {}

  formats::Descriptor file_;
  std::string path_;
  std::uint64_t size_;
};

}  // namespace treadle::data
