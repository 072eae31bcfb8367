#include "job_file.hpp"

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "values.hpp"

namespace treadle::tool {
namespace {

using Json = nlohmann::ordered_json;

std::string read_file(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  if (!file) throw UsageError("--job: cannot open '" + path + "'");
  std::string text(most_job_bytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) throw UsageError("--job: cannot read '" + path + "'");
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > most_job_bytes) throw UsageError("--job: '" + path + "' is larger than 1 MiB, which no job is");
  return text;
}

/// Refuses a name that comes twice, of which the parser would keep one without a word.
Json parse(const std::string& path, const std::string& text) {
  std::set<std::string> names;
  const auto check = [&](int depth, Json::parse_event_t event, const Json& parsed) {
    if (event == Json::parse_event_t::key && depth == 1 && !names.insert(parsed.get<std::string>()).second)
      throw UsageError("--job: '" + path + "': '" + parsed.get<std::string>() + "' occurs twice");
    // What is deeper than any job is left out, and found missing.
    return depth <= 2;
  };
  try {
    return Json::parse(text, check);
  } catch (const Json::parse_error& error) {
    throw UsageError("--job: '" + path + "' is no JSON: it goes wrong at byte " + std::to_string(error.byte));
  }
}

}  // namespace

std::optional<std::string> argument_of(std::string_view name, std::span<const char* const> arguments) {
  const std::string dashed = "--" + std::string(name);
  std::optional<std::string> value;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view word = arguments[i];
    if (word == dashed && i + 1 < arguments.size()) value = arguments[i + 1];
    if (word.starts_with(dashed + "=")) value = word.substr(dashed.size() + 1);
  }
  return value;
}

JobEntries read_job(const std::string& path) {
  const Json job = parse(path, read_file(path));
  if (!job.is_object()) throw UsageError("--job: '" + path + "': expected an object of options");
  JobEntries entries;
  for (const auto& [name, value] : job.items()) {
    if (name == "$schema") continue;
    if (value.is_string())
      entries.emplace_back(name, value.get<std::string>());
    else if (value.is_number())
      entries.emplace_back(name, value.dump());
    else if (value.is_boolean())
      entries.emplace_back(name, value.get<bool>() ? "yes" : "no");
    else if (!value.is_null())
      throw UsageError("--job: '" + path + "': " + name + ": expected a string, a number, true, false or null");
  }
  return entries;
}

Json job_json(const std::vector<EffectiveOption>& options) {
  Json job = Json::object();
  for (const EffectiveOption& option : options) {
    if (!option.value) {
      job[option.name] = nullptr;
    } else if (option.flag) {
      job[option.name] = *option.value == "yes";
    } else {
      const Json number = Json::parse(*option.value, nullptr, false);
      job[option.name] = number.is_number() && number.dump() == *option.value ? number : Json(*option.value);
    }
  }
  return job;
}

JobEntries job_entries(const std::vector<EffectiveOption>& options) {
  JobEntries entries;
  for (const EffectiveOption& option : options)
    if (option.value) entries.emplace_back(option.name, *option.value);
  return entries;
}

}  // namespace treadle::tool
