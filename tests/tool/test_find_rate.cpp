#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "fixture.hpp"
#include "run_tool.hpp"

namespace treadle::test {
namespace {

using Json = nlohmann::json;

std::vector<std::string> find_rate(std::vector<std::string> more) {
  more.insert(more.begin(), {"find-rate", "--data", idx_folder(), "--batch-size", "10"});
  return more;
}

TEST_CASE("find-rate suggests a rate of its table, below the one where the loss grows") {
  const Outcome outcome = run_tool(find_rate({"--json"}));
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  CHECK(outcome.err.empty());
  const Json object = Json::parse(outcome.out);
  const Json& points = object["points"];
  REQUIRE(points.size() > 50);
  CHECK(points[0]["learning_rate"] == 1e-7);
  bool met = false;
  for (const Json& point : points) met = met || point["learning_rate"] == object["suggestion"];
  CHECK(met);
  CHECK(object["suggestion"] > 1e-5);
  CHECK(object["suggestion"] < 1);
  CHECK(object["tenth_of_minimum"].is_number());
  CHECK(run_tool(find_rate({"--json", "--threads", "2", "--micro-batch", "3"})).out == outcome.out);
}

TEST_CASE("find-rate shows a table, a curve and the suggestion") {
  const Outcome outcome = run_tool(find_rate({"--optimizer", "momentum", "--iterations", "60"}));
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  const std::vector<std::string> text = lines(outcome.out);
  REQUIRE(text.size() > 20);
  CHECK(text[0].starts_with("rate "));
  std::size_t marked = 0, curves = 0, suggested = 0;
  for (const std::string& line : text) {
    marked += line.find("<- steepest") != std::string::npos;
    curves += line == "Smoothed loss";
    suggested += line.starts_with("suggested learning rate: ");
    CHECK(line.size() < 300);
  }
  CHECK(marked == 1);
  CHECK(curves == 1);
  CHECK(suggested == 1);
}

TEST_CASE("find-rate goes from the least to the largest rate, and from a model's parameters") {
  const Outcome outcome =
      run_tool(find_rate({"--min-rate", "0.001", "--max-rate", "0.1", "--iterations", "5", "--smoothing", "0",
                          "--optimizer", "sgd", "--model", idx_model(), "--json"}));
  const Json object = Json::parse(outcome.out);
  REQUIRE(object["points"].size() == 5);
  CHECK(object["points"][0]["learning_rate"] == doctest::Approx(0.001));
  CHECK(object["points"][2]["learning_rate"] == doctest::Approx(0.01));
  CHECK(object["points"][4]["learning_rate"] == doctest::Approx(0.1));
  CHECK(object["points"][0]["loss"] < 0.5);  // it has learnt already
  CHECK(object["ended"] == "iterations");
}

TEST_CASE("find-rate takes a job of train, and passes over what only that has") {
  const std::string job = folder() + "/rate_job.json";
  const auto found = [&](const std::string& options, std::vector<std::string> more) {
    write_whole_file(job, "{" + options + "}");
    more.insert(more.begin(), {"find-rate", "--job", job, "--json"});
    return run_tool(more);
  };
  const std::string base = "\"data\": \"" + idx_folder() + "\", \"batch-size\": 10, \"epochs\": 7, " +
                           R"("learning-rate": 0.5, "out": "elsewhere.safetensors", "patience": 2)";
  const Outcome expected = run_tool(find_rate({"--json"}));
  REQUIRE(expected.status == 0);
  const Outcome outcome = found(base, {});
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  CHECK(outcome.out == expected.out);
  CHECK(found(base, {"--batch-size", "20"}).out != expected.out);
  CHECK(found(base + R"(, "mixup": 0.4)", {}).out != expected.out);
  const Outcome unknown = found(base + R"(, "epoch": 2)", {});
  CHECK(unknown.status == 2);
  CHECK(unknown.err.find("epoch: no such option") != std::string::npos);
  // What a run has kept of its own job.
  const std::string run = folder() + "/rate_run";
  REQUIRE(run_tool({"train", "--data", idx_folder(), "--batch-size", "10", "--epochs", "1", "--run", run}).status == 0);
  const Outcome again = run_tool({"find-rate", "--job", run + "/job.json", "--json"});
  REQUIRE_MESSAGE(again.status == 0, again.err);
  CHECK(again.out == expected.out);
}

TEST_CASE("find-rate without anything to suggest fails and says why") {
  const Outcome flat =
      run_tool(find_rate({"--min-rate", "1e-30", "--max-rate", "1e-29", "--optimizer", "sgd", "--iterations", "4"}));
  CHECK(flat.status == 1);
  CHECK(flat.out.find("suggested") == std::string::npos);
  const std::string data = folder() + "/not_finite.csv";
  std::string text;
  for (int i = 0; i < 40; ++i) text += "1e38,-1e38," + std::to_string(i % 2) + "\n";
  write_whole_file(data, text);
  const Outcome outcome = run_tool({"find-rate", "--data", data, "--batch-size", "4", "--json"});
  CHECK(outcome.status == 1);
  CHECK(outcome.err.find("no rate to suggest: the loss is not finite") != std::string::npos);
  CHECK(lines(outcome.err).size() == 1);
  const Json object = Json::parse(outcome.out);
  CHECK(object["ended"] == "not finite");
  CHECK(object["suggestion"].is_null());
}

TEST_CASE("find-rate used wrongly") {
  CHECK(run_tool({"find-rate"}).status == 2);
  CHECK(run_tool(find_rate({"--min-rate", "1", "--max-rate", "1"})).err.find("below --max-rate") != std::string::npos);
  for (const std::vector<std::string>& wrong : {std::vector<std::string>{"--min-rate", "0"},
                                                {"--iterations", "1"},
                                                {"--smoothing", "1"},
                                                {"--learning-rate", "1"},
                                                {"--micro-batch", "11"}})
    CHECK(run_tool(find_rate(wrong)).status == 2);
}

}  // namespace
}  // namespace treadle::test
