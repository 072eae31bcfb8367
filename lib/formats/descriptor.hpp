// A POSIX file descriptor that closes itself, and errors that say which file and why.
#pragma once

#include <treadle/result.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "formats/text.hpp"

namespace treadle::formats {

class Descriptor {
 public:
  explicit Descriptor(int descriptor = -1) noexcept : descriptor_(descriptor) {}
  Descriptor(Descriptor&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~Descriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  /// As open(2), begun again when a signal interrupts it; invalid with errno set when it fails.
  static Descriptor open(const std::string& path, int flags, mode_t mode = 0) noexcept {
    int descriptor;
    do descriptor = ::open(path.c_str(), flags | O_CLOEXEC | O_NOCTTY, mode);
    while (descriptor < 0 && errno == EINTR);
    return Descriptor{descriptor};
  }

  /// Locks the file until it is closed, or the process ends. False: another descriptor has the lock. A file system that
  /// has no locks does without.
  bool lock() const noexcept { return ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK; }

  bool valid() const noexcept { return descriptor_ >= 0; }
  int get() const noexcept { return descriptor_; }

 private:
  int descriptor_;
};

/// "cannot <what> <path>: <the system's words for `reason`>", `reason` being an errno.
inline Error system_error(std::string_view what, const std::string& path, int reason) {
  const bool missing = reason == ENOENT || reason == ENOTDIR;
  const ErrorCode code = missing ? ErrorCode::not_found : reason == ENOMEM ? ErrorCode::out_of_memory : ErrorCode::io;
  return {code,
          Message{"cannot "} << what << ' ' << shown_path(path) << ": " << std::generic_category().message(reason)};
}

/// A path with a zero byte would silently name another file.
inline bool has_zero_byte(const std::string& path) noexcept { return path.find('\0') != std::string::npos; }

}  // namespace treadle::formats
