// Job files: the options of a command as a JSON object.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace treadle::tool {

/// The last value of the option `name` among the arguments of a command, before they are parsed: what has to be known
/// to find the job file.
std::optional<std::string> argument_of(std::string_view name, std::span<const char* const> arguments);

/// Most bytes of a job file.
inline constexpr std::size_t most_job_bytes = 1 << 20;

/// Names and values of options, in their order.
using JobEntries = std::vector<std::pair<std::string, std::string>>;

/// The members of the object in the file `path`, in their order, but for "$schema" and those that are null, as if they
/// were not there: names with strings as they are, numbers as they are written, "yes" for true and "no" for false. What
/// is wrong with the file is a UsageError that names it.
JobEntries read_job(const std::string& path);

/// An option as a command took it.
struct EffectiveOption {
  std::string name;
  bool flag = false;                 ///< "yes" or "no"
  std::optional<std::string> value;  ///< none: it was not given, and has no value by default
};

/// The job that these options are: flags as true or false, what is a JSON number as it stands as such, no value as
/// null, and all else as strings.
nlohmann::ordered_json job_json(const std::vector<EffectiveOption>& options);

/// What read_job() would make of it.
JobEntries job_entries(const std::vector<EffectiveOption>& options);

}  // namespace treadle::tool
