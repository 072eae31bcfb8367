// The command-line tool: finds the command, runs it, and turns what went wrong into one line and an exit status.
#include <treadle/result.hpp>
#include <treadle/version.hpp>

#include <csignal>
#include <cstdio>
#include <new>
#include <span>
#include <string>
#include <vector>

#include "commands.hpp"
#include "errors.hpp"
#include "output.hpp"
#include "suggest.hpp"

namespace treadle::tool {
namespace {

enum Status : int { success = 0, failed = 1, wrong_use = 2 };

constexpr const Command* commands[] = {&train_command,  &evaluate_command,  &predict_command,
                                       &report_command, &find_rate_command, &sweep_command,
                                       &plan_command,   &export_command,    &info_command};

constexpr std::string_view example =
    "  treadle train --data /usr/share/datasets/fashion-mnist --out model.safetensors\n"
    "  treadle evaluate --model model.safetensors --data /usr/share/datasets/fashion-mnist\n"
    "  treadle plan --model mlp --batch-size 128 --memory 4MiB\n";

std::string help() {
  std::string text = "Trains neural networks on the machine that will use them\nUsage: treadle COMMAND [OPTIONS]\n\n";
  text += "Commands:\n";
  for (const Command* command : commands) {
    std::string name(command->name);
    name.resize(12, ' ');
    text += "  " + name + std::string(command->summary) + "\n";
  }
  text += "\nOptions:\n  -h, --help  Print this help; treadle COMMAND --help: the options of a command\n";
  text += "  --version   Print the version\n\nExample:\n";
  return text + std::string(example);
}

const Command& find_command(std::string_view word) {
  std::vector<std::string_view> words = {"--help", "--version"};
  for (const Command* command : commands) {
    if (command->name == word) return *command;
    words.push_back(command->name);
  }
  const std::string_view nearest = nearest_word(word, words);
  const std::string kind = word.starts_with('-') ? "option " : "command ";
  throw UsageError("unknown " + kind + std::string(word) + "; " +
                   (nearest.empty() ? "see treadle --help" : "did you mean " + std::string(nearest) + "?"));
}

Status run(const Command& command, std::span<const char* const> arguments) {
  CommandLine line(command.name, command.summary, command.example);
  const std::function<void()> work = command.prepare(line);
  if (line.parse(arguments)) work();
  finish_out();
  return success;
}

/// Exactly one line of readable length, whatever a file name or a file's contents smuggle into the message.
Status complain(std::string_view who, std::string_view what, Status status) {
  constexpr std::size_t longest = 500;
  std::string line = std::string(who) + ": " + std::string(what);
  if (line.size() > longest) line.replace(longest - 3, std::string::npos, "...");
  for (char& c : line)
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = '?';
  line += '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
  return status;
}

Status dispatch(std::span<const char* const> arguments) {
  std::string who = "treadle";
  try {
    if (arguments.empty()) {
      const std::string text = help();
      std::fwrite(text.data(), 1, text.size(), stderr);
      return wrong_use;
    }
    const std::string_view word = arguments[0];
    if (word == "--help" || word == "-h" || word == "--version") {
      write_out(word == "--version" ? "treadle " TREADLE_VERSION "\n" : help());
      finish_out();
      return success;
    }
    const Command& command = find_command(word);
    who += " " + std::string(command.name);
    return run(command, arguments.subspan(1));
  } catch (const UsageError& error) {
    return complain(who, error.what(), wrong_use);
  } catch (const BadResult& error) {
    return complain(who, error.error().text(), failed);
  } catch (const Interrupted& error) {
    return complain(who, error.what(), static_cast<Status>(128 + error.signal));
  } catch (const std::bad_alloc&) {
    return complain(who, "out of memory", failed);
  } catch (const std::exception& error) {
    return complain(who, error.what(), failed);
  }
}

}  // namespace
}  // namespace treadle::tool

int main(int argc, char** argv) {
  // A reader that goes away must not cost the model that is being trained.
  std::signal(SIGPIPE, SIG_IGN);
  const std::span<const char* const> arguments(argv, static_cast<std::size_t>(argc));
  return treadle::tool::dispatch(arguments.subspan(argc > 0 ? 1 : 0));
}
