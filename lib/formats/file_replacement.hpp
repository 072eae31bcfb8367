// A file that takes the place of another only when all of it is on the disk.
#pragma once

#include <treadle/result.hpp>

#include <sys/types.h>
#include <unistd.h>

#include <cstdio>
#include <optional>
#include <string>

#include "formats/descriptor.hpp"
#include "formats/file.hpp"

namespace treadle::formats {

/// The calls of the system through which files are written, so that tests can let each of them fail.
struct FileCalls {
  ssize_t (*write)(int descriptor, const void* bytes, std::size_t count) = ::write;
  int (*fsync)(int descriptor) = ::fsync;
  int (*rename)(const char* from, const char* to) = ::rename;
};

/// Whenever the power goes, the file at the path is either what it was or all of the new one: the bytes go to
/// "<path>.tmp", reach the disk, the file is renamed, and the rename reaches the disk.
class FileReplacement {
 public:
  /// `mode`: the permissions that the file is to have; without: the user's default. A leftover of an interrupted
  /// earlier writer is replaced; a second writer at the same time gets an error.
  static Result<FileReplacement> begin(const std::string& path, std::optional<mode_t> mode = {},
                                       const FileCalls& calls = {});
  FileReplacement(FileReplacement&&) = default;
  FileReplacement& operator=(FileReplacement&&) = delete;
  /// Without finish() the temporary file goes and the file at the path stays as it was.
  ~FileReplacement();

  Result<void> write(Bytes bytes);
  /// After an error the file at the path is as it was, or whole and new if only its folder could not be synced.
  Result<void> finish();

 private:
  FileReplacement(std::string path, Descriptor file, const FileCalls& calls)
      : path_(std::move(path)), file_(std::move(file)), calls_(calls) {}
  std::string temporary() const { return path_ + ".tmp"; }

  std::string path_;
  Descriptor file_;
  FileCalls calls_;
};

}  // namespace treadle::formats
