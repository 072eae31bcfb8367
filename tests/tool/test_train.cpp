#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "fixture.hpp"
#include "run_tool.hpp"

namespace treadle::test {
namespace {

using Json = nlohmann::json;

std::set<std::string> keys(const Json& object) {
  std::set<std::string> all;
  for (const auto& item : object.items()) all.insert(item.key());
  return all;
}

TEST_CASE("training writes a model, tells its progress and ends with what it reached") {
  const std::string out = folder() + "/plain.safetensors";
  const Outcome outcome = run_tool(train(idx_folder(), out, {"--epochs", "3", "--batch-size", "16"}));
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  CHECK(exists(out));
  CHECK(outcome.out.find("mlp: 6x5x1 -> 4") != std::string::npos);
  CHECK(outcome.out.find("150 training samples, 40 validation samples") != std::string::npos);
  CHECK(outcome.out.find("validation accuracy ") != std::string::npos);
  CHECK(outcome.out.find("model written to " + out + "\n") != std::string::npos);
}

TEST_CASE("a convolutional network trains on images, with the same bits for any micro-batch and number of threads") {
  const std::string out = folder() + "/cnn.safetensors", sliced = folder() + "/cnn-sliced.safetensors";
  const std::vector<std::string> options = {"--model", "cnn", "--epochs", "2", "--batch-size", "16"};
  const Outcome outcome = run_tool(train(idx_folder(), out, options));
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  CHECK(outcome.out.find("cnn: 6x5x1 -> 4") != std::string::npos);
  std::vector<std::string> more = options;
  more.insert(more.end(), {"--micro-batch", "3", "--threads", "2"});
  REQUIRE(run_tool(train(idx_folder(), sliced, more)).status == 0);
  CHECK((read_whole_file(out) == read_whole_file(sliced)));
  const Outcome info = run_tool({"info", out});
  CHECK(info.out.find("16x1x3x3") != std::string::npos);
}

TEST_CASE("options of the loop arrive in it") {
  const std::string once = folder() + "/once.safetensors", parts = folder() + "/parts.safetensors";
  const auto trained = [&](const std::string& out, std::vector<std::string> more) {
    more.insert(more.end(), {"--epochs", "2", "--json"});
    const Outcome outcome = run_tool(train(idx_folder(), out, more));
    REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
    return Json::parse(outcome.out);
  };
  const Json whole = trained(once, {"--batch-size", "30"});
  CHECK(trained(parts, {"--batch-size", "10", "--accumulate", "3"})["micro_batch"] == 10);
  CHECK((read_whole_file(once) == read_whole_file(parts)));
  trained(parts, {"--batch-size", "30", "--clip-norm", "0.01"});
  CHECK((read_whole_file(once) != read_whole_file(parts)));
  trained(parts, {"--batch-size", "30", "--clip-value", "0.0001"});
  CHECK((read_whole_file(once) != read_whole_file(parts)));
  trained(parts, {"--batch-size", "30", "--validation-every", "2"});
  CHECK((read_whole_file(once) == read_whole_file(parts)));
  CHECK(trained(parts, {"--batch-size", "30", "--fast-dev-run", "1"})["epochs"] == 1);
  CHECK(trained(parts, {"--batch-size", "30", "--overfit-batches", "1"})["validation_accuracy"] !=
        whole["validation_accuracy"]);
  trained(parts, {"--batch-size", "30", "--schedule", "plateau", "--plateau-patience", "0"});
  CHECK(run_tool(train(idx_folder(), parts, {"--plateau-patience", "1"})).err.find("goes with --schedule plateau") !=
        std::string::npos);
  CHECK(run_tool(train(idx_folder(), parts, {"--spike", "3"})).err.find("goes with --guard") != std::string::npos);
  CHECK(run_tool(train(idx_folder(), parts, {"--guard", "skip", "--spike", "1"})).status == 2);
  CHECK(run_tool(train(idx_folder(), parts, {"--guard", "pray"})).status == 2);
  CHECK(run_tool(train(idx_folder(), parts, {"--accumulate", "0"})).status == 2);
}

TEST_CASE("a convolutional network needs images") {
  const Outcome outcome = run_tool(train(csv_file(), folder() + "/none.safetensors", {"--model", "cnn"}));
  CHECK(outcome.status == 1);
  CHECK(outcome.err.find("preset cnn: layer 0 (Conv2d): expected input [height, width, channels], got [3]") !=
        std::string::npos);
}

TEST_CASE("progress that is not on a terminal is a plain line an epoch") {
  const Outcome outcome = run_tool(train(idx_folder(), folder() + "/lines.safetensors", {"--epochs", "3"}));
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  const std::vector<std::string> progress = lines(outcome.err);
  REQUIRE(progress.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(progress[i].starts_with("epoch " + std::to_string(i + 1) + "/3  loss "));
    CHECK(progress[i].find("validation loss ") != std::string::npos);
  }
  CHECK(outcome.err.find('\r') == std::string::npos);
  CHECK(outcome.err.find('\x1b') == std::string::npos);
}

TEST_CASE("--quiet says nothing") {
  const Outcome outcome = run_tool(train(idx_folder(), folder() + "/quiet.safetensors", {"--epochs", "1", "--quiet"}));
  CHECK(outcome.status == 0);
  CHECK(outcome.out.empty());
  CHECK(outcome.err.empty());
}

TEST_CASE("--json prints one object and nothing else to standard output") {
  const std::string out = folder() + "/json.safetensors";
  const Outcome outcome = run_tool(train(idx_folder(), out, {"--epochs", "2", "--limit", "64", "--json"}));
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  REQUIRE(lines(outcome.out).size() == 1);
  const Json result = Json::parse(outcome.out);
  CHECK(keys(result) == std::set<std::string>{"model",
                                              "parameters",
                                              "train_samples",
                                              "validation_samples",
                                              "epochs",
                                              "batch_size",
                                              "micro_batch",
                                              "memory",
                                              "optimizer",
                                              "learning_rate",
                                              "seed",
                                              "threads",
                                              "isa",
                                              "train_loss",
                                              "train_accuracy",
                                              "validation_loss",
                                              "validation_accuracy",
                                              "stopped",
                                              "best_epoch",
                                              "seconds"});
  CHECK(result["model"] == out);
  CHECK(result["train_samples"] == 64);
  CHECK(result["validation_samples"] == test_samples);
  CHECK(result["epochs"] == 2);
  CHECK(result["learning_rate"] == 0.001);
  CHECK(result["parameters"] == 30 * 256 + 256 + 256 * 128 + 128 + 128 * 4 + 4);
  CHECK(result["validation_accuracy"].is_number());
}

TEST_CASE("an option that is given twice counts as the last one, as for a script that passes on more options") {
  const Outcome outcome = run_tool(train(idx_folder(), folder() + "/twice.safetensors",
                                         {"--epochs", "3", "--epochs", "2", "--json", "--json", "--epochs", "1"}));
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  CHECK(Json::parse(outcome.out)["epochs"] == 1);
}

TEST_CASE("the log has one object an epoch with exactly the promised keys") {
  const std::string log = folder() + "/log.jsonl";
  write_whole_file(log, "an old log\n");
  const Outcome outcome = run_tool(
      train(idx_folder(), folder() + "/log.safetensors", {"--epochs", "4", "--batch-size", "32", "--log", log}));
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  const std::vector<std::string> epochs = lines(read_whole_file(log));
  REQUIRE(epochs.size() == 4);
  for (std::size_t i = 0; i < epochs.size(); ++i) {
    const Json epoch = Json::parse(epochs[i]);
    CHECK(keys(epoch) == std::set<std::string>{"epoch", "iterations", "train_loss", "train_accuracy", "validation_loss",
                                               "validation_accuracy", "seconds", "samples_per_second"});
    CHECK(epoch["epoch"] == i + 1);
    CHECK(epoch["iterations"] == 5);  // ceil(150 / 32)
    CHECK(epoch["train_loss"].get<double>() > 0);
    CHECK(epoch["validation_accuracy"].get<double>() <= 1);
    CHECK(epoch["samples_per_second"].get<double>() > 0);
  }
  CHECK(Json::parse(epochs[3])["train_loss"] < Json::parse(epochs[0])["train_loss"]);
}

TEST_CASE("a CSV file without validation data logs null for validation") {
  const std::string log = folder() + "/null.jsonl";
  const Outcome outcome =
      run_tool(train(csv_file(), folder() + "/null.safetensors", {"--epochs", "1", "--log", log, "--json"}));
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  const Json epoch = Json::parse(read_whole_file(log));
  CHECK(epoch["validation_loss"].is_null());
  CHECK(epoch["validation_accuracy"].is_null());
  CHECK(Json::parse(outcome.out)["validation_loss"].is_null());
}

TEST_CASE("a CSV file with validation data and a named label column") {
  const Outcome outcome = run_tool(train(csv_file(), folder() + "/csv.safetensors",
                                         {"--validation", csv_file(), "--label-column", "kind", "--epochs", "30",
                                          "--learning-rate", "0.01", "--batch-size", "16", "--json"}));
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  CHECK(Json::parse(outcome.out)["validation_accuracy"].get<double>() > 0.9);
}

TEST_CASE("every optimizer learns") {
  for (const std::string optimizer : {"sgd", "momentum", "nesterov", "adam", "adamw"}) {
    CAPTURE(optimizer);
    const Outcome outcome =
        run_tool(train(idx_folder(), folder() + "/" + optimizer + ".safetensors",
                       {"--optimizer", optimizer, "--epochs", "15", "--batch-size", "10", "--json"}));
    REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
    CHECK(Json::parse(outcome.out)["validation_accuracy"].get<double>() > 0.9);
  }
}

TEST_CASE("--model continues from a saved model") {
  const std::string first = folder() + "/first.safetensors", second = folder() + "/second.safetensors";
  const auto losses = [](const Outcome& outcome) {
    REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
    return Json::parse(outcome.out)["train_loss"].get<double>();
  };
  const double begun = losses(run_tool(train(idx_folder(), first, {"--epochs", "2", "--json"})));
  const double continued = losses(run_tool(train(idx_folder(), second, {"--model", first, "--epochs", "1", "--json"})));
  const double fresh = losses(run_tool(train(idx_folder(), second + ".fresh", {"--epochs", "1", "--json"})));
  CHECK(continued < begun);
  CHECK(continued < fresh);
}

TEST_CASE("the model's bytes depend on neither threads nor micro-batch nor instruction set, but on the seed") {
  const auto bytes = [](std::vector<std::string> more, std::vector<std::string> environment = {}) {
    static int count = 0;
    const std::string out = folder() + "/bits-" + std::to_string(count++) + ".safetensors";
    more.insert(more.end(), {"--epochs", "2", "--batch-size", "33", "--quiet"});
    const Outcome outcome = run_tool(train(idx_folder(), out, more), {std::move(environment), {}, {}});
    REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
    return read_whole_file(out);
  };
  const std::string one = bytes({});
  REQUIRE(!one.empty());
  CHECK((bytes({"--threads", "3"}) == one));
  CHECK((bytes({"--micro-batch", "1"}) == one));
  CHECK((bytes({"--micro-batch", "7"}) == one));
  CHECK((bytes({"--log", folder() + "/bits.jsonl"}) == one));
  CHECK((bytes({"--seed", "2"}) != one));
  CHECK((bytes({"--no-shuffle"}) != one));
  const Json info = Json::parse(run_tool({"info", "--json"}).out);
  for (const Json& isa : info["isas"]) {
    if (!isa["supported"] || !isa["same_bits"]) continue;
    CAPTURE(isa);
    CHECK((bytes({}, {"TREADLE_ISA=" + isa["name"].get<std::string>()}) == one));
  }
}

TEST_CASE("a run ends at the limit that is reached first, and says which") {
  const auto result = [](std::vector<std::string> more) {
    more.insert(more.end(), {"--batch-size", "16", "--json"});
    const Outcome outcome = run_tool(train(idx_folder(), folder() + "/limited.safetensors", more));
    REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
    return Json::parse(outcome.out);
  };
  const Json none = result({"--epochs", "50", "--patience", "2", "--least-improvement", "10"});
  CHECK(none["epochs"] == 3);
  CHECK(none["best_epoch"] == 1);
  const Json all = result({"--epochs", "2"});
  CHECK(all["stopped"] == "epochs");
  CHECK(all["best_epoch"].is_null());
  // 150 samples are 10 iterations an epoch.
  const Json iterations = result({"--epochs", "9", "--max-iterations", "12"});
  CHECK(iterations["stopped"] == "iterations");
  CHECK(iterations["epochs"] == 2);
  const Json time = result({"--epochs", "1000000", "--max-time", "0.1s"});
  CHECK(time["stopped"] == "time");
  const Json best = result(
      {"--epochs", "500", "--patience", "2", "--metric", "accuracy", "--optimizer", "adam", "--learning-rate", "0.02"});
  CHECK(best["stopped"] == "no improvement");
  CHECK(best["best_epoch"] == best["epochs"].get<int>() - 2);

  const Outcome text = run_tool(train(idx_folder(), folder() + "/limited.safetensors", {"--max-iterations", "3"}));
  CHECK(text.out.find("limit of iterations") != std::string::npos);
}

TEST_CASE("every schedule trains to weights of its own") {
  std::set<std::string> models;
  const std::vector<std::vector<std::string>> ways = {
      {"--schedule", "linear"},
      {"--schedule", "constant"},
      {"--schedule", "cosine"},
      {"--schedule", "one-cycle"},
      {"--schedule", "step"},
      {"--schedule", "step", "--step-epochs", "1"},
      {"--warm-up", "5"},
      {"--schedule", "step", "--step-epochs", "1", "--step-factor", "0.7"},
      {"--schedule", "cosine", "--cosine-floor", "0.2"},
      {"--schedule", "one-cycle", "--one-cycle-rise", "0.6"},
      {"--beta1", "0.8"},
      {"--beta2", "0.9"},
      {"--epsilon", "0.01"}};
  for (std::vector<std::string> way : ways) {
    const std::string out = folder() + "/scheduled.safetensors";
    way.insert(way.end(), {"--epochs", "4", "--batch-size", "16"});
    REQUIRE(run_tool(train(idx_folder(), out, way)).status == 0);
    models.insert(read_whole_file(out));
  }
  CHECK(models.size() == ways.size());
}

TEST_CASE("numbers of schedules and optimizers are what the library has, and go with their own only") {
  const std::string run = folder() + "/numbers";
  const auto job = [&](const std::string& name, std::vector<std::string> more) {
    more.insert(more.end(), {"--data", idx_folder(), "--epochs", "5", "--run", run + name, "--quiet"});
    more.insert(more.begin(), "train");
    const Outcome outcome = run_tool(more);
    REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
    return read_whole_file(run + name + "/model.safetensors");
  };
  // Those that are not given have the library's values, which the run's job tells.
  const std::string plain = job("plain", {});
  const Json kept = Json::parse(read_whole_file(run + "plain/job.json"));
  CHECK(kept["beta1"] == 0.9);
  CHECK(kept["beta2"] == 0.999);
  CHECK(kept["epsilon"] == 1e-8);
  CHECK(kept["step-factor"] == 0.1);
  CHECK((job("same", {"--beta1", "0.9", "--beta2", "0.999", "--epsilon", "1e-8"}) == plain));
  CHECK((job("step", {"--schedule", "step", "--step-epochs", "2"}) ==
         job("step-same", {"--schedule", "step", "--step-epochs", "2", "--step-factor", "0.1"})));
  // A rate that is far too high never becomes better: each validation drops it, to the floor.
  const auto plateau = [&](const std::string& name, std::vector<std::string> more) {
    if (std::find(more.begin(), more.end(), "--learning-rate") == more.end())
      more.insert(more.end(), {"--learning-rate", "3"});
    more.insert(more.end(), {"--schedule", "plateau", "--plateau-patience", "0", "--optimizer", "sgd"});
    return job(name, more);
  };
  const std::string tenth = plateau("tenth", {});
  CHECK((plateau("tenth-same", {"--plateau-factor", "0.1"}) == tenth));
  CHECK((plateau("half", {"--plateau-factor", "0.5"}) != tenth));
  CHECK((plateau("floor", {"--plateau-floor", "1"}) != tenth));
  CHECK((plateau("threshold-same", {"--plateau-threshold", "0.0001"}) == tenth));
  // Losses that fall, but never by so much.
  CHECK((plateau("threshold", {"--learning-rate", "0.01", "--plateau-threshold", "0.99"}) !=
         plateau("no-threshold", {"--learning-rate", "0.01"})));
  CHECK((plateau("cooldown", {"--plateau-cooldown", "9"}) != tenth));
  // The first epoch is the best, and 4 follow.
  const std::vector<std::string> early = {"--patience", "4", "--least-improvement", "1e9"};
  std::vector<std::string> last = early;
  last.push_back("--keep-last");
  const std::string best = job("best", early), kept_last = job("last", last);
  CHECK((best != kept_last));
  CHECK((kept_last == plain));
  const auto refused = [&](std::vector<std::string> more, const std::string& what) {
    const Outcome outcome = run_tool(train(idx_folder(), folder() + "/refused.safetensors", std::move(more)));
    CHECK(outcome.status == 2);
    CHECK_MESSAGE(outcome.err.find(what) != std::string::npos, outcome.err);
  };
  refused({"--step-factor", "0.5"}, "--step-factor goes with --schedule step");
  refused({"--cosine-floor", "0.5"}, "--cosine-floor goes with --schedule cosine");
  refused({"--one-cycle-rise", "0.5"}, "--one-cycle-rise goes with --schedule one-cycle");
  refused({"--plateau-factor", "0.5"}, "--plateau-factor goes with --schedule plateau");
  refused({"--plateau-floor", "0.5"}, "--plateau-floor goes with --schedule plateau");
  refused({"--plateau-threshold", "0.5"}, "--plateau-threshold goes with --schedule plateau");
  refused({"--plateau-cooldown", "1"}, "--plateau-cooldown goes with --schedule plateau");
  refused({"--optimizer", "sgd", "--beta2", "0.5"}, "--beta2 goes with adam and adamw");
  refused({"--keep-last"}, "--keep-last goes with --patience");
  refused({"--guard-factor", "0.3"}, "--guard-factor goes with --guard");
  refused({"--guard", "skip", "--guard-factor", "0.3"}, "--guard-factor goes with --guard roll-back");
  refused({"--beta1", "1"}, "--beta1: expected a number of at least 0 and below 1");
}

TEST_CASE("--memory picks the micro-batch, and what is used is within it") {
  const Outcome outcome = run_tool(train(idx_folder(), folder() + "/memory.safetensors",
                                         {"--epochs", "1", "--batch-size", "200", "--memory", "850KiB", "--json"}));
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  const Json result = Json::parse(outcome.out);
  CHECK(result["micro_batch"].get<int>() < 200);
  CHECK(result["memory"].get<int>() <= 850 * 1024);
}

TEST_CASE("the model goes to model.safetensors in the current folder unless told otherwise") {
  const std::string here = folder() + "/here";
  std::filesystem::create_directory(here);
  const Outcome outcome = run_tool({"train", "--data", idx_folder(), "--epochs", "1"}, {{}, here, {}});
  CHECK(outcome.status == 0);
  CHECK(exists(here + "/model.safetensors"));
  // Nothing else is left behind: no probe, no temporary file.
  CHECK(std::distance(std::filesystem::directory_iterator(here), std::filesystem::directory_iterator()) == 1);
}

}  // namespace
}  // namespace treadle::test
