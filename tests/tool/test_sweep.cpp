#include <doctest/doctest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "fixture.hpp"
#include "run_tool.hpp"
#include "values.hpp"

namespace treadle::test {
namespace {

using Json = nlohmann::json;

std::vector<std::string> sweep(const std::string& out, std::vector<std::string> more = {}) {
  std::vector<std::string> arguments = {"sweep", "--data",   idx_folder(), "--batch-sizes", "4,8,16", "--out",
                                        out,     "--epochs", "2",          "--budget",      "1s",     "--quiet",
                                        "--json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

TEST_CASE("a sweep measures every size, recommends one and writes a page") {
  const std::string out = folder() + "/sweeps/first";
  const Outcome outcome = run_tool(sweep(out, {"--threads", "1,2"}));
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  CHECK(outcome.err.empty());
  const Json object = Json::parse(outcome.out);
  REQUIRE(object["results"].size() == 6);
  CHECK(object["equal_epochs"] == 2);
  for (std::size_t i = 0; i < 6; ++i) {
    const Json& result = object["results"][i];
    CHECK(result["batch_size"] == (i < 2 ? 4 : i < 4 ? 8 : 16));
    CHECK(result["threads"] == i % 2 + 1);
    CHECK(result["samples_per_second"] > 0);
    CHECK(result["median_seconds"] <= result["p99_seconds"]);
    CHECK(result["p99_seconds"] <= result["longest_seconds"]);
    CHECK(result["iterations"] == 2 * ((train_samples + result["batch_size"].get<std::size_t>() - 1) /
                                       result["batch_size"].get<std::size_t>()));
    CHECK(result["epochs"].size() == 2);
    CHECK(result["equal_time_accuracy"].is_number());
  }
  // Threads change no accuracy.
  CHECK(object["results"][0]["epochs"][1]["accuracy"] == object["results"][1]["epochs"][1]["accuracy"]);
  CHECK(object["recommended"]["batch_size"].is_number());
  CHECK(Json::parse(read_whole_file(out + "/sweep.json")) == object);
  CHECK(read_whole_file(out + "/report.html").find("Throughput") != std::string::npos);
}

TEST_CASE("a size whose training diverges has no accuracy and is not recommended") {
  const std::string out = folder() + "/sweeps/diverged";
  const Outcome outcome = run_tool(sweep(out, {"--optimizer", "sgd", "--learning-rate", "1e20"}));
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  const Json object = Json::parse(outcome.out);
  for (const Json& result : object["results"]) {
    CHECK(result["diverged"] == true);
    CHECK(result["epochs"].empty());
    CHECK(result["equal_time_accuracy"].is_null());
  }
  CHECK(object["recommended"].is_null());
  CHECK(object["knee"].is_null());
  CHECK(object["reason"] == "none: every size diverged");
  CHECK(read_whole_file(out + "/report.html")
            .find("Diverged, so that a smaller --learning-rate may help: batch size 4, 8, "
                  "16.") != std::string::npos);
}

TEST_CASE("rates follow the rule") {
  const auto rates = [](const char* name, std::vector<std::string> more) {
    more.insert(more.end(), {"--learning-rate", "0.01", "--reference-batch", "4", "--epochs", "1"});
    const Outcome outcome = run_tool(sweep(folder() + "/rates-" + name, more));
    REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
    std::vector<double> all;
    const Json object = Json::parse(outcome.out);
    for (const Json& result : object["results"]) all.push_back(result["learning_rate"]);
    return all;
  };
  CHECK(rates("adamw", {})[2] == doctest::Approx(0.02));
  CHECK(rates("sgd", {"--optimizer", "sgd"})[2] == doctest::Approx(0.04));
  CHECK(rates("fixed", {"--rate-rule", "fixed"})[2] == doctest::Approx(0.01));
}

/// Samples without a validation part, whose sweep has no runs of equal time: as fast with any budget.
std::string unvalidated_csv() {
  const std::string path = folder() + "/unvalidated.csv";
  std::string text;
  for (int i = 0; i < 48; ++i) {
    for (int feature = 0; feature < 6; ++feature)
      text += std::to_string(3 * (feature % 3 == i % 3) + 0.1 * ((i * 7 + feature * 5) % 11)) + ",";
    text += std::to_string(i % 3) + "\n";
  }
  write_whole_file(path, text);
  return path;
}

TEST_CASE("rates are tuned by the finder, and the rule's are shown beside") {
  const std::string out = folder() + "/sweeps/tuned", log = out + "/sweep.jsonl", data = unvalidated_csv();
  // No tuning may run out of its time, on a busy machine and under sanitizers either.
  const std::vector<std::string> more = {"--data",   data, "--tune-rate",   "--threads", "1,2",
                                         "--budget", "9h", "--batch-sizes", "1,2,3"};
  const Outcome outcome = run_tool(sweep(out, more));
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  const Json object = Json::parse(outcome.out);
  REQUIRE(object["results"].size() == 6);
  for (const Json& result : object["results"]) {
    const auto size = result["batch_size"].get<std::size_t>();
    CAPTURE(size);
    // 12,800 samples, but 100 to 1,000 iterations.
    const Outcome finder = run_tool({"find-rate", "--data", data, "--batch-size", std::to_string(size), "--iterations",
                                     std::to_string(std::min<std::size_t>(12800 / size, 1000)), "--json"});
    REQUIRE(finder.status == 0);
    CHECK(result["tuned_rate"].is_number());
    CHECK(result["tuned_rate"] == Json::parse(finder.out)["suggestion"]);
    CHECK(result["learning_rate"] == result["tuned_rate"]);
    CHECK(result["scaled_rate"] == doctest::Approx(0.001 * std::sqrt(static_cast<double>(size) / 128)));
  }
  const std::string page = read_whole_file(out + "/report.html");
  CHECK(page.find("by the rule") != std::string::npos);
  CHECK(page.find("Learning rate") != std::string::npos);

  SUBCASE("a sweep that goes on tunes what is missing, to the same rates") {
    const std::vector<std::string> all = lines(read_whole_file(log));
    REQUIRE(all.size() == 7);
    write_whole_file(log, all[0] + "\n" + all[1] + "\n" + all[2].substr(0, 30));
    const Outcome again = run_tool(sweep(out, more));
    REQUIRE_MESSAGE(again.status == 0, again.err);
    const Json results = Json::parse(again.out)["results"];
    for (std::size_t i = 0; i < 6; ++i) CHECK(results[i]["tuned_rate"] == object["results"][i]["tuned_rate"]);
    CHECK(lines(read_whole_file(log))[1] == all[1]);
  }
  SUBCASE("a sweep whose rates are not tuned is another one") {
    CHECK(run_tool(sweep(out, {"--threads", "1,2"})).status == 1);
  }
}

TEST_CASE("a sweep takes a job of train: the rate is for its samples of an iteration") {
  const std::string job = folder() + "/sweep_job.json", out = folder() + "/sweeps/job";
  const auto swept = [&](const std::string& options, std::vector<std::string> more = {}) {
    write_whole_file(job, "{" + options + "}");
    std::filesystem::remove_all(out);
    more.insert(more.begin(),
                {"sweep", "--job", job, "--batch-sizes", "4,8", "--budget", "2s", "--out", out, "--quiet", "--json"});
    return run_tool(more);
  };
  const std::string base = "\"data\": \"" + unvalidated_csv() + "\", \"optimizer\": \"sgd\", " +
                           R"("learning-rate": 0.5, "epochs": 99, "out": "elsewhere.safetensors", "patience": 2)";
  const auto rates = [](const Outcome& outcome) {
    REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
    const Json object = Json::parse(outcome.out);
    CHECK(object["results"][0]["iterations"] == 3 * 48 / 4);
    return std::vector<double>{object["results"][0]["learning_rate"], object["results"][1]["learning_rate"]};
  };
  CHECK(rates(swept(base)) == std::vector{0.5 * 4 / 128, 0.5 * 8 / 128});
  CHECK(rates(swept(base + R"(, "batch-size": "8")")) == std::vector{0.25, 0.5});
  CHECK(rates(swept(base + R"(, "batch-size": 8, "accumulate": 2)")) == std::vector{0.125, 0.25});
  CHECK(rates(swept(base + R"(, "batch-size": 8, "reference-batch": 4)")) == std::vector{0.5, 1.0});
  CHECK(rates(swept(base + R"(, "batch-size": 8)", {"--reference-batch", "16"})) == std::vector{0.125, 0.25});
  CHECK_FALSE(std::filesystem::exists("elsewhere.safetensors"));
  const Outcome wrong = swept(base + R"(, "batch-size": 0)");
  CHECK(wrong.status == 2);
  CHECK(wrong.err.find("--job: batch-size: expected a whole number") != std::string::npos);
  CHECK(swept(base + R"(, "epoch": 2)").status == 2);
  // What a run has kept of its own job.
  const std::string run = folder() + "/sweep_job_run";
  REQUIRE(run_tool({"train", "--data", idx_folder(), "--batch-size", "10", "--epochs", "1", "--run", run}).status == 0);
  const Outcome again = run_tool({"sweep", "--job", run + "/job.json", "--batch-sizes", "10", "--budget", "2s", "--out",
                                  folder() + "/sweeps/run", "--quiet", "--json"});
  REQUIRE_MESSAGE(again.status == 0, again.err);
  CHECK(Json::parse(again.out)["results"][0]["learning_rate"] == 0.001);
}

TEST_CASE("gradients are limited and samples kept in order as in training") {
  const auto planned = [](const char* name, std::vector<std::string> more) {
    more.insert(more.end(), {"--epochs", "1"});
    const Outcome outcome = run_tool(sweep(folder() + "/limits-" + name, more));
    REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
    return Json::parse(outcome.out)["results"][0]["planned_bytes"].get<std::size_t>();
  };
  // Gradients that are limited wait for one another.
  CHECK(planned("clipped", {"--clip-norm", "1"}) > planned("plain", {"--no-shuffle"}));
}

TEST_CASE("where the finder finds nothing the rule's rate is taken") {
  // Of the same sample, half of each class, in one batch: nothing can be learnt.
  const std::string data = folder() + "/same.csv", out = folder() + "/sweeps/same";
  std::string text;
  for (int i = 0; i < 64; ++i) text += "0,0,0\n0,0,1\n";
  write_whole_file(data, text);
  const Outcome outcome = run_tool({"sweep", "--data", data, "--batch-sizes", "128", "--epochs", "1", "--budget", "5s",
                                    "--tune-rate", "--quiet", "--json", "--out", out});
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  const Json result = Json::parse(outcome.out)["results"][0];
  CHECK(result["tuned_rate"].is_null());
  CHECK(result["learning_rate"] == result["scaled_rate"]);
  CHECK(result["learning_rate"] == 0.001);
}

TEST_CASE("an interrupted sweep goes on with what is missing") {
  const std::string out = folder() + "/sweeps/torn", log = out + "/sweep.jsonl";
  REQUIRE(run_tool(sweep(out)).status == 0);
  const std::vector<std::string> all = lines(read_whole_file(log));
  REQUIRE(all.size() == 4);
  // The power went while the last size was written.
  write_whole_file(log, all[0] + "\n" + all[1] + "\n" + all[2] + "\n" + all[3].substr(0, 40));
  REQUIRE(run_tool(sweep(out)).status == 0);
  const std::vector<std::string> again = lines(read_whole_file(log));
  REQUIRE(again.size() == 4);
  for (std::size_t i = 0; i < 3; ++i) CHECK(again[i] == all[i]);
  CHECK(Json::parse(again[3])["batch_size"] == 4);
  CHECK(Json::parse(again[3])["epochs"][1]["accuracy"] == Json::parse(all[3])["epochs"][1]["accuracy"]);
}

TEST_CASE("another sweep does not go on in the same folder") {
  const std::string out = folder() + "/sweeps/other";
  REQUIRE(run_tool(sweep(out)).status == 0);
  const Outcome other = run_tool(sweep(out, {"--seed", "2"}));
  CHECK(other.status == 1);
  CHECK(other.err.find("other options or data") != std::string::npos);
  CHECK(other.err.find("seed is 1 there and 2 here") != std::string::npos);
  const std::string log = out + "/sweep.jsonl";
  const std::vector<std::string> all = lines(read_whole_file(log));
  write_whole_file(log, all[0] + "\n{}\n");
  CHECK(run_tool(sweep(out)).err.find(log + ": line 2: expected a measured size: ") != std::string::npos);
  // What has measured nothing yet is no loss.
  write_whole_file(log, all[0] + "\n");
  CHECK(run_tool(sweep(out, {"--seed", "2"})).status == 0);
  write_whole_file(log, "[]\n");
  CHECK(run_tool(sweep(out)).status == 1);
}

TEST_CASE("a sweep does not go on with other samples of the same number") {
  const std::string data = folder() + "/relabelled.csv", out = folder() + "/sweeps/relabelled";
  const auto swept = [&](const char* last) {
    write_whole_file(data, std::string("1,0,0\n2,0,1\n3,1,0\n4,1,") + last + "\n");
    return run_tool({"sweep", "--data", data, "--batch-sizes", "2", "--budget", "2s", "--quiet", "--out", out});
  };
  REQUIRE(swept("1").status == 0);
  REQUIRE(swept("1").status == 0);
  const Outcome other = swept("0");
  CHECK(other.status == 1);
  CHECK(other.err.find("training data is ") != std::string::npos);
}

TEST_CASE("a plateau is seen at equal time too") {
  const Outcome outcome = run_tool(sweep(folder() + "/sweeps/plateau", {"--schedule", "plateau"}));
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  CHECK(Json::parse(outcome.out)["results"][0]["equal_time_accuracy"].is_number());
}

TEST_CASE("without validation data there is no target and no plateau") {
  for (const auto& [option, value] : {std::pair{"--target", "90%"}, {"--schedule", "plateau"}}) {
    const Outcome outcome = run_tool({"sweep", "--data", unvalidated_csv(), "--batch-sizes", "4", "--out",
                                      folder() + "/sweeps/unjudged", option, value});
    CHECK(outcome.status == 2);
    CHECK(outcome.err.find("needs validation data") != std::string::npos);
  }
}

TEST_CASE("the folder of a run is not a sweep's") {
  const std::string run = folder() + "/sweeps/run-folder";
  REQUIRE(run_tool({"train", "--data", idx_folder(), "--epochs", "1", "--run", run, "--quiet"}).status == 0);
  const std::string page = read_whole_file(run + "/report.html");
  const Outcome outcome = run_tool(sweep(run));
  CHECK(outcome.status == 1);
  CHECK(outcome.err.find("is the folder of a run") != std::string::npos);
  CHECK(read_whole_file(run + "/report.html") == page);
}

TEST_CASE("a sweep that is interrupted shows what it has, and goes on") {
  const std::string out = folder() + "/sweeps/interrupted", log = out + "/sweep.jsonl";
  const std::vector<std::string> arguments = sweep(out, {"--budget", "12s"});  // 2 s at equal time for each size
  const auto measured = [&] {
    return std::filesystem::exists(log) ? std::max<std::size_t>(lines(read_whole_file(log)).size(), 1) - 1 : 0;
  };
  RunOptions options;
  options.meanwhile = [&](int process) {
    while (measured() == 0 && ::kill(process, 0) == 0) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    ::kill(process, SIGINT);
  };
  const Outcome outcome = run_tool(arguments, options);
  REQUIRE_MESSAGE(outcome.status == 128 + SIGINT, outcome.err);
  CHECK(outcome.out.empty());
  CHECK(outcome.err.find("stopped: 1 of 3 are measured, the page so far is in " + out +
                         "/report.html; to go on, give "
                         "the same command again") != std::string::npos);
  CHECK(read_whole_file(out + "/report.html").find("Interrupted: 2 sizes of 3") != std::string::npos);
  CHECK(Json::parse(read_whole_file(out + "/sweep.json"))["missing"] == 2);
  const std::string first = lines(read_whole_file(log))[1];
  const Outcome again = run_tool(arguments);
  REQUIRE_MESSAGE(again.status == 0, again.err);
  CHECK(lines(read_whole_file(log))[1] == first);
  CHECK(measured() == 3);
  CHECK(Json::parse(again.out)["missing"] == 0);
}

TEST_CASE("sizes that do not fit are left out") {
  const Outcome none = run_tool(sweep(folder() + "/sweeps/small", {"--memory", "1KiB"}));
  CHECK(none.status == 1);
  CHECK(none.err.find("no batch size fits") != std::string::npos);
}

TEST_CASE("the usual sizes end at the number of samples") {
  const std::string out = folder() + "/sweeps/usual";
  const Outcome outcome = run_tool({"sweep", "--data", idx_folder(), "--limit", "5", "--epochs", "1", "--budget", "1s",
                                    "--quiet", "--json", "--out", out});
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  const Json object = Json::parse(outcome.out);
  REQUIRE(object["results"].size() == 3);
  CHECK(object["results"][2]["batch_size"] == 4);
}

TEST_CASE("sweep used wrongly") {
  CHECK(run_tool({"sweep"}).status == 2);
  CHECK(run_tool(sweep(folder() + "/sweeps/wrong", {"--batch-sizes", "1,2,1024"})).status == 2);
  CHECK(run_tool(sweep(folder() + "/sweeps/wrong", {"--batch-sizes", "2,1"})).status == 2);
  CHECK(run_tool(sweep(folder() + "/sweeps/wrong", {"--target", "120%"})).status == 2);
}

TEST_CASE("lists go on as they begin") {
  using tool::read_wholes;
  using Sizes = std::vector<std::size_t>;
  CHECK(read_wholes("7", 1, 100) == Sizes{7});
  CHECK(read_wholes("1,2,4,...,32", 1, 100) == Sizes{1, 2, 4, 8, 16, 32});
  CHECK(read_wholes("2,6,...,54,60", 1, 100) == Sizes{2, 6, 18, 54, 60});
  CHECK(read_wholes("2,4,6,...,12", 1, 100) == Sizes{2, 4, 6, 8, 10, 12});
  CHECK(read_wholes("4,6,...,10", 1, 100) == Sizes{4, 6, 8, 10});
  for (const char* wrong : {"", ",", "1,", "a", "0", "101", "2,1", "1,1", "1,...,4", "1,2,...", "...,4",
                            "1,2,...,...,4", "1,2,...,5", "1,2,5,...,9", "1,2,3,...,101"})
    CHECK_THROWS_AS_MESSAGE(read_wholes(wrong, 1, 100), tool::UsageError, wrong);
}

TEST_CASE("shares") {
  CHECK(tool::read_share("85%") == doctest::Approx(0.85));
  CHECK(tool::read_share("0.5") == 0.5);
  CHECK(tool::read_share("1") == 1);
  for (const char* wrong : {"0", "1.5", "101%", "%", "-1", "x"})
    CHECK_THROWS_AS_MESSAGE(tool::read_share(wrong), tool::UsageError, wrong);
}

}  // namespace
}  // namespace treadle::test
