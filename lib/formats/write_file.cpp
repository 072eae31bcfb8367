#include <sys/file.h>
#include <sys/stat.h>

#include <climits>
#include <cstdlib>
#include <optional>

#include "formats/descriptor.hpp"
#include "formats/file.hpp"

namespace treadle::formats {
namespace {

/// 0, or the errno that stopped the writing.
int write_all(const Descriptor& file, Bytes contents) noexcept {
  while (!contents.empty()) {
    const ssize_t count = ::write(file.get(), contents.data(), contents.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    contents = contents.subspan(static_cast<std::size_t>(count));
  }
  return 0;
}

int sync(const Descriptor& file) noexcept {
  while (::fsync(file.get()) != 0)
    if (errno != EINTR) return errno;
  return 0;
}

/// Makes a rename in the folder of `path` survive a loss of power.
int sync_folder(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const Descriptor descriptor = Descriptor::open(folder, O_RDONLY | O_DIRECTORY);
  if (!descriptor.valid()) return errno == EACCES ? 0 : errno;  // one may write into a folder that one may not read
  const int reason = sync(descriptor);
  return reason == EINVAL ? 0 : reason;  // a file system that cannot sync folders
}

bool same_file(const Descriptor& file, const std::string& path) noexcept {
  struct stat by_descriptor {
  }, by_path{};
  return ::fstat(file.get(), &by_descriptor) == 0 && ::lstat(path.c_str(), &by_path) == 0 &&
         by_descriptor.st_dev == by_path.st_dev && by_descriptor.st_ino == by_path.st_ino;
}

/// Opens the temporary file, empty and locked against a second writer. A fixed name means that interrupted writers
/// leave one file behind at most; the lock goes with its process, so a leftover is never locked.
Result<Descriptor> open_temporary(const std::string& temporary, const std::string& path) {
  for (;;) {
    Descriptor file = Descriptor::open(temporary, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0666);
    struct stat status {};
    if (!file.valid() || ::fstat(file.get(), &status) != 0)
      return system_error("write", errno == ELOOP ? temporary : path, errno);
    if (!S_ISREG(status.st_mode)) return system_error("write", temporary, EEXIST);
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
      return Error{ErrorCode::io, Message{"cannot write "} << shown_path(path) << ": another writer is at it"};
    // Between open and flock another writer may have finished and renamed this very file.
    if (!same_file(file, temporary)) continue;
    if (::ftruncate(file.get(), 0) != 0) return system_error("write", path, errno);
    return file;
  }
}

/// Writes beside `path` and renames. `mode`: the permissions of the file that is replaced, if there is one.
Result<void> replace(const std::string& path, Bytes contents, std::optional<mode_t> mode) {
  const std::string temporary = path + ".tmp";
  const Result<Descriptor> file = open_temporary(temporary, path);
  if (!file) return file.error();
  // Not every file system (FAT on an SD card) can keep permissions, and the contents matter more.
  if (mode) static_cast<void>(::fchmod(file->get(), *mode & 07777));
  int reason = write_all(*file, contents);
  if (reason == 0) reason = sync(*file);
  if (reason == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) reason = errno;
  if (reason != 0) {
    ::unlink(temporary.c_str());
    return system_error("write", path, reason);
  }
  reason = sync_folder(path);
  if (reason != 0) return system_error("sync the folder of", path, reason);
  return {};
}

Result<void> write_directly(const std::string& path, Bytes contents) {
  const Descriptor file = Descriptor::open(path, O_WRONLY);
  const int reason = file.valid() ? write_all(file, contents) : errno;
  if (reason != 0) return system_error("write", path, reason);
  return {};
}

}  // namespace

Result<void> write_file(const std::string& path, Bytes contents) {
  if (has_zero_byte(path)) return system_error("write", path, EINVAL);
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    if (errno != ENOENT) return system_error("write", path, errno);
    return replace(path, contents, {});
  }
  if (S_ISDIR(status.st_mode)) return system_error("write", path, EISDIR);
  if (!S_ISREG(status.st_mode)) return write_directly(path, contents);
  char resolved[PATH_MAX];
  if (::realpath(path.c_str(), resolved) == nullptr) return system_error("write", path, errno);
  return replace(resolved, contents, status.st_mode);
}

}  // namespace treadle::formats
