#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
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

TEST_CASE("curves fit into the terminal, training and validation with marks of their own") {
  for (const unsigned short columns : {std::uint16_t{20}, std::uint16_t{40}, std::uint16_t{80}}) {
    const Outcome outcome = run_tool_on_terminal({"report", log_file(), "--out", folder() + "/narrow.html"}, columns);
    REQUIRE(outcome.status == 0);
    CHECK(outcome.out.find("oo valid") != std::string::npos);
    for (const std::string& line : lines(outcome.out)) {
      const auto is_rest = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80 || c == '\r'; };
      const auto width = line.size() - static_cast<std::size_t>(std::ranges::count_if(line, is_rest));
      if (!line.starts_with("page written to")) CHECK_MESSAGE(width <= columns, line);
    }
  }
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
  const Outcome csv = run_tool({"report", log_file(), "--csv", "epochs"});
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
  const Outcome csv = run_tool({"report", run, "--csv", "times"});
  REQUIRE(csv.status == 0);
  CHECK(lines(csv.out)[0] == "part,layer,call,seconds,share");
  CHECK(lines(csv.out).size() == 3 + profile["calls"].size());
  REQUIRE(run_tool({"report", run}).status == 0);
  CHECK(read_whole_file(run + "/report.html").find("Time of an iteration by its parts") != std::string::npos);
  REQUIRE(run_tool({"report", plain}).status == 0);
  CHECK(read_whole_file(plain + "/report.html").find("Time of an iteration") == std::string::npos);
  CHECK(!Json::parse(run_tool({"report", plain, "--json"}).out).contains("profile"));
  const Outcome none = run_tool({"report", plain, "--csv", "times"});
  CHECK(none.status == 1);
  CHECK(none.err.starts_with("treadle report: the run was not profiled"));
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
  CHECK(object["ended"] == "epochs");
  CHECK(object["classes"].size() == image_classes);
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

/// A run whose data have classes up to `classes` - 1, few of which occur.
std::string run_of_classes(std::size_t classes) {
  const std::string name = folder() + "/classes-" + std::to_string(classes), last = std::to_string(classes - 1);
  std::string csv = "a,b,kind\n";
  for (const char* a : {"1", "2", "3", "4"}) csv += std::string(a) + ",0,0\n" + a + ",1,5\n" + a + ",9," + last + "\n";
  write_whole_file(name + ".csv", csv);
  const Outcome outcome = run_tool({"train", "--data", name + ".csv", "--validation-split", "0.5", "--epochs", "1",
                                    "--optimizer", "sgd", "--quiet", "--run", name});
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  return name;
}

TEST_CASE("of more than a thousand classes no matrix is counted, and the run ends as any other") {
  const std::string many = run_of_classes(6000), most = run_of_classes(1000);
  for (const std::string& run : {many, most}) {
    const bool matrix = run == most;
    CAPTURE(run);
    const Json result = Json::parse(read_whole_file(run + "/result.json"));
    const std::size_t classes = result["by_class"]["samples"].size();
    CHECK(classes == (matrix ? 1000 : 6000));
    CHECK(result.contains("confusion") == matrix);
    CHECK((read_whole_file(run + "/report.html").find("no matrix was counted") == std::string::npos) == matrix);
    const Json report = Json::parse(run_tool({"report", run, "--json"}).out);
    CHECK(report["confusion"].size() == (matrix ? classes : 0));
    CHECK(report["classes"].size() == classes);
    CHECK(run_tool({"report", run, "--csv", "confusion"}).status == (matrix ? 0 : 1));
    CHECK(lines(run_tool({"report", run, "--csv", "classes"}).out).size() == classes + 1);
    const std::vector<std::string> evaluate = {"evaluate", "--model", run, "--data", run + ".csv"};
    const Outcome text = run_tool(evaluate);
    REQUIRE_MESSAGE(text.status == 0, text.err);
    CHECK((text.out.find("no confusion matrix: of more than 1,000 classes none is counted") == std::string::npos) ==
          matrix);
    std::vector<std::string> as_json = evaluate;
    as_json.push_back("--json");
    const Json measured = Json::parse(run_tool(as_json).out);
    CHECK(measured["confusion"].size() == (matrix ? classes : 0));
    CHECK(measured["classes"][5]["samples"] == 4);
  }
}

TEST_CASE("names of classes stand in result.json") {
  const std::string run = folder() + "/runs/named";
  REQUIRE(run_tool({"train", "--data", idx_folder(), "--epochs", "1", "--quiet", "--run", run}).status == 0);
  Json result = Json::parse(read_whole_file(run + "/result.json"));
  result["classes"] = {"ant", "bee", "c<d", "dog"};
  write_whole_file(run + "/result.json", result.dump());
  const Outcome shown = run_tool({"report", run});
  CHECK(shown.status == 0);
  CHECK(shown.err.empty());
  CHECK(read_whole_file(run + "/report.html").find("<th scope=\"row\">c&lt;d</th>") != std::string::npos);
  CHECK(lines(run_tool({"report", run, "--csv", "classes"}).out)[2].starts_with("bee,"));

  result["classes"].push_back("elk");
  write_whole_file(run + "/result.json", result.dump());
  const Outcome wrong = run_tool({"report", run});
  CHECK(wrong.status == 0);
  CHECK(lines(wrong.err).size() == 1);
  CHECK_MESSAGE(wrong.err.starts_with("treadle report: warning: " + run + "/result.json: byte "), wrong.err);
  CHECK_MESSAGE(wrong.err.find("a name for each of 4 classes, got 5; the report is without it") != std::string::npos,
                wrong.err);
  CHECK(read_whole_file(run + "/report.html").find("could not be read") != std::string::npos);
}

TEST_CASE("the log in a run's folder is that run, and another log there does not replace its page") {
  const std::string run = folder() + "/runs/kept-page";
  REQUIRE(run_tool({"train", "--data", idx_folder(), "--epochs", "1", "--quiet", "--run", run, "--log",
                    run + "-other.jsonl"})
              .status == 0);
  const std::string page = read_whole_file(run + "/report.html");
  REQUIRE(page.find("Confusion matrix") != std::string::npos);
  REQUIRE(run_tool({"report", run + "/log.jsonl"}).status == 0);
  CHECK((read_whole_file(run + "/report.html") == page));
  RunOptions inside;
  inside.folder = run;
  const Outcome here = run_tool({"report", "."}, inside);
  REQUIRE_MESSAGE(here.status == 0, here.err);
  CHECK((read_whole_file(run + "/report.html") == page));
  REQUIRE(run_tool({"report", "log.jsonl"}, inside).status == 0);
  CHECK((read_whole_file(run + "/report.html") == page));
  CHECK(page.find("<title>Run kept-page</title>") != std::string::npos);

  std::filesystem::rename(run + "-other.jsonl", run + "/other.jsonl");
  const Outcome other = run_tool({"report", run + "/other.jsonl"});
  CHECK(other.status == 2);
  CHECK_MESSAGE(other.err.find("--out says where") != std::string::npos, other.err);
  CHECK((read_whole_file(run + "/report.html") == page));
  CHECK(run_tool({"report", run + "/other.jsonl", "--out", run + "/other.html"}).status == 0);
}

TEST_CASE("a folder without a log is told from a run's, and from a sweep's") {
  const std::string empty = folder() + "/empty-run", sweep = folder() + "/no-sweep";
  for (const std::string& path : {empty, sweep}) std::filesystem::create_directory(path);
  write_whole_file(sweep + "/sweep.jsonl", "{}\n");
  const Outcome none = run_tool({"report", empty});
  CHECK(none.status == 1);
  CHECK(none.err ==
        "treadle report: '" + empty +
            "' has no log.jsonl; expected the folder of a run, as treadle train --run fills it, or a log\n");
  const Outcome other = run_tool({"report", sweep});
  CHECK(other.status == 1);
  CHECK(other.err == "treadle report: '" + sweep +
                         "' is the folder of a sweep, which writes its page itself: " + sweep + "/report.html\n");
}

TEST_CASE("report used wrongly") {
  CHECK(run_tool({"report"}).status == 2);
  CHECK(run_tool({"report", log_file(), "--json", "--csv", "epochs"}).status == 2);
  const Outcome table = run_tool({"report", log_file(), "--csv", "epoch"});
  CHECK(table.status == 2);
  CHECK_MESSAGE(table.err.find("unknown table 'epoch'; did you mean epochs?") != std::string::npos, table.err);
  for (const std::vector<std::string>& other :
       {std::vector<std::string>{"--json"}, {"--csv", "epochs"}, {"--tensorboard", folder() + "/no-events"}}) {
    std::vector<std::string> arguments = {"report", log_file(), "--out", folder() + "/no-page.html"};
    arguments.insert(arguments.end(), other.begin(), other.end());
    const Outcome outcome = run_tool(arguments);
    CHECK(outcome.status == 2);
    CHECK_MESSAGE(outcome.err.find("--out is for the page") != std::string::npos, outcome.err);
    CHECK(!std::filesystem::exists(folder() + "/no-page.html"));
    CHECK(!std::filesystem::exists(folder() + "/no-events"));
  }
  CHECK(run_tool({"report", log_file(), "--out", log_file()}).status == 2);
  const Outcome none = run_tool({"report", folder() + "/no-run"});
  CHECK(none.status == 1);
  CHECK(lines(none.err).size() == 1);
}

}  // namespace
}  // namespace treadle::test
