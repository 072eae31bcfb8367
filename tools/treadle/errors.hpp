// How the tool's own code says that it cannot go on. main() prints one line and chooses the exit status.
#pragma once

#include <stdexcept>
#include <string>

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

/// A signal ended the work in good order: exit status 128 + signal.
struct Interrupted : std::runtime_error {
  Interrupted(int signal_number, const std::string& what) : std::runtime_error(what), signal(signal_number) {}
  int signal;
};

}  // namespace treadle::tool
