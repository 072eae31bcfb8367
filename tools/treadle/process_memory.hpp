// What the system tells of memory: this process's own, and what is left for it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace treadle::tool {

/// Bytes that this process holds now, and the most that it held since reset_peak(); nothing where /proc does not tell.
std::optional<std::size_t> resident();
std::optional<std::size_t> resident_peak();
/// False where the system does not allow it.
bool reset_peak();

/// Bytes that this process can still take without swapping: what the machine has available, or less where its control
/// group (version 2) has a limit. `root`: "", or where a test has put files of the same names.
std::optional<std::size_t> available_memory(const std::string& root = "");

}  // namespace treadle::tool
