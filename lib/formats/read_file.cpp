#include <sys/stat.h>

#include <algorithm>
#include <exception>

#include "formats/descriptor.hpp"
#include "formats/file.hpp"

namespace treadle::formats {
namespace {

Error too_large(const std::string& path, std::size_t limit) {
  return {ErrorCode::too_large, Message{"cannot read "} << shown_path(path) << ": it has more than the " << limit
                                                        << " bytes that are allowed here"};
}

/// Reads to the end. `expected` is what the file system says, which is 0 for pipes and may be out of date.
Result<std::vector<std::uint8_t>> read_all(const Descriptor& file, const std::string& path, std::size_t expected,
                                           std::size_t limit) {
  constexpr std::size_t least_room = 64 * 1024;
  std::vector<std::uint8_t> bytes(std::max(expected + 1, least_room));  // one more, to see the end without growing
  std::size_t used = 0;
  for (;;) {
    if (used == bytes.size()) bytes.resize(used + std::max(used / 2, least_room));
    const ssize_t count = ::read(file.get(), bytes.data() + used, bytes.size() - used);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error("read", path, errno);
    if (count == 0) break;
    used += static_cast<std::size_t>(count);
    if (used > limit) return too_large(path, limit);
  }
  bytes.resize(used);
  return bytes;
}

}  // namespace

Result<std::vector<std::uint8_t>> read_file(const std::string& path, std::size_t limit) {
  if (has_zero_byte(path)) return system_error("read", path, EINVAL);
  const Descriptor file = Descriptor::open(path, O_RDONLY);
  struct stat status {};
  if (!file.valid() || ::fstat(file.get(), &status) != 0) return system_error("read", path, errno);
  if (S_ISDIR(status.st_mode)) return system_error("read", path, EISDIR);
  std::size_t expected = 0;
  if (S_ISREG(status.st_mode) && status.st_size > 0) {
    if (static_cast<std::uintmax_t>(status.st_size) > limit) return too_large(path, limit);
    expected = static_cast<std::size_t>(status.st_size);
  }
  try {
    return read_all(file, path, expected, limit);
  } catch (const std::exception&) {
    return system_error("read", path, ENOMEM);
  }
}

}  // namespace treadle::formats
