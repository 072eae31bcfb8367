// Trials, and runs that go wrong: what they say, and what they leave.
#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "fixture.hpp"
#include "run_tool.hpp"

namespace treadle::test {
namespace {

using Json = nlohmann::json;

/// A CSV file of two classes, whose sample 25 has a value too large for any loss.
std::string spoilt_csv() {
  const std::string path = folder() + "/spoilt.csv";
  std::string text;
  for (int i = 0; i < 40; ++i)
    text += (i == 25 ? "3e38,-3e38," : std::to_string(i % 7) + "," + std::to_string(i % 2) + ",") +
            std::to_string(i % 2) + "\n";
  write_whole_file(path, text);
  return path;
}

TEST_CASE("a guard tells of a bad sample, and skips its batch or ends the run") {
  const std::string out = folder() + "/guarded.safetensors";
  const std::vector<std::string> options = {"--epochs", "1", "--batch-size", "10", "--no-shuffle", "--guard"};
  std::vector<std::string> skip = options, stop = options;
  skip.insert(skip.end(), {"skip", "--json"});
  stop.emplace_back("stop");
  const Outcome skipped = run_tool(train(spoilt_csv(), out, skip));
  REQUIRE_MESSAGE(skipped.status == 0, skipped.err);
  CHECK(skipped.err.find("epoch 1, iteration 3: the loss is not finite, first in") != std::string::npos);
  CHECK(skipped.err.find("samples 25: skipped") != std::string::npos);
  CHECK(Json::parse(skipped.out)["train_loss"].is_number());
  // Its number in the user's file, whatever part of it is trained on.
  const std::string indices = folder() + "/spoilt-indices";
  write_whole_file(indices, "0\n3\n4\n17\n39\n");
  for (std::vector<std::string> part : {std::vector<std::string>{"--validation-split", "0.2", "--seed", "5"},
                                        {"--validation-indices", indices},
                                        {"--validation-indices", indices, "--stream"},
                                        {"--validation-indices", indices, "--overfit-batches", "3", "--stream"},
                                        {"--limit", "30", "--validation-indices", indices + "-2"}}) {
    write_whole_file(indices + "-2", "1\n2\n");
    part.insert(part.end(), skip.begin(), skip.end());
    const Outcome found = run_tool(train(spoilt_csv(), out, part));
    REQUIRE_MESSAGE(found.status == 0, found.err);
    CHECK_MESSAGE(found.err.find("samples 25: skipped") != std::string::npos, found.err);
  }
  const Outcome stopped = run_tool(train(spoilt_csv(), out, stop));
  CHECK(stopped.status == 1);
  CHECK(stopped.err.find("samples 25: stopped; the model of before it is in " + out) != std::string::npos);
  CHECK(exists(out));
}

TEST_CASE("what a guard saw is in the log and the report of a run's folder, of one that it ended too") {
  for (const std::string action : {"skip", "stop"}) {
    const std::string run = folder() + "/guarded-" + action;
    const Outcome outcome = run_tool({"train", "--data", spoilt_csv(), "--epochs", "1", "--batch-size", "10",
                                      "--no-shuffle", "--guard", action, "--run", run, "--quiet"});
    CHECK(outcome.status == (action == "skip" ? 0 : 1));
    const std::string expected =
        "{\"iteration\":3,\"epoch\":1,\"anomaly\":\"loss\",\"action\":\"" + action + "\",\"loss\":null,\"layer\":\"";
    CHECK(lines(read_whole_file(run + "/log.jsonl"))[2].starts_with(expected));  // after two iterations
    CHECK(read_whole_file(run + "/report.html").find("the loss was not finite") != std::string::npos);
    const Json anomalies = Json::parse(run_tool({"report", run, "--json"}).out)["anomalies"];
    CHECK(Json::parse(run_tool({"report", run, "--json"}).out)["ended"] == (action == "skip" ? "epochs" : "anomaly"));
    REQUIRE(anomalies.size() == 1);
    CHECK(anomalies[0]["samples"] == Json::array({25}));
  }
}

TEST_CASE("a run that the guard ended says how to go on, and does") {
  const std::string ended = folder() + "/guard-ended", whole = folder() + "/guard-whole";
  const auto run = [](const std::string& to, const std::string& action) {
    return run_tool({"train", "--data", spoilt_csv(), "--epochs", "2", "--batch-size", "10", "--guard", action, "--run",
                     to, "--quiet"});
  };
  const Outcome outcome = run(ended, "stop");
  CHECK(outcome.status == 1);
  CHECK(outcome.err.find("; to go on past it, treadle train --resume --run " + ended + " --guard skip\n") !=
        std::string::npos);
  const Outcome resumed = run_tool({"train", "--resume", "--run", ended, "--guard", "skip"});
  REQUIRE_MESSAGE(resumed.status == 0, resumed.err);
  REQUIRE(run(whole, "skip").status == 0);
  CHECK((read_whole_file(ended + "/model.safetensors") == read_whole_file(whole + "/model.safetensors")));
}

TEST_CASE("a run whose parameters are no numbers in the end fails, and leaves the model that was there") {
  const std::string out = folder() + "/diverged.safetensors", run = folder() + "/diverged";
  write_whole_file(out, "a good model");
  const std::vector<std::string> how = {"--epochs", "2", "--optimizer", "sgd", "--learning-rate", "1e30"};
  std::vector<std::string> arguments = train(idx_folder(), out, how);
  arguments.insert(arguments.end(), {"--run", run});
  const Outcome outcome = run_tool(arguments);
  CHECK(outcome.status == 1);
  CHECK(outcome.err.find("the parameters are no finite numbers any more, and no model was written") !=
        std::string::npos);
  CHECK(outcome.err.find("loss nan") != std::string::npos);
  CHECK(outcome.err.find("-nan") == std::string::npos);
  CHECK(read_whole_file(out) == "a good model");
  CHECK(exists(run + "/report.html"));
  CHECK(lines(read_whole_file(run + "/log.jsonl")).back() == "{\"ended\":\"diverged\"}");
  CHECK(!exists(run + "/result.json"));
}

TEST_CASE("a job that is tried out writes nothing") {
  const std::string out = folder() + "/tried.safetensors", run = folder() + "/tried-run", log = folder() + "/tried.log";
  write_whole_file(out, "a good model");
  write_whole_file(log, "a good log");
  const Outcome tried = run_tool(train(idx_folder(), out, {"--fast-dev-run", "2", "--run", run, "--log", log}));
  REQUIRE_MESSAGE(tried.status == 0, tried.err);
  CHECK(tried.out.find("tried out: no model and nothing else was written\n") != std::string::npos);
  CHECK(tried.out.find("written to") == std::string::npos);
  CHECK(read_whole_file(out) == "a good model");
  CHECK(read_whole_file(log) == "a good log");
  CHECK(!exists(run));
  const std::vector<std::string> real = {"train", "--data", idx_folder(), "--epochs", "1", "--run", run, "--quiet"};
  REQUIRE(run_tool(real).status == 0);
  const std::string job = read_whole_file(run + "/job.json"), model = read_whole_file(run + "/model.safetensors");
  const Outcome resumed = run_tool({"train", "--resume", "--run", run, "--fast-dev-run", "1"});
  CHECK(resumed.status == 2);
  CHECK(resumed.err.find("--resume does not go with --fast-dev-run") != std::string::npos);
  // The job of a run can be tried out while its folder is in use.
  const Outcome again = run_tool({"train", "--job", run + "/job.json", "--fast-dev-run", "1", "--json"});
  REQUIRE_MESSAGE(again.status == 0, again.err);
  CHECK(Json::parse(again.out)["model"].is_null());
  CHECK(read_whole_file(run + "/job.json") == job);
  CHECK(read_whole_file(run + "/model.safetensors") == model);
  // Nothing can be gone on from, and nobody says so.
  const Outcome stopped = run_tool({"train", "--data", spoilt_csv(), "--batch-size", "10", "--no-shuffle", "--guard",
                                    "stop", "--fast-dev-run", "4", "--run", folder() + "/tried-2"});
  CHECK(stopped.status == 1);
  CHECK(stopped.err.find("samples 25: stopped\n") != std::string::npos);
  CHECK(stopped.err.find("resume") == std::string::npos);
}

/// Labels and bytes of raw data, and its description.
std::string raw_data(std::size_t samples) {
  const std::string place = folder() + "/shrinking";
  std::filesystem::create_directories(place);
  std::string features, labels;
  for (std::size_t i = 0; i < samples; ++i) {
    for (std::size_t j = 0; j < 8; ++j) features += static_cast<char>(i * 7 + j);
    labels += static_cast<char>(i % 2);
  }
  write_whole_file(place + "/features.bin", features);
  write_whole_file(place + "/labels.bin", labels);
  write_whole_file(place + "/raw.json",
                   R"({"format": 1, "features": "features.bin", "type": "uint8", "shape": [8], "samples": )" +
                       std::to_string(samples) + R"(, "labels": "labels.bin", "label_type": "uint8", "classes": 2})");
  return place;
}

TEST_CASE("when data cannot be read any more, what was trained is kept, and the error says where") {
  const std::string data = raw_data(100), model = folder() + "/shrunk.safetensors", run = folder() + "/shrunk-run";
  const std::string features = read_whole_file(data + "/features.bin");
  const auto shrunk = [&](std::vector<std::string> how, const std::string& sign) {
    how.insert(how.begin(), {"train", "--data", data + "/raw.json", "--epochs", "1000000", "--batch-size", "10"});
    const auto shrink = [&](int) {
      const auto has_epoch = [&] {
        return exists(sign) && read_whole_file(sign).find("\"epoch\":2") != std::string::npos;
      };
      for (int i = 0; i < 20'000 && !has_epoch(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      std::filesystem::resize_file(data + "/features.bin", 100);
    };
    Outcome outcome = run_tool(how, {.environment = {}, .folder = {}, .out_path = {}, .meanwhile = shrink});
    write_whole_file(data + "/features.bin", features);
    return outcome;
  };
  const Outcome plain =
      shrunk({"--out", model, "--log", folder() + "/shrunk.log", "--quiet"}, folder() + "/shrunk.log");
  CHECK(plain.status == 1);
  CHECK(lines(plain.err).size() == 1);
  CHECK(plain.err.find("features.bin") != std::string::npos);
  CHECK(plain.err.find("; the model of epoch ") != std::string::npos);
  CHECK(plain.err.find(" is in " + model + "\n") != std::string::npos);
  CHECK(run_tool({"info", model}).status == 0);
  const Outcome kept = shrunk({"--run", run, "--quiet"}, run + "/log.jsonl");
  CHECK(kept.status == 1);
  CHECK(kept.err.find("; there is a checkpoint after iteration ") != std::string::npos);
  CHECK(kept.err.find(", once that is mended go on: treadle train --resume --run " + run + "\n") != std::string::npos);
  CHECK(exists(run + "/checkpoints/checkpoint-0.safetensors"));
  CHECK(exists(run + "/report.html"));
}

TEST_CASE("a model that cannot be written in the end is not lost") {
  const std::string gone = folder() + "/gone", out = gone + "/model.safetensors", log = folder() + "/gone.log";
  std::filesystem::create_directory(gone);
  const auto remove = [&](int) {
    for (int i = 0; i < 20'000 && (!exists(log) || read_whole_file(log).empty()); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::filesystem::remove(gone);
  };
  const std::vector<std::string> how = {"--max-time", "1s", "--epochs", "1000000", "--log", log, "--quiet"};
  const Outcome lost =
      run_tool(train(idx_folder(), out, how),
               {.environment = {"TMPDIR=" + folder()}, .folder = {}, .out_path = {}, .meanwhile = remove});
  CHECK(lost.status == 1);
  const std::size_t place = lost.err.find("; the model is in " + folder() + "/treadle-model-");
  REQUIRE_MESSAGE(place != std::string::npos, lost.err);
  const std::string copy = lost.err.substr(place + 18, lost.err.size() - place - 19);
  CHECK(run_tool({"info", copy}).status == 0);
}

TEST_CASE("a guard and parameters that one update made infinite") {
  const std::string out = folder() + "/leapt.safetensors";
  const Outcome outcome = run_tool(train(idx_folder(), out, {"--guard", "stop", "--learning-rate", "1e38"}));
  CHECK(outcome.status == 1);
  CHECK(outcome.err.find("an update was not: the parameters are no finite numbers any more") != std::string::npos);
  CHECK(outcome.err.find("names layer") == std::string::npos);
  CHECK(!exists(out));
}

TEST_CASE("a reader of standard output that goes away does not cost the model") {
  const std::string out = folder() + "/closed.safetensors";
  const Outcome outcome = run_tool_into_closed_pipe(train(idx_folder(), out, {"--epochs", "1"}));
  CHECK(outcome.status == 0);
  CHECK(exists(out));
}

TEST_CASE("a log that cannot be written costs no model, but is a failure") {
  const std::string out = folder() + "/full-log.safetensors";
  const Outcome outcome = run_tool(train(idx_folder(), out, {"--epochs", "1", "--quiet", "--log", "/dev/full"}));
  CHECK(outcome.status == 1);
  CHECK(outcome.err == "treadle train: --log '/dev/full': cannot write: No space left on device; the model is in " +
                           folder() + "/full-log.safetensors\n");
  CHECK(exists(out));
}

}  // namespace
}  // namespace treadle::test
