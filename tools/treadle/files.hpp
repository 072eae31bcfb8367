// The files that a command writes: checked before any work is done.
#pragma once

#include <treadle/folder_lock.hpp>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace treadle::tool {

/// How a file is written: by replacing it, as save() does, or by writing into it, as OutputFile does.
enum class Writing { replaced, in_place };

/// Makes the folder `path` that `option` names, and those above it, and keeps other runs out of it.
FolderLock lock_folder(std::string_view option, const std::string& path);

/// Refuses, naming `option`, when `path` could not be written: a folder that is missing or does not let a file be
/// made, a folder of that name, or a file that is not to be written to. Leaves everything as it was.
void check_writable(std::string_view option, const std::string& path, Writing writing);

/// The file that save() writes before it renames it to `path`.
std::string temporary_of(const std::string& path);

/// Refuses, naming `option`, when writing `path` would destroy one of `others`. Empty names are nobody's.
void check_distinct(std::string_view option, const std::string& path, const std::vector<std::string>& others);

/// A text file that `option` asked for. When opened it keeps its first `kept` bytes only; a path of "" is a file that
/// takes everything and keeps nothing.
class OutputFile {
 public:
  OutputFile(std::string_view option, const std::string& path, std::uintmax_t kept = 0);

  /// Hands `text` to the operating system at once. After a failure, which finish() tells, it does nothing. False: the
  /// file takes no more.
  bool write(std::string_view text);
  void finish() const;

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::string name_;
  std::unique_ptr<std::FILE, Close> file_;
  int problem_ = 0;
};

}  // namespace treadle::tool
