// Job files: the options of a command as a JSON object.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace treadle::tool {

/// The last value of the option `name` among the arguments of a command, before they are parsed: what has to be known
/// to find the job file.
std::optional<std::string> argument_of(std::string_view name, std::span<const char* const> arguments);

/// Most bytes of a job file.
inline constexpr std::size_t most_job_bytes = 1 << 20;

/// An option and its value, as a job has them.
struct JobEntry {
  std::string name;
  std::string value;     ///< "yes" for true and "no" for false
  bool boolean = false;  ///< it was true or false
  bool given = true;     ///< else it is what a run took where nothing was given, as "$defaults" says
};
using JobEntries = std::vector<JobEntry>;

/// The members of the object in the file `path`, in their order, but for those that begin with "$" and those that are
/// null, as if they were not there: strings as they are, whole numbers as digits and others in their shortest form.
/// What is wrong with the file is a UsageError that names it.
JobEntries read_job(const std::string& path);

/// An option as a command took it.
struct EffectiveOption {
  std::string name;
  bool flag = false;                 ///< "yes" or "no"
  bool given = false;                ///< by the command line or its job
  std::optional<std::string> value;  ///< none: it was not given, and has no value by default
};

/// The job that these options are: flags as true or false, what is a JSON number as it stands as such, no value as
/// null, and all else as strings.
nlohmann::ordered_json job_json(const std::vector<EffectiveOption>& options);

/// The same with the names of those that were not given as "$defaults": a job that takes these values, and where they
/// still count as not given.
nlohmann::ordered_json kept_job_json(const std::vector<EffectiveOption>& options);

/// What read_job() would make of it.
JobEntries job_entries(const std::vector<EffectiveOption>& options);

}  // namespace treadle::tool
