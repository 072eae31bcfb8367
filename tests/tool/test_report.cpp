#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "fixture.hpp"
#include "run_tool.hpp"
#include "support/numpy_files.hpp"

namespace treadle::test {
namespace {

using Json = nlohmann::json;

/// Two epochs, made once.
std::string log_file() {
  const std::string path = folder() + "/report-log/log.jsonl";
  if (std::filesystem::exists(path)) return path;
  std::filesystem::create_directory(folder() + "/report-log");
  REQUIRE(run_tool({"train", "--data", idx_folder(), "--epochs", "2", "--out", folder() + "/report.safetensors",
                    "--log", path})
              .status == 0);
  return path;
}

TEST_CASE("report writes a page and shows curves") {
  const std::string page = folder() + "/page.html";
  const Outcome outcome = run_tool({"report", log_file(), "--out", page});
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  CHECK(outcome.out.starts_with("Loss\n"));
  CHECK(outcome.out.ends_with("page written to " + page + "\n"));
  CHECK(read_whole_file(page).find("<svg") != std::string::npos);
}

TEST_CASE("report writes beside the log unless told otherwise") {
  const std::string log = log_file();
  for (const std::string& run : {log, log.substr(0, log.rfind('/'))}) {
    const std::string page = log.substr(0, log.rfind('/')) + "/report.html";
    std::filesystem::remove(page);
    REQUIRE(run_tool({"report", run}).status == 0);
    CHECK(std::filesystem::exists(page));
  }
}

TEST_CASE("report as JSON and CSV") {
  const Outcome json = run_tool({"report", log_file(), "--json"});
  REQUIRE(json.status == 0);
  const Json object = Json::parse(json.out);
  CHECK(object["epochs"].size() == 2);
  CHECK(object["epochs"][1]["epoch"] == 2);
  const Outcome csv = run_tool({"report", log_file(), "--csv"});
  REQUIRE(csv.status == 0);
  CHECK(lines(csv.out).size() == 3);
}

TEST_CASE("a profiled run tells where its time goes") {
  const std::string run = folder() + "/runs/profiled", plain = folder() + "/runs/not-profiled",
                    usual = folder() + "/runs/usual";
  const auto train = [](const std::string& path, std::vector<std::string> more) {
    more.insert(more.begin(), {"train", "--data", idx_folder(), "--epochs", "2", "--quiet", "--run", path});
    return run_tool(more);
  };
  REQUIRE(train(run, {"--profile"}).status == 0);
  REQUIRE(train(plain, {"--duty-cycle", "90%"}).status == 0);
  REQUIRE(train(usual, {"--epochs", "20"}).status == 0);
  // Of 40 iterations the second, the 17th and the 33rd.
  CHECK(Json::parse(run_tool({"report", usual, "--json"}).out)["profile"]["iterations"] == 3);
  CHECK((read_whole_file(run + "/model.safetensors") == read_whole_file(plain + "/model.safetensors")));
  const Json profile = Json::parse(run_tool({"report", run, "--json"}).out)["profile"];
  CHECK(profile["iterations"] == 3);
  double sum = profile["waiting"].get<double>() + profile["other"].get<double>();
  for (const Json& call : profile["calls"]) sum += call["seconds"].get<double>();
  CHECK(sum == doctest::Approx(profile["seconds"].get<double>()).epsilon(1e-6));
  const Outcome csv = run_tool({"report", run, "--csv-times"});
  REQUIRE(csv.status == 0);
  CHECK(lines(csv.out)[0] == "part,layer,call,seconds,share");
  CHECK(lines(csv.out).size() == 3 + profile["calls"].size());
  REQUIRE(run_tool({"report", run}).status == 0);
  CHECK(read_whole_file(run + "/report.html").find("Time of an iteration by its parts") != std::string::npos);
  REQUIRE(run_tool({"report", plain}).status == 0);
  CHECK(read_whole_file(plain + "/report.html").find("Time of an iteration") == std::string::npos);
  CHECK(!Json::parse(run_tool({"report", plain, "--json"}).out).contains("profile"));
  CHECK(run_tool({"report", plain, "--csv-times"}).status == 1);
  CHECK(run_tool({"report", run, "--csv-times", "--csv"}).status == 2);
  CHECK(train(folder() + "/runs/duty", {"--profile", "--duty-cycle", "50%"}).status == 2);
}

TEST_CASE("the folder of a run has all that a report shows") {
  const std::string run = folder() + "/runs/one";
  const std::vector<std::string> train = {"train", "--data",  idx_folder(), "--epochs", "3",     "--batch-size",
                                          "4",     "--quiet", "--warm-up",  "10",       "--run", run};
  REQUIRE(run_tool(train).status == 0);
  for (const char* file : {"job.json", "log.jsonl", "plan.json", "result.json", "model.safetensors", "report.html"})
    CHECK_MESSAGE(std::filesystem::exists(run + "/" + file), file);
  const Outcome outcome = run_tool({"report", run, "--json"});
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  const Json object = Json::parse(outcome.out);
  CHECK(object["job"]["epochs"] == 3);
  CHECK(object["result"]["train_loss"].is_number());
  CHECK(object["job"]["optimizer"] == "adamw");
  CHECK(object["epochs"].size() == 3);
  // Of 3 times 38 iterations the first hundred, the last of them at 1 - 99 / 114 of the rate, and the tenth after it.
  REQUIRE(object["iterations"].size() == 101);
  CHECK(object["iterations"][100]["iteration"] == 110);
  for (std::size_t i = 0; i < 100; ++i) CHECK(object["iterations"][i]["iteration"] == i + 1);
  CHECK(object["iterations"][0]["learning_rate"] == doctest::Approx(1e-3 / 10));
  CHECK(object["iterations"][99]["learning_rate"] == doctest::Approx(1e-3 * (1 - 99.0 / 114)));
  CHECK(object["epochs"][2]["learning_rate"] == doctest::Approx(1e-3 * (1 - 113.0 / 114)));
  CHECK(object["memory"]["parameters"] > 0);
  CHECK(object["layers"].size() == 6);
  std::size_t counted = 0;
  for (const Json& row : object["confusion"])
    for (const Json& count : row) counted += count.get<std::size_t>();
  CHECK(counted == test_samples);

  const Outcome again = run_tool(train);
  CHECK(again.status == 1);
  CHECK(again.err.find("holds a run already") != std::string::npos);
}

TEST_CASE("what a run tells of its model is of the parameters that it kept, from within an epoch too") {
  const std::string run = folder() + "/runs/kept";
  // A rate that is far too high, so that the best validation is early, and not at the end of an epoch.
  const Outcome outcome =
      run_tool({"train", "--data", idx_folder(), "--epochs", "20", "--batch-size", "4", "--learning-rate", "0.3",
                "--validation-every", "1", "--patience", "60", "--metric", "accuracy", "--run", run});
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  REQUIRE_MESSAGE(outcome.out.find("kept iteration ") != std::string::npos, outcome.out);
  const Json object = Json::parse(read_whole_file(run + "/result.json"));
  double right = 0, all = 0;
  for (std::size_t i = 0; i < object["confusion"].size(); ++i)
    for (std::size_t j = 0; j < object["confusion"].size(); ++j) {
      all += object["confusion"][i][j].get<double>();
      right += i == j ? object["confusion"][i][j].get<double>() : 0;
    }
  CHECK(object["validation_accuracy"].get<double>() == doctest::Approx(right / all));
  const std::size_t epoch = object["best_epoch"];
  const Json report = Json::parse(run_tool({"report", run, "--json"}).out);
  CHECK(report["epochs"][epoch - 1]["validation_accuracy"] < object["validation_accuracy"]);
}

TEST_CASE("data that stay in their files have a confusion matrix too") {
  const std::string run = folder() + "/runs/npy", data = folder() + "/npy-report";
  std::filesystem::create_directory(data);
  put_file(data + "/x.npy", npy("|u1", "(6, 2)", counting(12)));
  put_file(data + "/y.npy", npy("|u1", "(6,)", {0, 1, 2, 0, 1, 2}));
  REQUIRE(run_tool({"train", "--data", data, "--validation-split", "0.5", "--epochs", "1", "--quiet", "--run", run})
              .status == 0);
  const Json confusion = Json::parse(run_tool({"report", run, "--json"}).out)["confusion"];
  std::size_t counted = 0;
  for (const Json& row : confusion)
    for (const Json& count : row) counted += count.get<std::size_t>();
  CHECK(counted == 3);
}

TEST_CASE("report used wrongly") {
  CHECK(run_tool({"report"}).status == 2);
  CHECK(run_tool({"report", log_file(), "--json", "--csv"}).status == 2);
  CHECK(run_tool({"report", log_file(), "--out", log_file()}).status == 2);
  const Outcome none = run_tool({"report", folder() + "/no-run"});
  CHECK(none.status == 1);
  CHECK(lines(none.err).size() == 1);
}

}  // namespace
}  // namespace treadle::test
