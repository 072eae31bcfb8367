#include "job_file.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
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
  } catch (const Json::exception& error) {
    // "[json.exception.out_of_range.406] number overflow parsing '1e400'"
    const std::string_view what = error.what();
    throw UsageError("--job: '" + path + "': " + std::string(what.substr(what.find("] ") + 2)));
  }
}

/// 1e3 and 2.0 are whole numbers too.
std::string number_text(const Json& number) {
  constexpr double beyond = 18446744073709551616.0;  // 2^64
  if (number.is_number_float())
    if (const double value = number.get<double>(); std::floor(value) == value && std::abs(value) < beyond)
      return (value < 0 ? "-" : "") + std::to_string(static_cast<std::uint64_t>(std::abs(value)));
  return number.dump();
}

/// The names in "$defaults".
std::set<std::string> defaults_of(const std::string& path, const Json& job) {
  std::set<std::string> names;
  if (!job.contains("$defaults")) return names;
  const Json& list = job["$defaults"];
  if (!list.is_array() || !std::ranges::all_of(list, [](const Json& name) { return name.is_string(); }))
    throw UsageError("--job: '" + path + "': $defaults: expected an array of names");
  for (const Json& name : list) names.insert(name.get<std::string>());
  return names;
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
  const std::set<std::string> defaults = defaults_of(path, job);
  JobEntries entries;
  for (const auto& [name, value] : job.items()) {
    if (name == "$schema" || name == "$defaults") continue;
    const bool given = !defaults.contains(name);
    if (value.is_string())
      entries.push_back({name, value.get<std::string>(), false, given});
    else if (value.is_number())
      entries.push_back({name, number_text(value), false, given});
    else if (value.is_boolean())
      entries.push_back({name, value.get<bool>() ? "yes" : "no", true, given});
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

Json kept_job_json(const std::vector<EffectiveOption>& options) {
  Json job = job_json(options);
  Json& defaults = job["$defaults"] = Json::array();
  for (const EffectiveOption& option : options)
    if (option.value && !option.flag && !option.given) defaults.push_back(option.name);
  return job;
}

JobEntries job_entries(const std::vector<EffectiveOption>& options) {
  JobEntries entries;
  for (const EffectiveOption& option : options)
    if (option.value) entries.push_back({option.name, *option.value, option.flag, option.given});
  return entries;
}

}  // namespace treadle::tool
