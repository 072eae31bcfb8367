// Two processes that are given one folder.
#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "fixture.hpp"
#include "run_tool.hpp"

namespace treadle::test {
namespace {

/// Runs `first` until `file` is there and `meanwhile` is done, then kills it.
void while_running(const std::vector<std::string>& first, const std::string& file,
                   const std::function<void(int process)>& meanwhile) {
  const Outcome outcome =
      run_tool(first, {.environment = {}, .folder = {}, .out_path = {}, .meanwhile = [&](int process) {
                         for (int i = 0; i < 20'000 && !exists(file); ++i)
                           std::this_thread::sleep_for(std::chrono::milliseconds(1));
                         meanwhile(process);
                         ::kill(process, SIGKILL);
                       }});
  CHECK(outcome.status == 128 + SIGKILL);
}

void check_refused(std::vector<std::string> arguments, const std::string& path, int by) {
  const Outcome outcome = run_tool(arguments);
  CHECK(outcome.status == 1);
  CHECK(lines(outcome.err).size() == 1);
  CHECK_MESSAGE(outcome.err.find("cannot write into " + path + ": another run is at it") != std::string::npos,
                outcome.err);
  if (exists("/proc/locks")) CHECK(outcome.err.find(", process " + std::to_string(by) + ";") != std::string::npos);
}

TEST_CASE("while a process trains in a folder others only read there; once it is killed they may train") {
  const std::string path = folder() + "/locked/run";
  const auto run = [&](std::vector<std::string> more) {
    std::vector<std::string> all = {"train", "--data", idx_folder(), "--run", path, "--quiet"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  while_running(run({"--epochs", "1000000", "--checkpoint-every", "never"}), path + "/log.jsonl", [&](int process) {
    check_refused(run({"--epochs", "1", "--checkpoint-every", "never"}), path, process);
    check_refused({"train", "--resume", "--run", path}, path, process);
    check_refused(run({"--resume", "--checkpoints", folder() + "/locked/checkpoints"}), path, process);
    const Outcome report = run_tool({"report", path});
    CHECK_MESSAGE(report.status == 0, report.err);
  });
  const Outcome next = run_tool(run({"--epochs", "1", "--resume", "--checkpoint-every", "1min"}));
  CHECK_MESSAGE(next.status == 0, next.err);
}

TEST_CASE("a folder takes one sweep at a time") {
  const std::string path = folder() + "/locked/sweep";
  const std::vector<std::string> sweep = {"sweep", "--data",   idx_folder(), "--batch-sizes", "4,8", "--out",
                                          path,    "--budget", "1h",         "--quiet"};
  while_running(sweep, path + "/sweep.jsonl", [&](int process) { check_refused(sweep, path, process); });
}

TEST_CASE("a run's checkpoints lie beside it, not among its files") {
  const std::string path = folder() + "/locked/both";
  const Outcome outcome =
      run_tool({"train", "--data", idx_folder(), "--run", path, "--checkpoints", path + "/../both", "--epochs", "1"});
  CHECK(outcome.status == 2);
  CHECK(outcome.err.find("--checkpoints names the folder of the run; without it they are in " + path +
                         "/checkpoints") != std::string::npos);
}

}  // namespace
}  // namespace treadle::test
