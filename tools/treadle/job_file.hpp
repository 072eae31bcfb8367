// Job files: the options of a command as a JSON object.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace treadle::tool {

/// Most bytes of a job file.
inline constexpr std::size_t most_job_bytes = 1 << 20;

/// Names and values of options, in their order.
using JobEntries = std::vector<std::pair<std::string, std::string>>;

/// The members of the object in the file `path`, in their order, but for "$schema": names with strings as they are,
/// numbers as they are written, "yes" for true and "no" for false. What is wrong with the file is a UsageError that
/// names it.
JobEntries read_job(const std::string& path);

}  // namespace treadle::tool
