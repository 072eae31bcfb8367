// What --normalize learns in a pass over the training samples: how far it is, and that a run takes it once.
#include <doctest/doctest.h>
#include <treadle/training.hpp>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "fixture.hpp"
#include "run_tool.hpp"

namespace treadle::test {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

std::vector<std::string> run(const std::string& path, std::vector<std::string> more = {}) {
  std::vector<std::string> all = {"train", "--data",  csv_file(), "--normalize", "standard",           "--run",
                                  path,    "--quiet", "--epochs", "400",         "--checkpoint-every", "50"};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

/// Sends SIGINT once `file` is there.
RunOptions interrupted_at(const std::string& file) {
  return {.environment = {}, .folder = {}, .out_path = {}, .meanwhile = [file](int process) {
            for (int i = 0; i < 20'000 && !exists(file); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            ::kill(process, SIGINT);
          }};
}

TEST_CASE("what was learnt is kept beside the checkpoints: a run that goes on takes no pass, and the same bits") {
  const std::string whole = folder() + "/normalize-whole", path = folder() + "/normalize-pieces";
  REQUIRE(run_tool(run(whole)).status == 0);
  const Outcome stopped =
      run_tool(run(path, {"--duty-cycle", "20%"}), interrupted_at(path + "/checkpoints/checkpoint-0.safetensors"));
  REQUIRE_MESSAGE(stopped.status == 128 + SIGINT, stopped.err);
  const std::string kept = path + "/checkpoints/normalization.json", right = read_whole_file(kept);

  // Another method's constants are learnt, and are not the run's.
  const Outcome other = run_tool(run(path, {"--resume", "--normalize", "min-max"}));
  CHECK(other.status == 1);
  CHECK_MESSAGE(other.err.find("the checkpoint is of another run: normalization") != std::string::npos, other.err);
  // Kept constants are taken: false ones too if their hash is right, which the checkpoint refuses.
  std::string damaged = right;
  const std::size_t shift = damaged.find("\"shift\":[") + 9;
  damaged.insert(shift, damaged[shift] == '-' ? "-1" : "1");
  Json wrong = Json::parse(damaged);
  const Normalization constants{wrong["shift"].get<std::vector<float>>(), wrong["scale"].get<std::vector<float>>()};
  wrong["hash"] = hash(constants).value();
  write_whole_file(kept, wrong.dump());
  const Outcome refused = run_tool({"train", "--resume", "--run", path});
  CHECK(refused.status == 1);
  CHECK_MESSAGE(refused.err.find("the checkpoint is of another run: normalization") != std::string::npos, refused.err);

  for (const std::string& text : {right, damaged, std::string("{\"origin\": 1"), std::string()}) {
    CAPTURE(text);
    const std::string copy = path + "-" + std::to_string(text.size());
    fs::copy(path, copy, fs::copy_options::recursive);
    write_whole_file(copy + "/checkpoints/normalization.json", text);
    if (text.empty()) fs::remove(copy + "/checkpoints/normalization.json");
    const Outcome resumed = run_tool({"train", "--resume", "--run", copy});
    CHECK_MESSAGE(resumed.status == 0, resumed.err);
    CHECK((read_whole_file(copy + "/model.safetensors") == read_whole_file(whole + "/model.safetensors")));
  }
}

TEST_CASE("constants that were learnt from other data are learnt anew") {
  const std::string path = folder() + "/normalize-other", checkpoints = path + "/checkpoints";
  REQUIRE(run_tool(run(path)).status == 0);
  const std::string kept = read_whole_file(checkpoints + "/normalization.json");
  const std::string next = folder() + "/normalize-next";
  fs::create_directories(next + "/checkpoints");
  write_whole_file(next + "/checkpoints/normalization.json", kept);
  const Outcome outcome = run_tool(run(next, {"--limit", "60", "--resume"}));
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  const std::string alone = folder() + "/normalize-alone";
  REQUIRE(run_tool(run(alone, {"--limit", "60"})).status == 0);
  CHECK((read_whole_file(next + "/model.safetensors") == read_whole_file(alone + "/model.safetensors")));
  CHECK((read_whole_file(next + "/checkpoints/normalization.json") != kept));
}

TEST_CASE("a signal ends the pass, and nothing of the run is there") {
  // Zeros that take no room on the disk, and seconds to look at.
  const std::string data = folder() + "/zeros", path = folder() + "/normalize-signal";
  constexpr std::size_t samples = 400'000, features = 1024;
  write_whole_file(data + ".x", "");
  write_whole_file(data + ".y", "");
  fs::resize_file(data + ".x", samples * features * 4);
  fs::resize_file(data + ".y", samples);
  write_whole_file(data + ".json",
                   R"({"format": 1, "features": "zeros.x", "type": "float32", "shape": [1024], "samples": 400000, )"
                   R"("labels": "zeros.y", "label_type": "uint8", "classes": 4})");
  const Outcome outcome =
      run_tool({"train", "--data", data + ".json", "--normalize", "standard", "--run", path}, interrupted_at(path));
  CHECK(outcome.status == 128 + SIGINT);
  CHECK(fs::is_empty(path));
}

}  // namespace
}  // namespace treadle::test
