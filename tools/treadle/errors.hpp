// How the tool's own code says that it cannot go on. main() prints one line and chooses the exit status.
#pragma once

#include <stdexcept>

namespace treadle::tool {

/// The tool was used wrongly: exit status 2.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The tool was used rightly and could not do it: exit status 1. What the library refuses, Result::value() throws as
/// BadResult, which counts as the same.
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace treadle::tool
