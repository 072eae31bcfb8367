#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

#include "fixture.hpp"
#include "run_tool.hpp"

namespace treadle::test {
namespace {

std::vector<std::string> arguments(const std::string& name) {
  return {"train", "--data", idx_folder(), "--epochs", "2", "--batch-size", "4", "--out", folder() + "/" + name};
}

/// False in a root file system without /dev/pts.
bool have_terminals() {
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
  const bool have = terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0 &&
                    ptsname(terminal) != nullptr && access(ptsname(terminal), R_OK | W_OK) == 0;
  if (terminal >= 0) close(terminal);
  if (!have) MESSAGE("skipped: no pseudo terminal can be opened here");
  return have;
}

TEST_CASE("on a terminal a bar redraws itself and each epoch leaves one line") {
  if (!have_terminals()) return;
  const Outcome outcome = run_tool_on_terminal(arguments("bar.safetensors"), 100, {"TERM=xterm"});
  REQUIRE_MESSAGE(outcome.status == 0, outcome.out);
  CHECK(outcome.out.find("\repoch 1/2  [") != std::string::npos);
  CHECK(outcome.out.find(" left") != std::string::npos);
  CHECK(outcome.out.find("\r\x1b[Kepoch 1/2  loss ") != std::string::npos);
  CHECK(outcome.out.find("epoch 2/2  loss ") != std::string::npos);
  CHECK(outcome.out.find("model written to ") != std::string::npos);
}

TEST_CASE("the bar keeps within a narrow terminal") {
  if (!have_terminals()) return;
  const Outcome outcome = run_tool_on_terminal(arguments("narrow.safetensors"), 30, {"TERM=xterm"});
  REQUIRE_MESSAGE(outcome.status == 0, outcome.out);
  std::size_t bars = 0;
  for (std::size_t begin = 0; (begin = outcome.out.find("\repoch", begin)) != std::string::npos; ++bars) {
    const std::size_t end = outcome.out.find('\x1b', ++begin);
    REQUIRE(end != std::string::npos);
    CHECK(end - begin < 30);
  }
  CHECK(bars >= 1);
}

TEST_CASE("the pass of --normalize has a bar of its own") {
  if (!have_terminals()) return;
  std::vector<std::string> normalized = arguments("normalized.safetensors");
  normalized.insert(normalized.end(), {"--normalize", "standard"});
  const Outcome outcome = run_tool_on_terminal(normalized, 100, {"TERM=xterm"});
  REQUIRE_MESSAGE(outcome.status == 0, outcome.out);
  CHECK(outcome.out.find("\rnormalisation  [") != std::string::npos);
  normalized.push_back("--quiet");
  CHECK(run_tool_on_terminal(normalized, 100, {"TERM=xterm"}).out.find("normalisation") == std::string::npos);
}

TEST_CASE("the table of a sweep keeps within the terminal, each part of it with the batch sizes") {
  if (!have_terminals()) return;
  const std::vector<std::string> sweep = {
      "sweep", "--data",   idx_folder(), "--batch-sizes", "4,8", "--out", folder() + "/shown-sweep", "--epochs",
      "1",     "--budget", "1s",         "--quiet"};
  const Outcome outcome = run_tool_on_terminal(sweep, 50, {"TERM=xterm"});
  REQUIRE_MESSAGE(outcome.status == 0, outcome.out);
  std::size_t parts = 0;
  for (const std::string& line : lines(outcome.out.substr(0, outcome.out.find("recommended")))) {
    CHECK(line.size() <= 51);  // with the terminal's carriage return
    parts += line.starts_with("batch ");
  }
  CHECK(parts >= 2);
}

TEST_CASE("a terminal that cannot move its cursor gets plain lines, and --quiet nothing") {
  if (!have_terminals()) return;
  const Outcome dumb = run_tool_on_terminal(arguments("dumb.safetensors"), 80, {"TERM=dumb"});
  CHECK(dumb.status == 0);
  CHECK(dumb.out.find('\x1b') == std::string::npos);
  CHECK(dumb.out.find("epoch 2/2  loss ") != std::string::npos);
  std::vector<std::string> quiet = arguments("still.safetensors");
  quiet.push_back("--quiet");
  const Outcome still = run_tool_on_terminal(quiet, 80, {"TERM=xterm"});
  CHECK(still.status == 0);
  CHECK(still.out.empty());
}

}  // namespace
}  // namespace treadle::test
