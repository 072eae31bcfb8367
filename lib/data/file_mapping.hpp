// A file mapped into memory, for reading.
#pragma once

#include <sys/mman.h>
#include <treadle/result.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "formats/descriptor.hpp"

namespace treadle::data {

class FileMapping {
 public:
  /// The first `size` bytes of `file`, which may be closed afterwards; `path` is for messages.
  static Result<FileMapping> make(const formats::Descriptor& file, std::uint64_t size, const std::string& path) {
    if (size == 0) return FileMapping(nullptr, 0);  // which mmap refuses
    if (size > SIZE_MAX)
      return Error{ErrorCode::too_large, Message{formats::shown_path(path)}
                                             << ": " << size << " bytes are more than this machine has addresses"};
    void* const begin = ::mmap(nullptr, static_cast<std::size_t>(size), PROT_READ, MAP_SHARED, file.get(), 0);
    if (begin == MAP_FAILED) return formats::system_error("map into memory", path, errno);
    return FileMapping(static_cast<const std::byte*>(begin), static_cast<std::size_t>(size));
  }
  FileMapping(FileMapping&& other) noexcept
      : begin_(std::exchange(other.begin_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  FileMapping& operator=(FileMapping other) noexcept {
    std::swap(begin_, other.begin_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~FileMapping() {
    if (begin_ != nullptr) ::munmap(const_cast<std::byte*>(begin_), size_);
  }

  std::span<const std::byte> bytes() const noexcept { return {begin_, size_}; }

 private:
  FileMapping(const std::byte* begin, std::size_t size) noexcept : begin_(begin), size_(size) {}

  const std::byte* begin_;
  std::size_t size_;
};

}  // namespace treadle::data
