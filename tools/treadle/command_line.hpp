// The options of one command: declared by name with a function that reads the value, parsed by CLI11, which is seen in
// command_line.cpp alone.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "job_file.hpp"
#include "rules.hpp"

namespace treadle::tool {

/// What --help says is taken when an option is not given: a value that could be given, or words for what none says.
class Default {
 public:
  Default() = default;
  template <std::convertible_to<std::string_view> Text>
  Default(const Text& value) : text_(std::string_view(value)), is_value_(!text_.empty()) {}
  static Default words(std::string_view text) {
    Default words(text);
    words.is_value_ = false;
    return words;
  }

  const std::string& text() const noexcept { return text_; }
  bool is_value() const noexcept { return is_value_; }

 private:
  std::string text_;
  bool is_value_ = false;
};

/// Takes what a rule reads into `target`, which has room for all that the rule lets through.
template <class Target>
auto into(Target& target) {
  return [&target]<class T>(T value) {
    if constexpr (std::is_arithmetic_v<Target>)
      target = static_cast<Target>(value);
    else
      target = std::move(value);
  };
}
template <class Target>
auto into(std::optional<Target>& target) {
  return [&target]<class T>(T value) { target = static_cast<Target>(std::move(value)); };
}

/// Declares and parses a command's options. Every value goes through a rule of rules.hpp, whose complaints get the
/// option's name put in front.
class CommandLine {
 public:
  /// `example` is shown at the end of --help: three lines.
  CommandLine(std::string_view command, std::string_view summary, std::string_view example);
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  /// `--name VALUE`, the last one counts; a name of "n,name" is `-n VALUE` too. What `rule` reads goes to `take`.
  /// `otherwise` is what --help says is taken if it is not given.
  template <class T, std::invocable<T> Take>
  CommandLine& option(std::string_view name, std::string_view value, std::string_view help, Rule<T> rule, Take take,
                      const Default& otherwise = {}) {
    const auto read = [read = std::move(rule.read), take = std::move(take)](const std::string& text) {
      take(read(text));
    };
    return add(name, value, help, read, std::move(rule.schema), otherwise);
  }
  /// A path or another text, which must not be empty. Its present contents are the shown default.
  CommandLine& text(std::string_view name, std::string_view value, std::string_view help, std::string& target);
  /// A path, likewise, which a kept job has in full; but not where it is one of `words`, which are no paths.
  CommandLine& path(std::string_view name, std::string_view value, std::string_view help, std::string& target,
                    std::vector<std::string_view> words = {});
  /// A whole number in least ... most. Its present value is the shown default.
  template <std::unsigned_integral Number>
  CommandLine& whole(std::string_view name, std::string_view help, Number& target, std::uint64_t least,
                     std::uint64_t most = std::numeric_limits<Number>::max()) {
    return option(name, "N", help, rules::whole(least, most), into(target), std::to_string(target));
  }
  /// `--name`, no value.
  CommandLine& flag(std::string_view name, std::string_view help, bool& target);
  /// An optional argument without a name.
  CommandLine& argument(std::string_view name, std::string_view help, std::string& target);

  /// The job file of arguments that name none; "" if there is none.
  using JobFinder = std::function<std::string(std::span<const char* const>)>;

  /// `--job FILE`, whose options come before those of the command line, which thus override them, and `--job-schema`,
  /// which prints what a job file may hold as a JSON schema. Without --job `find` is asked for a file.
  CommandLine& job(JobFinder find);
  /// The same for job files that are another command's: what only that one has, `others`, is passed over, and so are
  /// `namesakes`, options of both that do not mean the same. `translate` may change what the file says before that.
  CommandLine& job(std::vector<std::string> others, std::function<void(JobEntries&)> translate,
                   std::vector<std::string> namesakes = {});

  /// Says that the option `name` goes with the value of the option `whole`: where that is given another one than the
  /// job file has (or than the default, which the job goes by then), the job's value of `name` is passed over.
  CommandLine& part_of(std::string_view whole, std::string_view name);

  /// Makes parse() insist on the option `name`; `what` says what it is for.
  CommandLine& need(std::string_view name, std::string_view what);

  /// Whether the option was on the command line. Only after parse().
  bool given(std::string_view name) const;
  /// Refuses the option `name` when it was given: "--name <why>".
  void refuse(std::string_view name, std::string_view why) const;

  /// Says what the option `name` has where it was not given and its default depends on others; none: as if null.
  void settle(std::string_view name, std::optional<std::string> value);

  /// Every option and flag but help and job's own, with what it was given or has by default. Only after parse().
  std::vector<EffectiveOption> effective() const;

  /// Reads `arguments` (without the program's and the command's name). False: --help or --job-schema was asked for and
  /// printed.
  bool parse(std::span<const char* const> arguments);

 private:
  using Reader = std::function<void(const std::string&)>;
  CommandLine& add(std::string_view name, std::string_view value, std::string_view help, Reader read,
                   std::string schema, const Default& otherwise);

  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace treadle::tool
