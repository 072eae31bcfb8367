// Runs that are interrupted and resumed, as a user does it.
#include <doctest/doctest.h>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "fixture.hpp"
#include "run_tool.hpp"

namespace treadle::test {
namespace {

namespace fs = std::filesystem;

/// A run into a folder of its own below folder().
struct Run {
  explicit Run(const std::string& name, std::vector<std::string> how = {"--epochs", "4"})
      : place(folder() + "/" + name), options(std::move(how)) {
    fs::create_directory(place);
  }
  std::vector<std::string> arguments(std::vector<std::string> more) const {
    std::vector<std::string> all = {"train", "--data", idx_folder(), "--batch-size", "7", "--out", out(), "--quiet"};
    all.insert(all.end(), options.begin(), options.end());
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  std::string out() const { return place + "/model"; }
  std::string checkpoints() const { return place + "/checkpoints"; }
  Outcome go(std::vector<std::string> more) const { return run_tool(arguments(std::move(more))); }
  Outcome go_with_checkpoints(std::vector<std::string> more = {}) const {
    more.insert(more.end(), {"--checkpoints", checkpoints(), "--checkpoint-every", "2", "--resume"});
    return go(std::move(more));
  }

  std::string place;
  std::vector<std::string> options;
};

/// Sends the signal as soon as the first checkpoint is there.
Outcome interrupted(const Run& run, int number) {
  const auto interrupt = [&](int process) {
    for (int i = 0; i < 20'000 && !fs::exists(run.checkpoints() + "/checkpoint-0.safetensors"); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    ::kill(process, number);
  };
  return run_tool(run.arguments({"--checkpoints", run.checkpoints(), "--checkpoint-every", "2"}),
                  {.environment = {}, .folder = {}, .out_path = {}, .meanwhile = interrupt});
}

TEST_CASE("a signal ends a run after its iteration, with a checkpoint; the same command with --resume goes on") {
  const std::vector<std::string> options = {"--epochs", "3000"};
  for (const int number : {SIGINT, SIGTERM}) {
    CAPTURE(number);
    const Run run("signal-" + std::to_string(number), options);
    const Outcome outcome = interrupted(run, number);
    CHECK(outcome.status == 128 + number);
    CHECK(lines(outcome.err).size() == 1);
    CHECK(outcome.err.find("treadle train: stopped after iteration ") == 0);
    CHECK(outcome.err.find("to go on, give the same command with --resume\n") != std::string::npos);
    CHECK(!fs::exists(run.out()));
    // Without --resume nothing is destroyed.
    const Outcome again = run.go({"--checkpoints", run.checkpoints()});
    CHECK(again.status == 1);
    CHECK(again.err.find("has checkpoints of an earlier run: resume it, or choose another folder") !=
          std::string::npos);
  }
}

TEST_CASE("an interrupted run ends in the file of one that was not, on another instruction set and thread count too") {
  const std::vector<std::string> options = {"--epochs", "12"};
  const Run whole("whole", options), pieces("pieces", options);
  REQUIRE(whole.go({}).status == 0);
  const Outcome outcome = interrupted(pieces, SIGINT);
  // A fast machine may have finished before the signal came.
  REQUIRE((outcome.status == 128 + SIGINT || outcome.status == 0));
  const Outcome resumed = run_tool(
      pieces.arguments({"--checkpoints", pieces.checkpoints(), "--resume", "--threads", "2", "--micro-batch", "3"}),
      {.environment = {"TREADLE_ISA=scalar"}, .folder = {}, .out_path = {}, .meanwhile = {}});
  REQUIRE_MESSAGE(resumed.status == 0, resumed.err);
  CHECK((read_whole_file(pieces.out()) == read_whole_file(whole.out())));
}

TEST_CASE("a resumed run says where it goes on, and its log has all epochs") {
  const Run run("log");
  const std::string log = run.place + "/log";
  REQUIRE(run.go_with_checkpoints({"--log", log}).status == 0);
  CHECK(lines(read_whole_file(log)).size() == 4);
  std::vector<std::string> arguments = run.arguments({"--checkpoints", run.checkpoints(), "--resume", "--log", log});
  arguments.erase(std::find(arguments.begin(), arguments.end(), "--quiet"));
  const Outcome outcome = run_tool(arguments);
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  CHECK(outcome.err.find("resumed from " + run.checkpoints() + "/checkpoint-") == 0);
  const std::vector<std::string> epochs = lines(read_whole_file(log));
  REQUIRE(epochs.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) CHECK(epochs[i].find("{\"epoch\":" + std::to_string(i + 1)) == 0);
}

TEST_CASE("a torn newest checkpoint is told, and the older one is used") {
  const std::vector<std::string> options = {"--epochs", "400"};
  const Run whole("torn-whole", options), run("torn", options);
  REQUIRE(whole.go({}).status == 0);
  REQUIRE(interrupted(run, SIGTERM).status == 128 + SIGTERM);  // one checkpoint before the signal, one after it
  const std::string first = run.checkpoints() + "/checkpoint-0.safetensors";
  const std::string second = run.checkpoints() + "/checkpoint-1.safetensors";
  REQUIRE(fs::exists(second));
  const bool first_is_newer = fs::last_write_time(first) > fs::last_write_time(second);
  const std::string newest = first_is_newer ? first : second, older = first_is_newer ? second : first;
  fs::resize_file(newest, fs::file_size(newest) / 2);
  const Outcome outcome = run.go_with_checkpoints();
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  CHECK(outcome.err.find("warning: " + newest + ": ") == 0);
  CHECK(outcome.err.find("going on from the other checkpoint, " + older) != std::string::npos);
  CHECK((read_whole_file(run.out()) == read_whole_file(whole.out())));
  for (const std::string& path : {first, second}) fs::resize_file(path, 100);
  const Outcome none = run.go_with_checkpoints();
  CHECK(none.status == 1);
  CHECK(lines(none.err).size() == 1);
}

TEST_CASE("a run with other options, data or model is refused in one line") {
  const Run run("mismatch");
  REQUIRE(run.go_with_checkpoints().status == 0);
  const auto refused = [&](std::vector<std::string> more, const std::string& expected) {
    const Outcome outcome = run.go_with_checkpoints(std::move(more));
    CHECK(outcome.status == 1);
    CHECK(lines(outcome.err).size() == 1);
    CHECK_MESSAGE(outcome.err.find(expected) != std::string::npos, outcome.err);
  };
  refused({"--batch-size", "8"}, "the checkpoint is of another run: batch size: expected \"8\", it has \"7\"");
  refused({"--epochs", "5"}, "epochs: expected \"5\", it has \"4\"");
  refused({"--optimizer", "sgd"}, "optimizer: expected");
  refused({"--data", csv_file()}, "layers: expected");
  refused({"--limit", "140"}, "training data: expected");
}

TEST_CASE("files that may not grow stop no training; that no checkpoint can be written is told once") {
  const Run run("limit", {"--epochs", "4", "--batch-size", "5"});
  const Run reference("limit-reference", run.options);
  REQUIRE(reference.go({}).status == 0);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  // The model's file is smaller than a checkpoint, which has two moments more.
  const rlimit limit{fs::file_size(reference.out()) + 20000, before.rlim_max};
  auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
  ::setrlimit(RLIMIT_FSIZE, &limit);
  const Outcome outcome = run.go_with_checkpoints();
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  CHECK(outcome.status == 0);
  CHECK(lines(outcome.err).size() == 1);
  CHECK(outcome.err.find("warning: no checkpoint after iteration ") == 0);
  CHECK(outcome.err.find("training goes on: cannot write ") != std::string::npos);
  CHECK((read_whole_file(run.out()) == read_whole_file(reference.out())));
}

}  // namespace
}  // namespace treadle::test
