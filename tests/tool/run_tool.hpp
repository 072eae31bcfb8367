// Runs the tool as a shell would and keeps what it said.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace treadle::test {

struct Outcome {
  int status = -1;  ///< exit status, or 128 + the signal that ended it
  std::string out, err;
};

struct RunOptions {
  std::vector<std::string> environment;  ///< "NAME=value", added to this process's own
  std::string folder;                    ///< to run in; empty: this process's own
  std::string out_path;                  ///< where standard output goes instead of to Outcome::out
  std::function<void(int)> meanwhile{};  ///< called with the process's id once it runs
};

/// `arguments` without the program's name.
Outcome run_tool(const std::vector<std::string>& arguments, const RunOptions& options = {});

/// The arguments of treadle train for `data`, with its model written to `out`, and `more`.
std::vector<std::string> train(const std::string& data, const std::string& out, std::vector<std::string> more = {});

/// Runs the tool on a pseudo terminal of `columns` columns; all that it wrote to the terminal is in Outcome::out.
Outcome run_tool_on_terminal(const std::vector<std::string>& arguments, unsigned short columns,
                             const std::vector<std::string>& environment = {});

/// Runs the tool with standard output into a pipe whose reader has gone away.
Outcome run_tool_into_closed_pipe(const std::vector<std::string>& arguments);

bool exists(const std::string& path);
std::string read_whole_file(const std::string& path);
void write_whole_file(const std::string& path, const std::string& contents);

/// Without its line ends; one for each line.
std::vector<std::string> lines(const std::string& text);

}  // namespace treadle::test
