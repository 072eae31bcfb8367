// Variables of the process's environment, where there is a process.
#pragma once

namespace treadle::base {

/// The value of the environment variable `name`; null when it is not set, and always without an operating system.
const char* environment(const char* name) noexcept;

}  // namespace treadle::base
