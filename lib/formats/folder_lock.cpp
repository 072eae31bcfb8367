#include <treadle/folder_lock.hpp>

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cstdio>
#include <memory>

#include "base/out_of_memory.hpp"
#include "formats/descriptor.hpp"

namespace treadle {
namespace {

using formats::Descriptor, formats::shown_path, formats::system_error;

/// The process that has the lock of this file, by what Linux says of all locks; 0: it does not.
long holder(const Descriptor& file) noexcept {
  struct stat status {};
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> locks(std::fopen("/proc/locks", "re"), &std::fclose);
  if (locks == nullptr || ::fstat(file.get(), &status) != 0) return 0;
  char line[256];
  while (std::fgets(line, sizeof line, locks.get()) != nullptr) {
    long process = 0;
    unsigned device_major = 0, device_minor = 0;
    unsigned long long number = 0;
    if (std::sscanf(line, "%*u: FLOCK %*s WRITE %ld %x:%x:%llu", &process, &device_major, &device_minor, &number) ==
            4 &&
        number == status.st_ino && device_major == major(status.st_dev) && device_minor == minor(status.st_dev))
      return process;
  }
  return 0;
}

Error refuse(const std::string& folder, long process) noexcept {
  Message message = Message{"cannot write into "} << shown_path(folder) << ": another run is at it";
  if (process == ::getpid())
    message << ", of this process";
  else if (process > 0)
    message << ", process " << static_cast<std::uint64_t>(process);
  return {ErrorCode::io, message << "; wait until it has ended, or choose another folder"};
}

}  // namespace

struct FolderLock::Held {
  Descriptor folder;
};

Result<FolderLock> FolderLock::take(const std::string& folder) {
  return base::or_out_of_memory("lock", [&]() -> Result<FolderLock> {
    if (formats::has_zero_byte(folder)) return system_error("open the folder", folder, EINVAL);
    Descriptor opened = Descriptor::open(folder, O_RDONLY | O_DIRECTORY);
    if (!opened.valid()) return system_error("open the folder", folder, errno);
    if (!opened.lock()) return refuse(folder, holder(opened));
    return FolderLock{std::make_shared<const Held>(Held{std::move(opened)})};
  });
}

}  // namespace treadle
