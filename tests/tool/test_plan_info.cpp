#include <treadle/version.hpp>

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "fixture.hpp"
#include "run_tool.hpp"

namespace treadle::test {
namespace {

using Json = nlohmann::json;

constexpr int fashion_parameters = 784 * 256 + 256 + 256 * 128 + 128 + 128 * 10 + 10;

Json json_of(std::vector<std::string> arguments, std::vector<std::string> environment = {}) {
  arguments.push_back("--json");
  const Outcome outcome = run_tool(arguments, {std::move(environment), {}, {}});
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  CHECK(outcome.err.empty());
  return Json::parse(outcome.out);
}

std::size_t sum_of_kinds(const Json& memory) {
  std::size_t sum = 0;
  for (const char* kind : {"parameters", "gradients", "optimizer_state", "activations", "workspace", "plan"})
    sum += memory.at(kind).get<std::size_t>();
  return sum;
}

TEST_CASE("plan shows memory by kind and by layer, parameters and work") {
  const Outcome outcome = run_tool({"plan", "--batch-size", "64"});
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  CHECK(outcome.err.empty());
  for (const char* part : {"235,146 parameters", "batch 64", "micro-batch 64", "optimizer state", "activations",
                           "total", "forward FLOP", "1 Dense", "28x28x1", "FLOP of a sample: ", "of an iteration: "})
    CHECK_MESSAGE(outcome.out.find(part) != std::string::npos, part);
}

TEST_CASE("the figures of plan agree with one another") {
  const Json plan = json_of({"plan", "--model", "mlp", "--batch-size", "128", "--optimizer", "adam"});
  CHECK(plan["parameters"] == fashion_parameters);
  CHECK(plan["batch_size"] == 128);
  CHECK(plan["micro_batch"] == 128);
  CHECK(plan["memory"]["total"] == sum_of_kinds(plan["memory"]));
  CHECK(plan["memory"]["parameters"].get<int>() >= 4 * fashion_parameters);
  CHECK(plan["memory"]["optimizer_state"].get<int>() >= 2 * 4 * fashion_parameters);
  CHECK(plan["flops_per_iteration"].get<std::uint64_t>() == 128 * plan["flops_per_sample"].get<std::uint64_t>());
  int parameters = 0;
  std::uint64_t flops = 0;
  REQUIRE(plan["layers"].size() == 6);
  for (const Json& layer : plan["layers"]) {
    parameters += layer["parameters"].get<int>();
    flops += layer["forward_flops"].get<std::uint64_t>() + layer["backward_flops"].get<std::uint64_t>();
    CHECK(layer["memory"]["total"] == sum_of_kinds(layer["memory"]));
  }
  CHECK(parameters == fashion_parameters);
  CHECK(flops == plan["flops_per_sample"].get<std::uint64_t>());
  CHECK(plan["layers"][0]["input"] == Json({28, 28, 1}));
  CHECK(plan["layers"][5]["output"] == Json::array({10}));
}

TEST_CASE("plan picks the largest micro-batch that fits into the memory") {
  const std::vector<std::string> base = {"plan",         "--input", "8x8x1",       "--classes", "4",
                                         "--batch-size", "500",     "--optimizer", "sgd"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), base.begin(), base.end());
    return json_of(more);
  };
  const Json limited = with({"--memory", "600KiB"});
  const int micro_batch = limited["micro_batch"];
  REQUIRE(micro_batch >= 1);
  REQUIRE(micro_batch < 500);
  CHECK(limited["memory"]["total"].get<int>() <= 600 * 1024);
  CHECK(with({"--micro-batch", std::to_string(micro_batch + 1)})["memory"]["total"].get<int>() > 600 * 1024);
}

TEST_CASE("plan of a model file") {
  const Json plan = json_of({"plan", "--model", csv_model(), "--batch-size", "8"});
  CHECK(plan["layers"][0]["input"] == Json::array({3}));
  CHECK(plan["layers"].back()["output"] == Json::array({3}));
}

TEST_CASE("info describes the build and the machine") {
  const Outcome outcome = run_tool({"info"});
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  for (const char* part : {TREADLE_VERSION, "compiler", "instruction sets", "active: ", "threads"})
    CHECK_MESSAGE(outcome.out.find(part) != std::string::npos, part);
  const Json info = json_of({"info"});
  CHECK(info["version"] == TREADLE_VERSION);
  CHECK(info["cpus"].get<int>() >= 1);
  bool active_is_supported = false;
  for (const Json& isa : info["isas"]) active_is_supported |= isa["name"] == info["active_isa"] && isa["supported"];
  CHECK(active_is_supported);
  CHECK(json_of({"info"}, {"TREADLE_ISA=scalar"})["active_isa"] == "scalar");
}

TEST_CASE("info describes a model file") {
  const Outcome outcome = run_tool({"info", csv_model()});
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  CHECK(outcome.out.find("3 -> 3") != std::string::npos);
  CHECK(outcome.out.find("1.weight") != std::string::npos);
  const Json info = json_of({"info", csv_model()});
  CHECK(info["input"] == Json::array({3}));
  CHECK(info["output"] == Json::array({3}));
  REQUIRE(info["layers"].size() == 6);
  CHECK(info["layers"][1] == Json({{"name", "1 Dense"}, {"input", {3}}, {"output", {256}}}));
  for (std::size_t i = 1; i < 6; ++i) CHECK(info["layers"][i]["input"] == info["layers"][i - 1]["output"]);
  CHECK(outcome.out.find("\n1 Dense        3     256\n") != std::string::npos);
  REQUIRE(info["tensors"].size() == 6);
  CHECK(info["tensors"][0]["name"] == "1.weight");
  CHECK(info["tensors"][0]["shape"] == Json({256, 3}));
  CHECK(info["tensors"][0]["elements"] == 768);
  int elements = 0;
  for (const Json& tensor : info["tensors"]) elements += tensor["elements"].get<int>();
  CHECK(info["parameters"] == elements);
}

}  // namespace
}  // namespace treadle::test
