// The table of broken files that every reader has, and the loop over it.
#pragma once

#include <span>
#include <string_view>

#include "support/files.hpp"

namespace treadle::test {

/// A file that is broken in one way, and what its error has to say.
struct BrokenFile {
  const char* what;
  ByteVector file;
  ErrorCode code;
  std::string_view words;
};

/// `read` takes each file and has to refuse it.
template <class Read>
void check_broken(std::span<const BrokenFile> files, Read&& read) {
  for (const BrokenFile& broken : files) {
    INFO(broken.what);
    check_error(read(broken.file), broken.code, {broken.words});
  }
}

}  // namespace treadle::test
