#include <treadle/run_log.hpp>

#include <sys/stat.h>

#include <algorithm>

#include "base/out_of_memory.hpp"
#include "formats/descriptor.hpp"

namespace treadle {

using formats::Descriptor;
using formats::system_error;

struct LineFile::File {
  Descriptor descriptor;
  std::string path;
  off_t size = 0;  // of the whole lines
};

namespace {

/// The number of bytes up to and with the last line end; -1 with errno set when the file cannot be read.
off_t whole_lines(const Descriptor& file, off_t size) noexcept {
  char room[4096];
  while (size > 0) {
    const off_t count = std::min(size, static_cast<off_t>(sizeof room));
    const ssize_t got = ::pread(file.get(), room, static_cast<std::size_t>(count), size - count);
    if (got < 0 && errno == EINTR) continue;
    if (got != count) return errno = got < 0 ? errno : EIO, -1;
    for (off_t i = count; i > 0; --i)
      if (room[i - 1] == '\n') return size - count + i;
    size -= count;
  }
  return 0;
}

/// 0, or the errno that stopped the writing.
int write_at(const Descriptor& file, std::string_view text, off_t place) noexcept {
  while (!text.empty()) {
    const ssize_t count = ::pwrite(file.get(), text.data(), text.size(), place);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(count));
    place += count;
  }
  return 0;
}

}  // namespace

Result<LineFile> LineFile::open(const std::string& path) {
  return base::or_out_of_memory("log", [&]() -> Result<LineFile> {
    if (formats::has_zero_byte(path)) return system_error("write", path, EINVAL);
    Descriptor file = Descriptor::open(path, O_RDWR | O_CREAT, 0666);
    struct stat status {};
    if (!file.valid() || ::fstat(file.get(), &status) != 0) return system_error("write", path, errno);
    if (!S_ISREG(status.st_mode)) return system_error("append lines to", path, EINVAL);
    const off_t size = whole_lines(file, status.st_size);
    if (size < 0) return system_error("read", path, errno);
    if (size != status.st_size && ::ftruncate(file.get(), size) != 0) return system_error("write", path, errno);
    return LineFile{std::make_shared<File>(File{std::move(file), path, size})};
  });
}

Result<void> LineFile::append(std::string_view line, bool sync) {
  int problem = write_at(file_->descriptor, line, file_->size);
  while (problem == 0 && sync && ::fsync(file_->descriptor.get()) != 0)
    if (errno != EINTR) problem = errno;
  if (problem != 0) {
    // What is left of the line would be taken for a torn one and removed by the next open() in any case.
    static_cast<void>(::ftruncate(file_->descriptor.get(), file_->size));
    return system_error("write", file_->path, problem);
  }
  file_->size += static_cast<off_t>(line.size());
  return {};
}

}  // namespace treadle
