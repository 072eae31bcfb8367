// An input as a file, for readers that leave their data where they lie.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "fuzz.hpp"

namespace treadle::fuzz {

/// A file without a place on a disk.
class FileInMemory {
 public:
  FileInMemory(const void* bytes, std::size_t size) : descriptor_(memfd_create("input", 0)) {
    require(::write(descriptor_, bytes, size) == static_cast<ssize_t>(size), "a file is written");
  }
  ~FileInMemory() { ::close(descriptor_); }
  FileInMemory(const FileInMemory&) = delete;
  FileInMemory& operator=(const FileInMemory&) = delete;

  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

}  // namespace treadle::fuzz
