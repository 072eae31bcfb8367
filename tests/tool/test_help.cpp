#include <treadle/version.hpp>

#include <doctest/doctest.h>

#include "fixture.hpp"
#include "run_tool.hpp"

namespace treadle::test {
namespace {

TEST_CASE("treadle alone prints its help to stderr and is wrong use") {
  const Outcome outcome = run_tool({});
  CHECK(outcome.status == 2);
  CHECK(outcome.out.empty());
  CHECK(outcome.err.find("Commands:") != std::string::npos);
}

TEST_CASE("the version") {
  const Outcome outcome = run_tool({"--version"});
  CHECK(outcome.status == 0);
  CHECK(outcome.out == "treadle " TREADLE_VERSION "\n");
  CHECK(outcome.err.empty());
}

TEST_CASE("every help ends in an example of three lines, each a call of the tool") {
  for (const std::string command :
       {"", "train", "evaluate", "predict", "report", "find-rate", "sweep", "plan", "export", "info"}) {
    CAPTURE(command);
    for (const char* option : {"--help", "-h"}) {
      const Outcome outcome = command.empty() ? run_tool({option}) : run_tool({command, option});
      CHECK(outcome.status == 0);
      CHECK(outcome.err.empty());
      const std::vector<std::string> text = lines(outcome.out);
      REQUIRE(text.size() > 4);
      CHECK(text[text.size() - 4] == "Example:");
      for (std::size_t i = text.size() - 3; i < text.size(); ++i) {
        CHECK(text[i].find("treadle " + command) != std::string::npos);
        CHECK(text[i].size() <= 100);
      }
    }
  }
}

TEST_CASE("the help of train names every default") {
  const std::string help = run_tool({"train", "--help"}).out;
  for (const char* option :
       {"--data",    "--model",        "--batch-size",    "--micro-batch", "--memory",       "--epochs", "--seed",
        "--threads", "--optimizer",    "--learning-rate", "--momentum",    "--weight-decay", "--limit",  "--out",
        "--log",     "--label-column", "--validation",    "--no-shuffle",  "--quiet",        "--json"})
    CHECK_MESSAGE(help.find(option) != std::string::npos, option);
  for (const char* shown :
       {"(default: mlp)", "(default: adamw)", "(default: 128)", "(default: 10)", "(default: model.safetensors)"})
    CHECK_MESSAGE(help.find(shown) != std::string::npos, shown);
}

TEST_CASE("a reader that has gone away is no failure and no crash") {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--help"}, {"train", "--help"}, {"info", "--json"}, {"plan"}}) {
    const Outcome outcome = run_tool_into_closed_pipe(arguments);
    CHECK(outcome.status == 0);
    CHECK(outcome.err.empty());
  }
}

TEST_CASE("a full disk behind standard output is a failure") {
  const Outcome outcome = run_tool({"plan"}, {.environment = {}, .folder = {}, .out_path = "/dev/full"});
  CHECK(outcome.status == 1);
  CHECK(outcome.err == "treadle plan: standard output: No space left on device\n");
}

}  // namespace
}  // namespace treadle::test
