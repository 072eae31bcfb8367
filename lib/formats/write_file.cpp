#include <sys/stat.h>

#include <climits>
#include <cstdlib>
#include <optional>

#include "formats/file.hpp"
#include "formats/file_replacement.hpp"

namespace treadle::formats {
namespace {

Result<void> replace(const std::string& path, Bytes contents, std::optional<mode_t> mode) {
  Result<FileReplacement> file = FileReplacement::begin(path, mode);
  if (!file) return file.error();
  if (const Result<void> written = file->write(contents); !written) return written;
  return file->finish();
}

Result<void> write_directly(const std::string& path, Bytes contents) {
  const Descriptor file = Descriptor::open(path, O_WRONLY);
  if (!file.valid()) return system_error("write", path, errno);
  while (!contents.empty()) {
    const ssize_t count = ::write(file.get(), contents.data(), contents.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error("write", path, errno);
    contents = contents.subspan(static_cast<std::size_t>(count));
  }
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
