#include "command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "output.hpp"
#include "suggest.hpp"

namespace treadle::tool {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t help_column = 24;

std::string with_dashes(std::string_view name) { return "--" + std::string(name); }

}  // namespace

struct CommandLine::Parser {
  explicit Parser(std::string description) : app(std::move(description)) {}

  /// CLI11's complaint about an option given without its value, or a flag given one, in our words.
  [[noreturn]] void refuse_mismatch(std::string_view complaint) const;
  /// The first argument that CLI11 could not place, worded as an error with the nearest option.
  void refuse_unknown() const;
  std::vector<std::string> option_names() const;
  /// The options that a job file may hold.
  std::vector<const CLI::Option*> job_options() const;
  EffectiveOption effective(const CLI::Option& option) const;
  /// The arguments that the job file of `arguments` stands for; none if they name none.
  std::vector<std::string> job_arguments(std::span<const char* const> arguments);
  /// What `entry`, which is in the job `path`, adds to the arguments.
  void add_entry(const std::string& path, const JobEntry& entry, std::vector<std::string>& all);
  /// Takes out what goes with another value of an option than the one among `arguments`.
  void pass_over_parts(JobEntries& entries, std::span<const char* const> arguments) const;
  /// The value of the option `name`, in full if it is a path.
  std::string full(const std::string& name, const std::string& value) const;
  std::string job_schema() const;

  bool takes_job = false;
  JobFinder find_job;
  std::vector<std::string> passed_over;  // options of a job file that are another command's
  std::vector<std::string> namesakes;    // likewise, although this one has options called so
  std::function<void(JobEntries&)> translate;
  std::string job;  // where CLI11 puts what job_arguments() has read
  bool schema_wanted = false;
  CLI::App app;
  std::vector<std::pair<std::string, std::string>> needs;
  std::map<std::string, Default, std::less<>> defaults;
  std::map<std::string, Reader, std::less<>> readers;
  std::map<std::string, std::string, std::less<>> schemas;                  // of values in a job, as Rule has them
  std::map<std::string, std::string, std::less<>> wholes;                   // what each part goes with
  std::map<std::string, std::optional<std::string>, std::less<>> settled;   // values that depend on other options
  std::map<std::string, std::vector<std::string_view>, std::less<>> paths;  // and the words that are none
};

CommandLine::CommandLine(std::string_view command, std::string_view summary, std::string_view example)
    : parser_(std::make_unique<Parser>(std::string(summary))) {
  CLI::App& app = parser_->app;
  app.name("treadle " + std::string(command));
  app.footer("Example:\n" + std::string(example.substr(0, example.find_last_not_of('\n') + 1)));
  app.get_formatter()->column_width(help_column);
  app.set_help_flag("-h,--help", "Print this help");
  app.allow_extras();  // refused by parse(), with a suggestion
}

CommandLine::~CommandLine() = default;

CommandLine& CommandLine::add(std::string_view name, std::string_view value, std::string_view help, Reader read,
                              std::string schema, const Default& otherwise) {
  const std::size_t comma = name.find(',');
  const std::string dashed = with_dashes(comma == std::string_view::npos ? name : name.substr(comma + 1));
  const std::string spelled =
      comma == std::string_view::npos ? dashed : "-" + std::string(name.substr(0, comma)) + "," + dashed;
  const auto named = [dashed, read = std::move(read)](const std::string& text) {
    try {
      read(text);
    } catch (const UsageError& error) {
      throw UsageError(dashed + ": " + error.what());
    }
  };
  std::string description(help);
  if (!otherwise.text().empty()) description += " (default: " + otherwise.text() + ")";
  parser_->defaults.emplace(name, otherwise);
  parser_->readers.emplace(name, named);
  parser_->schemas.emplace(name, std::move(schema));
  parser_->app.add_option_function<std::string>(spelled, named, description)
      ->type_name(std::string(value))
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  return *this;
}

CommandLine& CommandLine::text(std::string_view name, std::string_view value, std::string_view help,
                               std::string& target) {
  return option(name, value, help, rules::text(), into(target), target);
}

CommandLine& CommandLine::path(std::string_view name, std::string_view value, std::string_view help,
                               std::string& target, std::vector<std::string_view> words) {
  parser_->paths.emplace(name, std::move(words));
  return text(name, value, help, target);
}

CommandLine& CommandLine::flag(std::string_view name, std::string_view help, bool& target) {
  parser_->app.add_flag(with_dashes(name), target, std::string(help))->disable_flag_override();
  return *this;
}

CommandLine& CommandLine::argument(std::string_view name, std::string_view help, std::string& target) {
  const auto read = [&target](const std::string& text) { target = read_text(text); };
  parser_->app.add_option_function<std::string>(std::string(name), read, std::string(help))->type_name("");
  return *this;
}

CommandLine& CommandLine::job(JobFinder find) {
  parser_->takes_job = true;
  parser_->find_job = std::move(find);
  text("job", "FILE", "Options as a JSON object, which those given here override", parser_->job);
  return flag("job-schema", "Print the JSON schema of job files", parser_->schema_wanted);
}

CommandLine& CommandLine::job(std::vector<std::string> others, std::function<void(JobEntries&)> translate,
                              std::vector<std::string> namesakes) {
  parser_->passed_over = std::move(others);
  parser_->translate = std::move(translate);
  parser_->namesakes = std::move(namesakes);
  return job([](std::span<const char* const>) { return std::string(); });
}

CommandLine& CommandLine::part_of(std::string_view whole, std::string_view name) {
  parser_->wholes.emplace(name, whole);
  return *this;
}

void CommandLine::settle(std::string_view name, std::optional<std::string> value) {
  parser_->settled.insert_or_assign(std::string(name), std::move(value));
}

CommandLine& CommandLine::need(std::string_view name, std::string_view what) {
  parser_->needs.emplace_back(name, what);
  return *this;
}

bool CommandLine::given(std::string_view name) const { return parser_->app.count(with_dashes(name)) != 0; }

void CommandLine::refuse(std::string_view name, std::string_view why) const {
  if (given(name)) throw UsageError(with_dashes(name) + " " + std::string(why));
}

std::vector<EffectiveOption> CommandLine::effective() const {
  std::vector<EffectiveOption> all;
  for (const CLI::Option* option : parser_->job_options()) all.push_back(parser_->effective(*option));
  return all;
}

EffectiveOption CommandLine::Parser::effective(const CLI::Option& option) const {
  EffectiveOption effective{.name = option.get_lnames()[0],
                            .flag = option.get_items_expected_max() == 0,
                            .given = option.count() != 0,
                            .value = {}};
  if (effective.flag)
    effective.value = option.count() == 0 ? "no" : "yes";
  else if (option.count() != 0)
    effective.value = full(effective.name, option.results().back());
  else if (const auto found = settled.find(effective.name); found != settled.end())
    effective.value = found->second;
  else if (const Default& otherwise = defaults.find(effective.name)->second; otherwise.is_value())
    effective.value = otherwise.text();
  return effective;
}

bool CommandLine::parse(std::span<const char* const> arguments) {
  // CLI11 takes its arguments last to first.
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  const std::vector<std::string> job = parser_->job_arguments(arguments);
  reversed.insert(reversed.end(), job.rbegin(), job.rend());
  try {
    parser_->app.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    write_out(parser_->app.help());
    return false;
  } catch (const CLI::ArgumentMismatch& mismatch) {
    parser_->refuse_mismatch(mismatch.what());
  } catch (const CLI::ParseError& error) {
    throw UsageError(error.what());
  }
  parser_->refuse_unknown();
  if (parser_->schema_wanted) {
    write_out(parser_->job_schema());
    return false;
  }
  for (const auto& [name, what] : parser_->needs)
    if (!given(name)) throw UsageError(with_dashes(name) + " is needed: " + what);
  return true;
}

std::vector<std::string> CommandLine::Parser::option_names() const {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options([](const CLI::Option* o) { return o->nonpositional(); }))
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

std::vector<const CLI::Option*> CommandLine::Parser::job_options() const {
  std::vector<const CLI::Option*> options;
  for (const CLI::Option* option : app.get_options([](const CLI::Option* o) { return o->nonpositional(); }))
    if (option != app.get_help_ptr() && !option->get_lnames().empty() &&
        !(takes_job && option->get_lnames()[0].starts_with("job")))
      options.push_back(option);
  return options;
}

std::vector<std::string> CommandLine::Parser::job_arguments(std::span<const char* const> arguments) {
  std::string path = takes_job ? argument_of("job", arguments).value_or("") : "";
  const bool found = takes_job && path.empty();
  if (found) path = find_job(arguments);
  std::vector<std::string> all;
  if (path.empty()) return all;
  JobEntries entries = read_job(path);
  if (translate) translate(entries);
  if (!found) pass_over_parts(entries, arguments);  // else it is the job of the very run that is asked for
  for (const JobEntry& entry : entries) add_entry(path, entry, all);
  return all;
}

void CommandLine::Parser::add_entry(const std::string& path, const JobEntry& entry, std::vector<std::string>& all) {
  const std::string &name = entry.name, &value = entry.value, key = "'" + path + "': " + name;
  if (std::ranges::find(namesakes, name) != namesakes.end()) return;
  const std::vector<const CLI::Option*> options = job_options();
  const auto option = std::ranges::find_if(options, [&](const auto* o) { return o->get_lnames()[0] == name; });
  if (option == options.end()) {
    if (std::ranges::find(passed_over, name) != passed_over.end()) return;
    std::vector<std::string_view> names;
    for (const CLI::Option* each : options) names.push_back(each->get_lnames()[0]);
    const std::string_view nearest = nearest_word(name, names);
    throw UsageError("--job: " + key + ": no such option" +
                     (nearest.empty() ? "" : "; did you mean " + std::string(nearest) + "?"));
  }
  const bool flag = (*option)->get_items_expected_max() == 0;
  if (flag != entry.boolean)
    throw UsageError("--job: " + key + ": expected " + (flag ? "true or false" : "a string or a number"));
  if (flag) {
    if (value == "yes") all.push_back(with_dashes(name));
    return;
  }
  try {
    readers.find(name)->second(value);
  } catch (const UsageError& error) {
    throw UsageError("'" + path + "': " + error.what());
  }
  // What was not given has its value now, and counts as before.
  if (entry.given)
    all.push_back(with_dashes(name) + "=" + value);
  else
    settled.insert_or_assign(name, value);
}

std::string CommandLine::Parser::full(const std::string& name, const std::string& value) const {
  const auto path = paths.find(name);
  if (path == paths.end() || std::ranges::find(path->second, value) != path->second.end()) return value;
  std::error_code problem;
  const std::filesystem::path all = std::filesystem::absolute(value, problem).lexically_normal();
  return problem ? value : all.string();
}

void CommandLine::Parser::pass_over_parts(JobEntries& entries, std::span<const char* const> arguments) const {
  const auto is_of_another = [&](const JobEntry& entry) {
    const auto whole = wholes.find(entry.name);
    if (whole == wholes.end()) return false;
    const std::optional<std::string> given = argument_of(whole->second, arguments);
    const auto in_job = std::ranges::find_if(entries, [&](const JobEntry& each) { return each.name == whole->second; });
    const Default& otherwise = defaults.find(whole->second)->second;
    if (!given || (in_job == entries.end() && !otherwise.is_value())) return false;
    return full(whole->second, *given) !=
           full(whole->second, in_job == entries.end() ? otherwise.text() : in_job->value);
  };
  JobEntries kept;
  for (const JobEntry& entry : entries)
    if (!is_of_another(entry)) kept.push_back(entry);
  entries = std::move(kept);
}

namespace {

/// Null is as if the option were not there.
void or_null(Json& schema) {
  Json& list = schema.contains("enum") ? schema["enum"] : schema["type"];
  if (!list.is_array()) list = Json::array({list});
  list.push_back(schema.contains("enum") ? Json() : Json("null"));
}

}  // namespace

std::string CommandLine::Parser::job_schema() const {
  Json properties = {{"$schema", {{"type", "string"}}},
                     {"$defaults",
                      {{"description", "Options that count as not given, as a run keeps them in its job"},
                       {"type", "array"},
                       {"items", {{"type", "string"}}}}}};
  for (const CLI::Option* option : job_options()) {
    const EffectiveOption effective = this->effective(*option);
    if (std::ranges::find(namesakes, effective.name) != namesakes.end()) continue;
    Json& property = properties[effective.name] = {{"description", option->get_description()}};
    property.update(effective.flag ? Json{{"type", "boolean"}} : Json::parse(schemas.find(effective.name)->second));
    or_null(property);
    if (effective.value) property["default"] = job_json({effective})[effective.name];
  }
  for (const std::string& name : passed_over)
    if (!properties.contains(name)) properties[name] = {{"description", "Another command's, passed over here"}};
  const Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                       {"title", "A job of " + app.get_name()},
                       {"type", "object"},
                       {"properties", properties},
                       {"additionalProperties", false}};
  return schema.dump(2) + "\n";
}

void CommandLine::Parser::refuse_mismatch(std::string_view complaint) const {
  // Its first word is the option's name, without the dashes when a flag was given a value.
  const std::string_view word = complaint.substr(0, complaint.find_first_of(": "));
  const std::string name = word.starts_with('-') ? std::string(word) : with_dashes(word);
  const CLI::Option* option = app.get_option_no_throw(name);
  const bool flag = option != nullptr && option->get_items_expected_max() == 0;
  throw UsageError(name + (flag ? " takes no value" : " needs a value"));
}

void CommandLine::Parser::refuse_unknown() const {
  std::vector<std::string> unknown = app.remaining();
  std::erase(unknown, "--");
  if (unknown.empty()) return;
  const auto dashed = std::find_if(unknown.begin(), unknown.end(), [](const auto& word) { return word[0] == '-'; });
  if (dashed == unknown.end())
    throw UsageError("unexpected argument '" + unknown.front() + "'; " +
                     (needs.empty() ? "see " + app.get_name() + " --help"
                                    : "did you mean " + with_dashes(needs.back().first) + " " + unknown.front() + "?"));
  const std::string word = dashed->substr(0, dashed->find('='));
  const std::vector<std::string> names = option_names();
  const std::string_view nearest = nearest_word(word, {names.begin(), names.end()});
  throw UsageError(
      "unknown option " + word + "; " +
      (nearest.empty() ? "see " + app.get_name() + " --help" : "did you mean " + std::string(nearest) + "?"));
}

}  // namespace treadle::tool
