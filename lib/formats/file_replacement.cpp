#include "formats/file_replacement.hpp"

#include <sys/stat.h>

namespace treadle::formats {
namespace {

/// 0, or the errno that stopped the writing.
int write_all(const Descriptor& file, Bytes bytes, const FileCalls& calls) noexcept {
  while (!bytes.empty()) {
    const ssize_t count = calls.write(file.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return count == 0 ? EIO : errno;
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return 0;
}

int sync(const Descriptor& file, const FileCalls& calls) noexcept {
  while (calls.fsync(file.get()) != 0)
    if (errno != EINTR) return errno;
  return 0;
}

/// Makes a rename in the folder of `path` survive a loss of power.
int sync_folder(const std::string& path, const FileCalls& calls) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const Descriptor descriptor = Descriptor::open(folder, O_RDONLY | O_DIRECTORY);
  if (!descriptor.valid()) return errno == EACCES ? 0 : errno;  // one may write into a folder that one may not read
  const int reason = sync(descriptor, calls);
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
    if (!file.lock())
      return Error{ErrorCode::io, Message{"cannot write "} << shown_path(path) << ": another writer is at it"};
    // Between opening and locking another writer may have finished and renamed this very file.
    if (!same_file(file, temporary)) continue;
    if (::ftruncate(file.get(), 0) != 0) return system_error("write", path, errno);
    return file;
  }
}

}  // namespace

Result<FileReplacement> FileReplacement::begin(const std::string& path, std::optional<mode_t> mode,
                                               const FileCalls& calls) {
  Result<Descriptor> file = open_temporary(path + ".tmp", path);
  if (!file) return file.error();
  // Not every file system (FAT on an SD card) can keep permissions, and the contents matter more.
  if (mode) static_cast<void>(::fchmod(file->get(), *mode & 07777));
  return FileReplacement(path, std::move(*file), calls);
}

FileReplacement::~FileReplacement() {
  if (file_.valid()) ::unlink(temporary().c_str());
}

Result<void> FileReplacement::write(Bytes bytes) {
  if (const int reason = write_all(file_, bytes, calls_); reason != 0) return system_error("write", path_, reason);
  return {};
}

Result<void> FileReplacement::finish() {
  if (const int reason = sync(file_, calls_); reason != 0) return system_error("write", path_, reason);
  if (calls_.rename(temporary().c_str(), path_.c_str()) != 0) return system_error("write", path_, errno);
  file_ = Descriptor{};
  if (const int reason = sync_folder(path_, calls_); reason != 0)
    return system_error("sync the folder of", path_, reason);
  return {};
}

}  // namespace treadle::formats
