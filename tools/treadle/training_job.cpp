#include "training_job.hpp"

#include <algorithm>

#include "commands.hpp"
#include "errors.hpp"
#include "values.hpp"

namespace treadle::tool {

std::vector<std::string> training_options() {
  CommandLine line(train_command.name, train_command.summary, train_command.example);
  const auto run = train_command.prepare(line);
  std::vector<std::string> names;
  for (EffectiveOption& option : line.effective()) names.push_back(std::move(option.name));
  return names;
}

void translate_for_sweep(JobEntries& job) {
  const auto find = [&job](std::string_view name) {
    return std::find_if(job.begin(), job.end(), [name](const auto& entry) { return entry.name == name; });
  };
  if (find("batch-size") == job.end() || find("reference-batch") != job.end()) return;
  const auto whole = [&](const char* name) -> std::uint64_t {
    constexpr std::uint64_t most = 1 << 30;
    if (find(name) == job.end()) return 1;
    try {
      return read_whole(find(name)->value, 1, most);
    } catch (const UsageError& error) {
      throw UsageError("--job: " + std::string(name) + ": " + error.what());
    }
  };
  job.push_back({.name = "reference-batch", .value = std::to_string(whole("batch-size") * whole("accumulate"))});
}

}  // namespace treadle::tool
