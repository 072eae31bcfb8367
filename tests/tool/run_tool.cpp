#include "run_tool.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

namespace treadle::test {
namespace {

/// In the child: becomes the tool, or ends with a status that no test expects.
[[noreturn]] void become_tool(const std::vector<std::string>& arguments, const RunOptions& options) {
  std::vector<char*> argv = {const_cast<char*>("treadle")};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  for (const std::string& variable : options.environment) putenv(const_cast<char*>(variable.c_str()));
  std::signal(SIGPIPE, SIG_DFL);
  if (options.folder.empty() || chdir(options.folder.c_str()) == 0) execv(TREADLE_TOOL, argv.data());
  _exit(127);
}

void redirect(int descriptor, const std::string& path) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (file < 0 || dup2(file, descriptor) < 0) _exit(126);
  close(file);
}

int wait_for(pid_t child) {
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// A name for a file that lives as long as this object.
class TemporaryFile {
 public:
  TemporaryFile() {
    const int file = mkstemp(path_);
    REQUIRE(file >= 0);
    close(file);
  }
  ~TemporaryFile() { unlink(path_); }
  std::string path() const { return path_; }

 private:
  char path_[32] = "/tmp/treadle-test-XXXXXX";
};

}  // namespace

Outcome run_tool(const std::vector<std::string>& arguments, const RunOptions& options) {
  const TemporaryFile out, err;
  const std::string out_path = options.out_path.empty() ? out.path() : options.out_path;
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    redirect(STDOUT_FILENO, out_path);
    redirect(STDERR_FILENO, err.path());
    become_tool(arguments, options);
  }
  if (options.meanwhile) options.meanwhile(child);
  Outcome outcome;
  outcome.status = wait_for(child);
  outcome.out = read_whole_file(out.path());
  outcome.err = read_whole_file(err.path());
  return outcome;
}

std::vector<std::string> train(const std::string& data, const std::string& out, std::vector<std::string> more) {
  more.insert(more.begin(), {"train", "--data", data, "--out", out});
  return more;
}

Outcome run_tool_on_terminal(const std::vector<std::string>& arguments, unsigned short columns,
                             const std::vector<std::string>& environment) {
  winsize size{};
  size.ws_row = 24;
  size.ws_col = columns;
  int terminal = -1;
  const pid_t child = forkpty(&terminal, nullptr, nullptr, &size);
  REQUIRE(child >= 0);
  if (child == 0) become_tool(arguments, {.environment = environment, .folder = {}, .out_path = {}, .meanwhile = {}});
  Outcome outcome;
  char part[4096];
  // Linux ends a pseudo terminal's output with EIO once the program is gone.
  for (ssize_t count; (count = read(terminal, part, sizeof part)) > 0;)
    outcome.out.append(part, static_cast<std::size_t>(count));
  close(terminal);
  outcome.status = wait_for(child);
  return outcome;
}

Outcome run_tool_into_closed_pipe(const std::vector<std::string>& arguments) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const TemporaryFile err;
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    close(ends[0]);
    dup2(ends[1], STDOUT_FILENO);
    close(ends[1]);
    redirect(STDERR_FILENO, err.path());
    become_tool(arguments, {});
  }
  close(ends[0]);
  close(ends[1]);
  Outcome outcome;
  outcome.status = wait_for(child);
  outcome.err = read_whole_file(err.path());
  return outcome;
}

bool exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

std::string read_whole_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_whole_file(const std::string& path, const std::string& contents) {
  std::ofstream file(path, std::ios::binary);
  file << contents;
  REQUIRE(file.good());
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> all;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) all.push_back(line);
  return all;
}

}  // namespace treadle::test
