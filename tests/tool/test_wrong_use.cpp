// Arguments that make no sense: exit status 2 and one line that says what was expected.
#include <doctest/doctest.h>

#include <filesystem>

#include "fixture.hpp"
#include "run_tool.hpp"

namespace treadle::test {
namespace {

struct WrongUse {
  std::vector<std::string> arguments;
  std::string expected;  ///< part of the line
  std::vector<std::string> environment = {};
};

std::vector<WrongUse> cases() {
  const std::string idx = idx_folder(), csv = csv_file(), model = csv_model();
  const std::string beside = folder() + "/beside.tmp", linked = folder() + "/linked";
  std::filesystem::copy_file(csv, beside, std::filesystem::copy_options::overwrite_existing);
  if (!std::filesystem::exists(linked)) std::filesystem::create_symlink("small.csv", linked);
  const auto train = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"train", "--data", idx});
    return more;
  };
  return {
      {{"tarin"}, "treadle: unknown command tarin; did you mean train?"},
      {{"eval"}, "did you mean evaluate?"},
      {{"fly"}, "unknown command fly; see treadle --help"},
      {{""}, "unknown command ; see treadle --help"},
      {{"--versoin"}, "unknown option --versoin; did you mean --version?"},
      {{"a\nb\x1b[31m"}, "unknown command a?b?[31m"},
      {{"train"}, "treadle train: --data is needed"},
      {{"train", "--data"}, "--data needs a value"},
      {{"train", "--data="}, "--data needs a value"},
      {{"train", "--data", ""}, "--data: expected a text that is not empty"},
      {train({"--bach-size", "3"}), "unknown option --bach-size; did you mean --batch-size?"},
      {train({"--bach-size=3"}), "unknown option --bach-size; did you mean --batch-size?"},
      {train({"--quite"}), "did you mean --quiet?"},
      {train({"--lr", "0.1"}), "unknown option --lr; did you mean --learning-rate?"},
      {{"train", csv}, "unexpected argument '" + csv + "'; did you mean --data " + csv + "?"},
      {{"train", "--data", csv, "--patience", "3"}, "--patience needs validation data: give --validation-split 0.1"},
      {{"train", "--data", csv, "--validation-every", "3"}, "--validation-every needs validation data"},
      {{"train", "--data", csv, "--schedule", "plateau"}, "--schedule plateau needs validation data"},
      {{"train", "--data", csv, "--validation-split", "100%"}, "--validation-split: expected a share below 1 or 100%"},
      {{"train", "--data", csv, "--separator", ";;"}, "--separator: expected one character, or tab, got ';;'"},
      {train({"--separator", ";"}), "--separator goes with a CSV file, not with a folder of IDX files"},
      {train({"--xyz", "3"}), "unknown option --xyz; see treadle train --help"},
      {train({"-e", "3"}), "unknown option -e"},
      {train({"stray"}), "unexpected argument 'stray'"},
      {train({"--json=yes"}), "--json takes no value"},
      {train({"--epochs", "1", "--epochs", "0"}), "--epochs: expected a whole number"},
      {train({"--batch-size", "0"}), "--batch-size: expected a whole number from 1 to 4294967295, got '0'"},
      {train({"--batch-size", "-1"}), "got '-1'"},
      {train({"--batch-size", "99999999999999999999"}), "--batch-size: expected a whole number"},
      {train({"--batch-size", "1.5"}), "got '1.5'"},
      {train({"--batch-size", "ten"}), "got 'ten'"},
      {train({"--batch-size", "--epochs"}), "got '--epochs'"},
      {train({"--batch-size"}), "--batch-size needs a value"},
      {train({"--micro-batch", "0"}), "--micro-batch: expected a whole number"},
      {train({"--micro-batch", "33", "--batch-size", "32"}),
       "--micro-batch: expected at most the batch size, 32, got 33"},
      {train({"--memory", "0"}), "--memory: expected a size above 0"},
      {train({"--memory", "lots"}), "such as 262144, 256KiB"},
      {train({"--memory", "99999999999GiB"}), "--memory: expected a size"},
      {train({"--epochs", "0"}), "--epochs: expected a whole number"},
      {train({"--seed", "-1"}), "--seed: expected a whole number of at least 0 and below 2^64, got '-1'"},
      {train({"--seed", "18446744073709551616"}), "--seed: expected"},
      {train({"--threads", "1025"}), "--threads: expected a whole number from 0 to 1024"},
      {train({"--limit", "0"}), "--limit: expected"},
      {train({"--resume"}), "--resume goes with --checkpoints"},
      {train({"--checkpoint-every", "5"}), "--checkpoint-every goes with --checkpoints"},
      {train({"--checkpoint-limit", "5MB"}), "--checkpoint-limit goes with --checkpoints"},
      {train({"--checkpoints", "c", "--checkpoint-every", "0"}), "--checkpoint-every: expected a whole number"},
      {train({"--checkpoints", "c", "--checkpoint-every", "3d"}), "--checkpoint-every: expected a time"},
      {train({"--optimizer", "adamm"}), "--optimizer: unknown optimizer 'adamm'; did you mean adam?"},
      {train({"--optimizer", "rmsprop"}), "expected one of: sgd momentum nesterov adam adamw"},
      {train({"--learning-rate", "0"}), "--learning-rate: expected a number above 0, got '0'"},
      {train({"--learning-rate", "-0.1"}), "got '-0.1'"},
      {train({"--learning-rate", "nan"}), "got 'nan'"},
      {train({"--learning-rate", "inf"}), "got 'inf'"},
      {train({"--learning-rate", "1e99"}), "got '1e99'"},
      {train({"--momentum", "1", "--optimizer", "sgd"}), "--momentum: expected a number of at least 0 and below 1"},
      {train({"--momentum", "0.5"}), "--momentum goes with sgd, momentum and nesterov"},
      {train({"--momentum", "0", "--optimizer", "nesterov"}), "nesterov needs a number above 0"},
      {train({"--weight-decay", "-1"}), "--weight-decay: expected a number of at least 0"},
      {train({"--step-epochs", "2"}), "--step-epochs goes with --schedule step"},
      {train({"--metric", "loss"}), "--metric goes with --patience"},
      {train({"--patience", "0"}), "--patience: expected a whole number"},
      {train({"--max-time", "soon"}), "--max-time: expected a time above 0"},
      {train({"--schedule", "liner"}), "--schedule: unknown schedule 'liner'; did you mean linear?"},
      {train({"--model", "mpl"}), "unknown model 'mpl'; did you mean mlp?"},
      {train({"--model", "transformer"}), "expected one of: mlp cnn"},
      {train({"--label-column", "kind"}), "--label-column goes with a CSV file"},
      {train({"--validation", csv}), "--validation goes with a CSV file"},
      {{"train", "--data", csv, "--out", csv}, "is a file that this command reads or writes already"},
      {{"train", "--data", csv, "--log", folder() + "/./small.csv"}, "reads or writes already"},
      {{"train", "--data", csv, "--log", "x.out", "--out", "x.out"}, "reads or writes already"},
      {train({"--out", idx + "/train-images-idx3-ubyte"}), "reads or writes already"},
      {train({"--out", idx + "/../idx/t10k-labels-idx1-ubyte"}), "reads or writes already"},
      {train({"--log", idx + "/t10k-images-idx3-ubyte"}), "reads or writes already"},
      {train({"--log", idx + "/train-labels-idx1-ubyte.gz"}), "reads or writes already"},
      {train({"--log", "both.tmp", "--out", "both"}), "--log 'both.tmp' is a file that this command reads or writes"},
      {train({"--log", "small.csv.tmp", "--out", linked}), "--log 'small.csv.tmp' is a file"},
      {train({"--model", model, "--log", model}), "reads or writes already"},
      {{"train", "--data", beside, "--out", "beside"}, "--out's temporary file 'beside.tmp' is a file"},
      {{"train", "--data", csv, "--validation", beside, "--out", "beside"}, "--out's temporary file"},
      {{"train", "--data", csv, "--model", beside, "--out", "beside"}, "--out's temporary file"},
      {{"evaluate", "--data", idx}, "treadle evaluate: --model is needed"},
      {{"evaluate", "--model", model}, "treadle evaluate: --data is needed"},
      {{"evaluate", "--model", model, "--data", csv, "--part", "test"}, "a CSV file has no parts"},
      {{"evaluate", "--model", model, "--data", idx, "--part", "tset"}, "unknown part 'tset'; did you mean test?"},
      {{"evaluate", "--model", model, "--data", idx, "--batch-size", "3"}, "unknown option --batch-size"},
      {{"predict", "--model", model, "--data", csv, "--out", csv}, "reads or writes already"},
      {{"predict", "--model", model, "--data", csv, "--out", model}, "reads or writes already"},
      {{"predict", "--model", model, "--data", idx, "--out", idx + "/t10k-images-idx3-ubyte"}, "reads or writes"},
      {{"predict", "--model", model, "--data", csv, "--limit", "-3"}, "--limit: expected"},
      {{"plan", "--input", "28x0x1"}, "--input: expected 1 to 6 extents"},
      {{"plan", "--input", "1x2x3x4x5x6x7"}, "--input: expected 1 to 6 extents"},
      {{"plan", "--classes", "0"}, "--classes: expected"},
      {{"plan", "--model", model, "--classes", "3"}, "--classes goes with a preset"},
      {{"plan", "--model", model, "--input", "3"}, "--input goes with a preset"},
      {{"plan", "--micro-batch", "200"}, "expected at most the batch size, 128, got 200"},
      {{"plan", "--epochs", "3"}, "unknown option --epochs"},
      {{"info", "a", "b"}, "unexpected argument 'b'"},
      {{"info", "--jsno"}, "did you mean --json?"},
      {{"info"}, "TREADLE_ISA: unknown instruction set 'foo'; expected one of: ", {"TREADLE_ISA=foo"}},
      {{"plan"}, "TREADLE_ISA: unknown instruction set 'AVX2'", {"TREADLE_ISA=AVX2"}},
      {train({}), "TREADLE_ISA", {"TREADLE_ISA=foo"}},
  };
}

TEST_CASE("what would have been overwritten is as it was") {
  const std::string images = idx_folder() + "/train-images-idx3-ubyte", before = read_whole_file(images);
  CHECK(run_tool({"train", "--data", idx_folder(), "--epochs", "1", "--out", images}).status == 2);
  CHECK(run_tool({"train", "--data", idx_folder(), "--epochs", "1", "--log", images}).status == 2);
  CHECK(run_tool({"predict", "--model", idx_model(), "--data", idx_folder(), "--out", images}).status == 2);
  CHECK(read_whole_file(images) == before);

  const std::string data = folder() + "/kept.tmp", text = read_whole_file(csv_file());
  write_whole_file(data, text);
  CHECK(run_tool({"train", "--data", data, "--epochs", "1", "--out", folder() + "/kept"}).status == 2);
  CHECK(read_whole_file(data) == text);
}

TEST_CASE("wrong use gives exit status 2 and exactly one line that says what is wrong") {
  for (const WrongUse& wrong : cases()) {
    std::string shown;
    for (const std::string& argument : wrong.arguments) shown += argument + " ";
    CAPTURE(shown);
    const Outcome outcome = run_tool(wrong.arguments, {wrong.environment, folder(), {}});
    CHECK(outcome.status == 2);
    CHECK(outcome.out.empty());
    CHECK(outcome.err.ends_with('\n'));
    CHECK(lines(outcome.err).size() == 1);
    CHECK(outcome.err.starts_with("treadle"));
    CHECK_MESSAGE(outcome.err.find(wrong.expected) != std::string::npos, outcome.err);
  }
}

}  // namespace
}  // namespace treadle::test
