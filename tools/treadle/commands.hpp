// The commands of the tool, one file each.
#pragma once

#include <functional>
#include <string_view>

#include "command_line.hpp"

namespace treadle::tool {

/// What a command's file offers.
struct Command {
  std::string_view name;
  std::string_view summary;  ///< one line for --help
  std::string_view example;  ///< three lines for the end of its --help
  /// Declares the command's options and gives what is to be run once they are parsed.
  std::function<void()> (*prepare)(CommandLine& line);
};

extern const Command train_command;
extern const Command evaluate_command;
extern const Command predict_command;
extern const Command plan_command;
extern const Command report_command;
extern const Command find_rate_command;
extern const Command sweep_command;
extern const Command export_command;
extern const Command info_command;

}  // namespace treadle::tool
