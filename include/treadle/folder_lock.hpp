// A folder into which one run at a time writes.
#pragma once

#include <treadle/result.hpp>

#include <memory>
#include <string>

namespace treadle {

/// Keeps others out of a folder for as long as it, or a copy of it, lives. It is the system's lock of the folder
/// (flock), which goes with the process however that ends, and leaves nothing behind. Who only reads needs none.
class FolderLock {
 public:
  /// On file systems that have no locks nobody is kept out. Errors: `not_found` or `io` where there is no folder that
  /// may be read; `io`, with the process if the system tells it, where another run, be it of this process, has the
  /// lock.
  static Result<FolderLock> take(const std::string& folder);

 private:
  struct Held;
  explicit FolderLock(std::shared_ptr<const Held> held) : held_(std::move(held)) {}
  std::shared_ptr<const Held> held_;
};

}  // namespace treadle
