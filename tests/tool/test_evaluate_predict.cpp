#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "fixture.hpp"
#include "run_tool.hpp"

namespace treadle::test {
namespace {

using Json = nlohmann::json;

Json evaluated(std::vector<std::string> more) {
  more.insert(more.begin(), "evaluate");
  more.push_back("--json");
  const Outcome outcome = run_tool(more);
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  CHECK(outcome.err.empty());
  return Json::parse(outcome.out);
}

TEST_CASE("evaluate shows accuracy, the confusion matrix and figures for each class") {
  const Outcome outcome = run_tool({"evaluate", "--model", idx_model(), "--data", idx_folder()});
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  CHECK(outcome.err.empty());
  const std::vector<std::string> text = lines(outcome.out);
  // The summary, a blank line, a matrix of 4 classes with its head, a blank line, a table of 4 classes with its head.
  REQUIRE(text.size() == 2 + 5 + 1 + 5);
  CHECK(text[0].starts_with("accuracy "));
  CHECK(text[0].ends_with(" over 40 samples"));
  CHECK(text[2].starts_with("target \\ predicted"));
  CHECK(text[8] == "class  samples  precision    recall");
  CHECK(text[9].starts_with("0           10  "));
}

TEST_CASE("the figures of evaluate agree with one another") {
  const Json result = evaluated({"--model", idx_model(), "--data", idx_folder()});
  CHECK(result["samples"] == test_samples);
  CHECK(result["accuracy"].get<double>() > 0.9);
  CHECK(result["loss"].get<double>() > 0);
  REQUIRE(result["confusion"].size() == image_classes);
  REQUIRE(result["classes"].size() == image_classes);
  std::size_t all = 0, hits = 0;
  for (std::size_t target = 0; target < image_classes; ++target) {
    std::size_t row = 0;
    REQUIRE(result["confusion"][target].size() == image_classes);
    for (const Json& count : result["confusion"][target]) row += count.get<std::size_t>();
    const std::size_t hit = result["confusion"][target][target];
    CHECK(result["classes"][target]["class"] == target);
    CHECK(result["classes"][target]["samples"] == row);
    CHECK(result["classes"][target]["recall"].get<double>() ==
          doctest::Approx(static_cast<double>(hit) / static_cast<double>(row)));
    all += row;
    hits += hit;
  }
  CHECK(all == test_samples);
  CHECK(result["accuracy"].get<double>() ==
        doctest::Approx(static_cast<double>(hits) / static_cast<double>(test_samples)));
}

TEST_CASE("what evaluate finds is what training found") {
  const std::string out = folder() + "/validated.safetensors";
  const Outcome training = run_tool({"train", "--data", idx_folder(), "--epochs", "2", "--out", out, "--json"});
  REQUIRE_MESSAGE(training.status == 0, training.err);
  const Json trained = Json::parse(training.out);
  const Json result = evaluated({"--model", out, "--data", idx_folder()});
  CHECK(result["accuracy"] == trained["validation_accuracy"]);
  CHECK(result["loss"].get<double>() == doctest::Approx(trained["validation_loss"].get<double>()).epsilon(1e-5));
}

TEST_CASE("the part of the data, its first samples, and threads") {
  CHECK(evaluated({"--model", idx_model(), "--data", idx_folder(), "--part", "train"})["samples"] == train_samples);
  CHECK(evaluated({"--model", idx_model(), "--data", idx_folder(), "--limit", "7"})["samples"] == 7);
  CHECK(evaluated({"--model", idx_model(), "--data", idx_folder(), "--limit", "7000"})["samples"] == test_samples);
  CHECK(evaluated({"--model", idx_model(), "--data", idx_folder(), "--threads", "2"}) ==
        evaluated({"--model", idx_model(), "--data", idx_folder()}));
  CHECK(evaluated({"--model", csv_model(), "--data", csv_file(), "--label-column", "3"})["samples"] == 90);
}

TEST_CASE("data in which the last class is missing is measured against all classes of the model") {
  const Json result = evaluated({"--model", csv_model(), "--data", csv_file(), "--limit", "1"});
  CHECK(result["confusion"].size() == 3);
  CHECK(result["classes"][2]["samples"] == 0);
  CHECK(result["classes"][2]["recall"] == 0);
}

TEST_CASE("predict prints index, class and probability") {
  const Outcome outcome = run_tool({"predict", "--model", idx_model(), "--data", idx_folder()});
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  CHECK(outcome.err.empty());
  const std::vector<std::string> text = lines(outcome.out);
  REQUIRE(text.size() == 1 + test_samples);
  CHECK(text[0] == "index,class,probability");
  std::size_t right = 0;
  for (std::size_t i = 0; i < test_samples; ++i) {
    unsigned long index = 0;
    int predicted = -1;
    double probability = -1;
    REQUIRE(std::sscanf(text[i + 1].c_str(), "%lu,%d,%lf", &index, &predicted, &probability) == 3);
    CHECK(index == i);
    CHECK(probability >= 1.0 / image_classes);
    CHECK(probability <= 1);
    right += predicted == static_cast<int>(i % image_classes);
  }
  CHECK(right > test_samples * 9 / 10);
}

TEST_CASE("predict writes the same to a file, and as JSON") {
  const std::string file = folder() + "/predictions.csv";
  const std::vector<std::string> arguments = {"predict", "--model", csv_model(), "--data", csv_file(), "--limit", "12"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), arguments.begin(), arguments.end());
    const Outcome outcome = run_tool(more);
    REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
    return outcome.out;
  };
  const std::string csv = with({});
  CHECK(with({"--out", file}).empty());
  CHECK(read_whole_file(file) == csv);

  const std::string text = with({"--json"});
  CHECK(with({"--json", "--out", file}).empty());
  CHECK(read_whole_file(file) == text);
  const Json result = Json::parse(text);
  CHECK(result["samples"] == 12);
  REQUIRE(result["predictions"].size() == 12);
  const std::vector<std::string> rows = lines(csv);
  for (std::size_t i = 0; i < 12; ++i) {
    const Json& prediction = result["predictions"][i];
    CHECK(prediction["index"] == i);
    const std::string begin = std::to_string(i) + "," + std::to_string(prediction["class"].get<int>()) + ",";
    REQUIRE(rows[i + 1].starts_with(begin));
    CHECK(std::abs(std::stod(rows[i + 1].substr(begin.size())) - prediction["probability"].get<double>()) < 1e-6);
  }
}

/// The lines of `text` without their last cells, and with `last` in their place.
std::string with_last_cells(const std::string& text, const std::string& last) {
  std::string changed;
  for (const std::string& line : lines(text)) changed += line.substr(0, line.rfind(',')) + last + "\n";
  return changed;
}

TEST_CASE("predict needs no labels and looks at none") {
  const auto predicted = [](const std::string& name, const std::string& text) {
    const std::string path = folder() + "/" + name;
    write_whole_file(path, text);
    const Outcome outcome = run_tool({"predict", "--model", csv_model(), "--data", path});
    CHECK_MESSAGE(outcome.status == 0, outcome.err);
    return outcome.out;
  };
  const std::string text = read_whole_file(csv_file()), body = text.substr(text.find('\n') + 1);
  const std::string expected = predicted("labelled.csv", text);
  CHECK(lines(expected).size() == 91);
  CHECK(predicted("unlabelled.csv", with_last_cells(text, "")) == expected);
  CHECK(predicted("unlabelled-headless.csv", with_last_cells(body, "")) == expected);
  CHECK(predicted("other-labels.csv", with_last_cells(body, ",7")) == expected);

  const std::string unlabelled = folder() + "/unlabelled.csv";
  const Outcome named = run_tool({"predict", "--model", csv_model(), "--data", unlabelled, "--label-column", "c"});
  CHECK(named.status == 1);
  CHECK_MESSAGE(named.err.find("column 3 (\"c\"): expected a label") != std::string::npos, named.err);
  const Outcome measured = run_tool({"evaluate", "--model", csv_model(), "--data", unlabelled});
  CHECK(measured.status == 1);
  CHECK(lines(measured.err).size() == 1);
}

TEST_CASE("samples whose outputs are not finite have no class, which is told") {
  const std::string path = folder() + "/overflow.csv";
  const std::vector<std::string> rows = lines(read_whole_file(csv_file()));
  write_whole_file(path, rows[0] + "\n" + rows[1] + "\n3e38,3e38,3e38,0\n" + rows[2] + "\n-3e38,-3e38,3e38,2\n");
  const Outcome text = run_tool({"predict", "--model", csv_model(), "--data", path});
  CHECK(text.status == 0);
  CHECK(lines(text.out)[2] == "1,-1,nan");
  CHECK(text.err == "warning: 2 samples have no class (-1): their outputs are not finite; the first is 1\n");
  const Outcome json = run_tool({"predict", "--model", csv_model(), "--data", path, "--json"});
  CHECK(Json::parse(json.out)["predictions"][3]["class"] == -1);
  CHECK(Json::parse(json.out)["predictions"][3]["probability"].is_null());
  CHECK(json.err == text.err);

  const Json result = evaluated({"--model", csv_model(), "--data", path});
  CHECK(result["samples"] == 4);
  CHECK(result["loss"].is_null());
  CHECK(result["accuracy"] == 0.5);
  CHECK(result["classes"][0]["undecided"] == 1);
  CHECK(result["classes"][2]["undecided"] == 1);
  const Outcome shown = run_tool({"evaluate", "--model", csv_model(), "--data", path});
  CHECK(lines(shown.out)[0] ==
        "accuracy 50.00 %, loss nan over 4 samples, 2 of them without a class, since their outputs are not finite");
  CHECK(lines(shown.out)[2].ends_with("none"));
  CHECK(lines(shown.out)[3].ends_with(" 1"));
}

}  // namespace
}  // namespace treadle::test
