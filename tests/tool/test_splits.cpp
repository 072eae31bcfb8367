// Which samples are validated on, and how they are found again.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "fixture.hpp"
#include "run_tool.hpp"
#include "support/files.hpp"

namespace treadle::test {
namespace {

Outcome train_split(std::vector<std::string> options) {
  options.insert(options.begin(),
                 {"train", "--epochs", "2", "--batch-size", "16", "--out", folder() + "/split.safetensors"});
  return run_tool(options);
}

void check_option_refused(const std::vector<std::string>& options, const std::string& words) {
  const Outcome outcome = train_split(options);
  CHECK(outcome.status == 2);
  CHECK_MESSAGE(outcome.err.find(words) != std::string::npos, outcome.err);
}

TEST_CASE("a split is one of the training part, and leaves a test part alone") {
  for (const std::vector<std::string>& more : std::vector<std::vector<std::string>>{{}, {"--stream"}}) {
    std::vector<std::string> plain = {"--data", idx_folder()},
                             split = {"--data", idx_folder(), "--validation-split", "20%"};
    plain.insert(plain.end(), more.begin(), more.end());
    split.insert(split.end(), more.begin(), more.end());
    CHECK(train_split(plain).out.find("150 training samples, 40 validation samples (the test part)\n") !=
          std::string::npos);
    const Outcome outcome = train_split(split);
    REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
    CHECK(outcome.out.find("120 training samples, 30 validation samples\n") != std::string::npos);
  }
  const std::string indices = folder() + "/three.txt";
  put_file(indices, to_bytes("5\n7\n149\n"));
  CHECK(train_split({"--data", idx_folder(), "--validation-indices", indices})
            .out.find("147 training samples, 3 validation") != std::string::npos);
}

TEST_CASE("a folder of IDX files without a test part is training data") {
  const std::string only = folder() + "/only-train", model = folder() + "/split.safetensors";
  std::filesystem::create_directories(only);
  for (const char* name : {"/train-images-idx3-ubyte", "/train-labels-idx1-ubyte"})
    put_file(only + name, get_file(idx_folder() + name));
  for (const std::vector<std::string>& more : std::vector<std::vector<std::string>>{{}, {"--stream"}}) {
    std::vector<std::string> options = {"--data", only};
    options.insert(options.end(), more.begin(), more.end());
    const Outcome outcome = train_split(options);
    REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
    CHECK(outcome.out.find("150 training samples, 0 validation samples\n") != std::string::npos);
  }
  CHECK(run_tool({"evaluate", "--model", model, "--data", only}).out.find("over 150 samples") != std::string::npos);
  CHECK(run_tool({"evaluate", "--model", model, "--data", only, "--part", "test"}).err.find("no t10k files") !=
        std::string::npos);
  put_file(only + "/t10k-images-idx3-ubyte", get_file(idx_folder() + "/t10k-images-idx3-ubyte"));
  CHECK(train_split({"--data", only}).err.find("t10k-labels-idx1-ubyte") != std::string::npos);
}

TEST_CASE("a split has a seed of its own, and its samples are written down and found again") {
  const std::string run = folder() + "/split-run", again = folder() + "/split-again", csv = csv_file();
  const auto indices_of = [](const std::string& path) { return read_whole_file(path + "/validation_indices.txt"); };
  const auto run_in = [&](const std::string& path, std::vector<std::string> more) {
    std::filesystem::remove_all(path);
    more.insert(more.begin(), {"train", "--data", csv, "--epochs", "1", "--run", path, "--json"});
    const Outcome outcome = run_tool(more);
    REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
    return nlohmann::json::parse(outcome.out);
  };
  const nlohmann::json result = run_in(run, {"--validation-split", "0.2"});
  const std::string chosen = indices_of(run);
  CHECK(std::count(chosen.begin(), chosen.end(), '\n') == 18);
  run_in(again, {"--validation-split", "0.2", "--seed", "2"});
  CHECK(indices_of(again) != chosen);
  run_in(again, {"--validation-split", "0.2", "--seed", "2", "--split-seed", "1"});
  CHECK(indices_of(again) == chosen);
  const std::string file = run + "/validation_indices.txt";
  CHECK(run_in(again, {"--validation-indices", file})["validation_loss"] == result["validation_loss"]);
  CHECK(indices_of(again) == chosen);
  run_in(again, {});
  CHECK(!std::filesystem::exists(again + "/validation_indices.txt"));

  const Outcome evaluated = run_tool({"evaluate", "--model", run, "--data", csv, "--indices", file, "--json"});
  REQUIRE_MESSAGE(evaluated.status == 0, evaluated.err);
  CHECK(nlohmann::json::parse(evaluated.out)["samples"] == 18);
  CHECK(nlohmann::json::parse(evaluated.out)["accuracy"] == result["validation_accuracy"]);
  const std::vector<std::string> all = lines(run_tool({"predict", "--model", run, "--data", csv}).out),
                                 part =
                                     lines(run_tool({"predict", "--model", run, "--data", csv, "--indices", file}).out),
                                 numbers = lines(chosen);
  REQUIRE(part.size() == 19);
  for (std::size_t i = 0; i < numbers.size(); ++i) CHECK(part[i + 1] == all[std::stoul(numbers[i]) + 1]);
  const nlohmann::json predicted =
      nlohmann::json::parse(run_tool({"predict", "--model", run, "--data", csv, "--indices", file, "--json"}).out);
  CHECK(predicted["predictions"].size() == 18);
  CHECK(predicted["predictions"][3]["index"] == std::stoul(numbers[3]));

  put_file(folder() + "/wrong.txt", to_bytes("1\n90\n"));
  CHECK(run_tool({"evaluate", "--model", run, "--data", csv, "--indices", folder() + "/wrong.txt"})
            .err.find("wrong.txt: line 2: expected an index in 0 ... 89") != std::string::npos);
  check_option_refused({"--data", csv, "--split-seed", "2"}, "--split-seed goes with --validation-split");
  const Outcome which = run_tool({"evaluate", "--model", idx_model(), "--data", idx_folder(), "--indices", file});
  CHECK(which.status == 2);
  CHECK(which.err.find("--indices needs --part") != std::string::npos);
  CHECK(run_tool({"evaluate", "--model", idx_model(), "--data", idx_folder(), "--indices", file, "--part", "train"})
            .out.find("over 18 samples") != std::string::npos);
}

TEST_CASE("options that would do nothing, or that the loop refuses, are refused by their names") {
  const std::string data = idx_folder();
  check_option_refused({"--data", data, "--window", "10"}, "--window goes with --stream");
  check_option_refused({"--data", data, "--buffers", "3"}, "--buffers goes with --stream");
  check_option_refused({"--data", data, "--readers", "2"}, "--readers goes with --stream");
  check_option_refused({"--data", data, "--stream", "--window", "10", "--no-shuffle"},
                       "--no-shuffle does not go with --window");
  check_option_refused({"--data", data, "--stream", "--window", "10", "--balance"},
                       "--balance does not go with --window");
  check_option_refused({"--data", data, "--balance", "--no-shuffle"}, "--balance does not go with --no-shuffle");
}

TEST_CASE("with --limit a file beside the data has a line for each sample that is taken, or for each of all") {
  const std::string data = idx_folder(), file = folder() + "/lines.txt", model = folder() + "/split.safetensors";
  const auto trained = [&](const std::string& option, std::size_t count, std::vector<std::string> more) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += std::to_string(i * 7 % 5) + "\n";
    write_whole_file(file, text);
    more.insert(more.begin(),
                {"train", "--data", data, "--epochs", "1", "--out", model, "--limit", "50", option, file});
    return run_tool(more);
  };
  for (const std::string option : {"--weights", "--validation-groups"}) {
    const std::vector<std::string> more =
        option == "--weights" ? std::vector<std::string>{} : std::vector<std::string>{"--validation-split", "0.2"};
    REQUIRE(trained(option, 50, more).status == 0);
    const std::string expected = read_whole_file(model);
    REQUIRE(trained(option, 150, more).status == 0);
    CHECK((read_whole_file(model) == expected));
    const Outcome refused = trained(option, 60, more);
    CHECK(refused.status == 1);
    CHECK_MESSAGE(
        refused.err.find("a line for each of the 50 samples that it takes, or of all 150") != std::string::npos,
        refused.err);
  }
  write_whole_file(file, "7\n49\n50\n149\n");
  const std::vector<std::string> indices = {
      "train", "--data", data, "--epochs", "1", "--out", model, "--limit", "50", "--validation-indices", file};
  CHECK(run_tool(indices).out.find("48 training samples, 2 validation samples") != std::string::npos);
  write_whole_file(file, "50\n");
  CHECK(run_tool(indices).err.find("the 50 samples that --limit takes none would be left for validation") !=
        std::string::npos);
}

TEST_CASE("classes of which --limit takes no sample are warned of") {
  const std::string csv = folder() + "/sorted.csv", model = folder() + "/split.safetensors";
  write_whole_file(csv, "1,0\n2,0\n3,1\n4,1\n5,2\n6,3\n");
  const auto warned = [&](const char* limit, const std::vector<std::string>& more = {}) {
    std::vector<std::string> options = {"train", "--data", csv, "--epochs", "1", "--out", model, "--limit", limit};
    options.insert(options.end(), more.begin(), more.end());
    const Outcome outcome = run_tool(options);
    CHECK_MESSAGE(outcome.status == 0, outcome.err);
    return outcome.err;
  };
  for (const std::vector<std::string>& how : {std::vector<std::string>{}, {"--stream"}}) {
    CHECK(warned("4", how).find("warning: --limit takes no sample of 2 of the 4 classes, such as 2;") !=
          std::string::npos);
    CHECK(warned("6", how).find("warning") == std::string::npos);
    CHECK(warned("7", how).find("warning") == std::string::npos);
  }
}

}  // namespace
}  // namespace treadle::test
