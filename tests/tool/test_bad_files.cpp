// Files and folders that are missing, broken or do not fit: exit status 1 and one line.
#include <doctest/doctest.h>

#include <filesystem>

#include "fixture.hpp"
#include "run_tool.hpp"

namespace treadle::test {
namespace {

/// A file in the shared folder with these contents.
std::string file(const std::string& name, const std::string& contents) {
  const std::string path = folder() + "/" + name;
  write_whole_file(path, contents);
  return path;
}

/// A copy of the IDX folder in which `name` is cut to `bytes` or, for 0, removed.
std::string broken_idx(const std::string& folder_name, const std::string& name, std::size_t bytes) {
  const std::string path = folder() + "/" + folder_name;
  std::filesystem::copy(idx_folder(), path, std::filesystem::copy_options::recursive);
  if (bytes == 0)
    std::filesystem::remove(path + "/" + name);
  else
    std::filesystem::resize_file(path + "/" + name, bytes);
  return path;
}

struct Case {
  std::vector<std::string> arguments;
  std::string expected;  ///< part of the line
};

std::vector<Case> data_cases() {
  const auto train = [](const std::string& data, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"train", "--data", data, "--out", folder() + "/never.safetensors"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  };
  const std::string csv = csv_file();
  return {
      {train("/nowhere/at/all"), "no such file or folder: '/nowhere/at/all'"},
      {train(std::string(5000, 'x')), "no such file or folder"},
      {train(folder()), "images-idx3"},
      {train(broken_idx("no-test", "t10k-images-idx3-ubyte", 0)), "t10k-images-idx3-ubyte"},
      {train(broken_idx("cut-images", "train-images-idx3-ubyte", 500)), "train-images-idx3-ubyte"},
      {train(broken_idx("cut-head", "train-images-idx3-ubyte", 9)), "train-images-idx3-ubyte"},
      {train(broken_idx("cut-labels", "train-labels-idx1-ubyte", 20)), "train-labels-idx1-ubyte"},
      {train(file("empty.csv", "")), "empty.csv"},
      {train(file("head-only.csv", "a,b,label\n")), "head-only.csv"},
      {train(csv_with_text()), "text.csv"},
      {train(file("ragged.csv", "1,2,0\n1,1\n")), "ragged.csv"},
      {train(file("negative.csv", "1,2,-1\n")), "negative.csv"},
      {train(file("half.csv", "1,2,0.5\n")), "half.csv"},
      {train(file("huge.csv", "1,2,99999999999999999999\n")), "huge.csv"},
      {train(file("nan.csv", "nan,2,0\n1,2,1\n")), "nan.csv"},
      {train(file("zeros.csv", std::string(64, '\0'))), "zeros.csv"},
      {train(csv, {"--label-column", "colour"}), "colour"},
      {train(csv, {"--label-column", "17"}), "17"},
      {train(csv, {"--validation", "/nowhere.csv"}), "/nowhere.csv"},
      {train(csv, {"--validation", csv_with_text()}), "text.csv"},
      {train(csv, {"--validation", file("narrow.csv", "1,0\n")}),
       "the model expects samples of shape 3, the data has 1"},
      {train(csv, {"--memory", "1KiB"}), "the limit is 1024"},
  };
}

std::vector<Case> model_cases() {
  const std::string model = csv_model(), csv = csv_file();
  const std::string bytes = read_whole_file(model);
  const auto evaluate = [&](const std::string& path) {
    return std::vector<std::string>{"evaluate", "--model", path, "--data", csv};
  };
  const std::string too_many = file("many.csv", "1,2,3,0\n1,2,3,7\n");
  return {
      {evaluate("/nowhere.safetensors"), "/nowhere.safetensors"},
      {evaluate(folder()), folder()},
      {evaluate(file("empty.safetensors", "")), "empty.safetensors"},
      {evaluate(file("text.safetensors", "this is no model at all")), "text.safetensors"},
      {evaluate(file("cut.safetensors", bytes.substr(0, bytes.size() / 2))), "cut.safetensors"},
      {evaluate(file("long.safetensors", bytes + "x")), "long.safetensors"},
      {evaluate(csv), "small.csv"},
      {{"info", csv}, "small.csv"},
      {{"info", "/nowhere"}, "/nowhere"},
      {{"plan", "--model", "./nowhere"}, "no such file: './nowhere'"},
      {{"plan", "--model", csv}, "small.csv"},
      {{"predict", "--model", model, "--data", idx_folder()},
       "the model expects samples of shape 3, the data has 6x5x1"},
      {{"train", "--model", model, "--data", idx_folder()}, "the model expects samples of shape 3, the data has 6x5x1"},
      {{"train", "--model", folder() + "/none.safetensors", "--data", csv}, "no such file"},
      {{"evaluate", "--model", model, "--data", too_many}, "the data has 8 classes, the model only 3 outputs"},
      {{"train", "--model", model, "--data", too_many}, "the data has 8 classes, the model only 3 outputs"},
      {{"plan", "--input", "4294967295x4294967295x4294967295"}, "does not fit"},
      {{"plan", "--memory", "1"}, "the limit is 1"},
  };
}

std::vector<Case> output_cases() {
  const auto train = [](std::vector<std::string> more) {
    more.insert(more.begin(), {"train", "--data", idx_folder()});
    return more;
  };
  const std::string model = csv_model(), csv = csv_file();
  return {
      {train({"--out", "/nowhere/model"}), "--out '/nowhere/model': cannot write: No such file or directory"},
      {train({"--out", folder()}), "cannot write: Is a directory"},
      {train({"--out", csv + "/model"}), "cannot write: Not a directory"},
      {train({"--out", "/proc/model"}), "--out '/proc/model': cannot write"},
      {train({"--log", "/nowhere/log"}), "--log '/nowhere/log': cannot write: No such file or directory"},
      {train({"--log", folder()}), "cannot write: Is a directory"},
      {{"predict", "--model", model, "--data", csv, "--out", "/nowhere/p.csv"}, "--out '/nowhere/p.csv': cannot write"},
      {{"predict", "--model", model, "--data", csv, "--out", "/dev/full"}, "cannot write: No space left on device"},
  };
}

void expect_failures(const std::vector<Case>& cases) {
  for (const Case& bad : cases) {
    std::string shown;
    for (const std::string& argument : bad.arguments) shown += argument.substr(0, 100) + " ";
    CAPTURE(shown);
    const Outcome outcome = run_tool(bad.arguments, {{}, folder(), {}});
    CHECK(outcome.status == 1);
    CHECK(outcome.out.empty());
    CHECK(outcome.err.ends_with('\n'));
    CHECK(lines(outcome.err).size() == 1);
    CHECK(outcome.err.size() <= 501);
    CHECK(outcome.err.starts_with("treadle " + bad.arguments[0] + ": "));
    CHECK_MESSAGE(outcome.err.find(bad.expected) != std::string::npos, outcome.err);
  }
}

TEST_CASE("data that is missing, broken or does not fit") {
  expect_failures(data_cases());
  CHECK(!std::filesystem::exists(folder() + "/never.safetensors"));
}

TEST_CASE("models that are missing, broken or do not fit") { expect_failures(model_cases()); }

TEST_CASE("output that cannot be written is found before the training") { expect_failures(output_cases()); }

TEST_CASE("a refused output leaves what was there") {
  const std::string log = file("kept.jsonl", "kept\n");
  const Outcome outcome = run_tool({"train", "--data", csv_with_text(), "--log", log, "--out", folder() + "/no"});
  CHECK(outcome.status == 1);
  CHECK(read_whole_file(log) == "kept\n");
}

}  // namespace
}  // namespace treadle::test
