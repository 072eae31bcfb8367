// Runs that are interrupted and resumed, as a user does it.
#include <doctest/doctest.h>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <map>
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

/// As interrupted(), for a run whose checkpoints are in its folder.
Outcome interrupted_in_folder(const std::string& path, std::vector<std::string> more) {
  std::vector<std::string> arguments = {"train", "--data",  idx_folder(), "--batch-size",       "7", "--run",
                                        path,    "--quiet", "--epochs",   "--checkpoint-every", "2"};
  arguments.insert(arguments.begin() + 9, "300");
  arguments.insert(arguments.end(), more.begin(), more.end());
  const auto interrupt = [&](int process) {
    for (int i = 0; i < 20'000 && !fs::exists(path + "/checkpoints/checkpoint-0.safetensors"); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    ::kill(process, SIGINT);
  };
  return run_tool(arguments, {.environment = {}, .folder = {}, .out_path = {}, .meanwhile = interrupt});
}

TEST_CASE("a run in a folder writes checkpoints without being told to") {
  const std::string path = folder() + "/run-default";
  const auto interrupt = [&](int process) {
    for (int i = 0; i < 20'000 && !fs::exists(path + "/log.jsonl"); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    ::kill(process, SIGTERM);
  };
  const Outcome outcome =
      run_tool({"train", "--data", idx_folder(), "--batch-size", "1", "--epochs", "100000", "--run", path, "--quiet"},
               {.environment = {}, .folder = {}, .out_path = {}, .meanwhile = interrupt});
  REQUIRE_MESSAGE(outcome.status == 128 + SIGTERM, outcome.err);
  CHECK(outcome.err.find("; to go on, treadle train --resume --run " + path + "\n") != std::string::npos);
  CHECK(fs::exists(path + "/checkpoints/checkpoint-0.safetensors"));
  CHECK(fs::exists(path + "/report.html"));
}

TEST_CASE("a run's folder has its checkpoints, and is all that is needed to go on") {
  const std::string whole = folder() + "/run-whole", pieces = folder() + "/run-pieces";
  const std::vector<std::string> more = {"--schedule", "cosine", "--clip-norm", "2", "--patience", "400"};
  std::vector<std::string> uninterrupted = {"train", "--data", idx_folder(), "--batch-size", "7",
                                            "--run", whole,    "--quiet",    "--epochs",     "300"};
  uninterrupted.insert(uninterrupted.end(), more.begin(), more.end());
  REQUIRE(run_tool(uninterrupted).status == 0);
  const Outcome outcome = interrupted_in_folder(pieces, more);
  REQUIRE_MESSAGE(outcome.status == 128 + SIGINT, outcome.err);
  CHECK(outcome.err.find("; to go on, treadle train --resume --run " + pieces + "\n") != std::string::npos);
  CHECK(!fs::exists(pieces + "/model.safetensors"));
  CHECK(lines(read_whole_file(pieces + "/log.jsonl")).back() == "{\"ended\":\"request\"}");
  CHECK(read_whole_file(pieces + "/report.html").find("Interrupted before its end.") != std::string::npos);
  const std::string job = read_whole_file(pieces + "/job.json");

  const Outcome resumed = run_tool({"train", "--resume", "--run", pieces, "--threads", "2"});
  REQUIRE_MESSAGE(resumed.status == 0, resumed.err);
  CHECK((read_whole_file(pieces + "/model.safetensors") == read_whole_file(whole + "/model.safetensors")));
  CHECK(lines(read_whole_file(pieces + "/log.jsonl")).size() >= 300);
  CHECK(lines(read_whole_file(pieces + "/log.jsonl")).back() == "{\"ended\":\"epochs\"}");
  CHECK(fs::exists(pieces + "/result.json"));
  CHECK(run_tool({"report", pieces}).status == 0);
  // The job is what it was, but for what the last command changed.
  CHECK(job.find("\"resume\":false") != std::string::npos);
  std::string expected = job;
  expected.replace(expected.find("\"threads\":1"), 11, "\"threads\":2");
  expected.erase(expected.find("\"threads\",", expected.find("$defaults")), 10);  // it is given now
  CHECK(read_whole_file(pieces + "/job.json") == expected);

  // Again it ends in the same; without --resume nothing is destroyed, and another job is refused.
  REQUIRE(run_tool({"train", "--run=" + pieces, "--resume", "--quiet"}).status == 0);
  CHECK((read_whole_file(pieces + "/model.safetensors") == read_whole_file(whole + "/model.safetensors")));
  CHECK(run_tool({"train", "--data", idx_folder(), "--run", pieces}).status == 1);
  const Outcome other = run_tool({"train", "--resume", "--run", pieces, "--batch-size", "8"});
  CHECK(other.err.find("the checkpoint is of another run: batch size") != std::string::npos);
}

TEST_CASE("a run that has ended stays as it is, whatever comes after each boot") {
  const std::string path = folder() + "/run-ended";
  const std::vector<std::string> job = {"train", "--data", idx_folder(), "--epochs", "2", "--run", path, "--resume"};
  REQUIRE(run_tool(job).status == 0);
  const std::string model = read_whole_file(path + "/model.safetensors"), log = read_whole_file(path + "/log.jsonl");
  const std::string result = read_whole_file(path + "/result.json");
  const auto again = [&](std::vector<std::string> more) {
    more.insert(more.begin(), job.begin(), job.end());
    return run_tool(more);
  };
  const Outcome told = again({});
  CHECK(told.status == 0);
  CHECK(told.out.find("the run in " + path + " is finished: validation accuracy ") == 0);
  CHECK(told.out.find("\nmodel is in " + path + "/model.safetensors\n") != std::string::npos);
  CHECK(told.err.empty());
  CHECK(again({"--threads", "2", "--json"}).out == result);
  CHECK(again({"--quiet"}).out.empty());
  CHECK(run_tool({"train", "--resume", "--run", path}).status == 0);
  // A training of its own would lose it: there is no checkpoint to go on from.
  const Outcome other = again({"--learning-rate", "0.5"});
  CHECK(other.status == 1);
  CHECK(other.err.find("holds a finished run without checkpoints") != std::string::npos);
  CHECK((read_whole_file(path + "/model.safetensors") == model));
  CHECK(read_whole_file(path + "/log.jsonl") == log);
  // Without its model it is made again.
  fs::remove(path + "/model.safetensors");
  fs::remove(path + "/result.json");
  CHECK(again({}).out.find("epoch") != std::string::npos);
  CHECK((read_whole_file(path + "/model.safetensors") == model));
}

/// The files in a run's folder and what is in them.
std::map<std::string, std::string> contents(const std::string& path) {
  std::map<std::string, std::string> all;
  for (const fs::directory_entry& entry : fs::directory_iterator(path))
    if (entry.is_regular_file()) all[entry.path().filename()] = read_whole_file(entry.path());
  return all;
}

TEST_CASE("a run that is refused leaves its folder as it is") {
  const std::string path = folder() + "/run-refused";
  REQUIRE(
      run_tool({"train", "--data", idx_folder(), "--epochs", "2", "--run", path, "--quiet", "--checkpoint-every", "3"})
          .status == 0);
  const std::map<std::string, std::string> before = contents(path);
  CHECK(before.size() == 6);
  const Outcome refused = run_tool({"train", "--resume", "--run", path, "--epochs", "3"});
  CHECK(refused.status == 1);
  CHECK(refused.err.find("the checkpoint is of another run: epochs") != std::string::npos);
  CHECK(refused.err.find("the run in " + path + " is finished, --model " + path + " with another --run trains") !=
        std::string::npos);
  CHECK((contents(path) == before));
  CHECK(run_tool({"train", "--resume", "--run", path}).status == 0);
  CHECK((contents(path) == before));
  // One that has never begun is none, and is not in the way of the next.
  const std::string never = folder() + "/run-never", other = path + "/checkpoints";
  REQUIRE(run_tool({"train", "--data", idx_folder(), "--run", never, "--checkpoints", other}).status == 1);
  CHECK(contents(never).empty());
  CHECK(run_tool({"train", "--data", idx_folder(), "--epochs", "1", "--run", never, "--quiet"}).status == 0);
}

TEST_CASE("a run without checkpoints is not resumed when it has ended, and begins when it has not") {
  const std::string path = folder() + "/run-plain";
  REQUIRE(run_tool({"train", "--data", idx_folder(), "--epochs", "2", "--run", path, "--quiet", "--checkpoint-every",
                    "never"})
              .status == 0);
  CHECK(!fs::exists(path + "/checkpoints"));
  const std::string model = read_whole_file(path + "/model.safetensors");
  const Outcome ended = run_tool({"train", "--resume", "--run", path, "--epochs", "3"});
  CHECK(ended.status == 1);
  CHECK(ended.err.find("holds a finished run without checkpoints") != std::string::npos);
  fs::remove(path + "/result.json");
  fs::remove(path + "/model.safetensors");
  const Outcome never = run_tool({"train", "--resume", "--run", path});
  CHECK(never.status == 2);
  CHECK(never.err.find("--resume does not go with --checkpoint-every never") != std::string::npos);
  const Outcome begun = run_tool({"train", "--resume", "--run", path, "--checkpoint-every", "1min"});
  REQUIRE_MESSAGE(begun.status == 0, begun.err);
  CHECK((read_whole_file(path + "/model.safetensors") == model));
  CHECK(fs::exists(path + "/checkpoints"));
  // The first of all commands may be the one that is given after each boot too.
  const std::string boot = folder() + "/run-boot";
  for (int i = 0; i < 2; ++i)
    REQUIRE(run_tool({"train", "--data", idx_folder(), "--epochs", "2", "--run", boot, "--quiet", "--resume"}).status ==
            0);
  CHECK((read_whole_file(boot + "/model.safetensors") == model));
}

TEST_CASE("checkpoints stay where --checkpoints says, beside a run's folder too") {
  const std::string path = folder() + "/run-beside", other = folder() + "/beside-checkpoints";
  REQUIRE(run_tool({"train", "--data", idx_folder(), "--epochs", "2", "--run", path, "--checkpoints", other, "--quiet"})
              .status == 0);
  CHECK(fs::exists(other));
  CHECK(!fs::exists(path + "/checkpoints"));
  REQUIRE(run_tool({"train", "--run", path, "--resume", "--quiet"}).status == 0);
  CHECK(!fs::exists(path + "/checkpoints"));
  for (const std::vector<std::string>& wrong : {std::vector<std::string>{"--resume"}, {"--checkpoint-every", "2"}}) {
    std::vector<std::string> arguments = {"train", "--data", idx_folder()};
    arguments.insert(arguments.end(), wrong.begin(), wrong.end());
    CHECK(run_tool(arguments).err.find("goes with --checkpoints or --run") != std::string::npos);
  }
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

TEST_CASE("the log of more epochs than a checkpoint keeps stays whole across a resume") {
  const std::string place = folder() + "/long-log", data = place + "/x.csv", log = place + "/log";
  fs::create_directory(place);
  std::string rows;
  for (int i = 0; i < 12; ++i)
    rows += std::to_string(i % 3) + "," + std::to_string(i) + "," + std::to_string(i % 2) + "\n";
  write_whole_file(data, rows);
  const auto epochs = [&] {
    std::vector<std::string> all = lines(read_whole_file(log));
    for (std::string& line : all) line.resize(line.find("\"seconds\""));
    return all;
  };
  const std::vector<std::string> run = {"train",
                                        "--data",
                                        data,
                                        "--epochs",
                                        "4500",
                                        "--batch-size",
                                        "4",
                                        "--optimizer",
                                        "sgd",
                                        "--out",
                                        place + "/model",
                                        "--quiet",
                                        "--log",
                                        log,
                                        "--checkpoints",
                                        place + "/c",
                                        "--checkpoint-every",
                                        "1",
                                        "--resume"};
  REQUIRE(run_tool(run).status == 0);
  const std::vector<std::string> before = epochs();
  REQUIRE(before.size() == 4500);
  const Outcome resumed = run_tool(run);
  REQUIRE_MESSAGE(resumed.status == 0, resumed.err);
  CHECK((epochs() == before));
}

TEST_CASE("validations within epochs are in every log, across a resume too") {
  const std::vector<std::string> how = {"--epochs", "30", "--validation-every", "8"};
  const auto validations = [](const std::string& path) {
    std::vector<std::string> found;
    for (const std::string& line : lines(read_whole_file(path)))
      if (line.starts_with("{\"iteration\"") && line.find("validation_loss") != std::string::npos)
        found.push_back(line);
    return found;
  };
  const Run whole("validations-whole", how), pieces("validations-pieces", how);
  REQUIRE(whole.go({"--log", whole.place + "/log", "--run", whole.place + "/run"}).status == 0);
  const std::vector<std::string> expected = validations(whole.place + "/log");
  // 150 samples in batches of 7 are 22 iterations: after 8 and 16 of each epoch.
  REQUIRE(expected.size() == 60);
  CHECK(expected[1].starts_with("{\"iteration\":16,\"epoch\":1,"));
  CHECK(expected[59].starts_with("{\"iteration\":654,\"epoch\":30,"));
  CHECK(validations(whole.place + "/run/log.jsonl") == expected);
  const Outcome stopped = interrupted(pieces, SIGINT);
  REQUIRE((stopped.status == 128 + SIGINT || stopped.status == 0));
  const std::string log = pieces.place + "/log", run = pieces.place + "/run";
  REQUIRE(pieces.go_with_checkpoints({"--log", log, "--run", run}).status == 0);
  CHECK(validations(log) == expected);
  const Outcome csv = run_tool({"report", run, "--csv", "validations"});
  CHECK(csv.out == run_tool({"report", whole.place + "/run", "--csv", "validations"}).out);
  CHECK(lines(csv.out).size() == 61);
  const std::vector<std::string> all = lines(read_whole_file(log));
  CHECK(all.size() == 90);
  CHECK(all[1] == expected[1]);
  CHECK(all[2].starts_with("{\"epoch\":1,"));
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
  CHECK(none.err.find("move the folder away. checkpoint-0: safetensors: ") != std::string::npos);
  CHECK(none.err.find("; checkpoint-1: safetensors: ") != std::string::npos);
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
