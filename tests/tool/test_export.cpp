#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "fixture.hpp"
#include "run_tool.hpp"

namespace treadle::test {
namespace {

TEST_CASE("export writes a header to the file or to standard output") {
  const std::string file = folder() + "/exported.h";
  const Outcome to_file = run_tool({"export", "--format", "c", csv_model(), "-o", file, "--name", "kinds"});
  REQUIRE_MESSAGE(to_file.status == 0, to_file.err);
  CHECK(to_file.out.empty());
  const Outcome to_out = run_tool({"export", csv_model(), "--name", "kinds"});
  CHECK(to_out.status == 0);
  CHECK(to_out.out == read_whole_file(file));
  for (const char* part : {"namespace kinds {", "treadle::Dense{", "InferenceMemory", "TrainingMemory", "AdamW"})
    CHECK_MESSAGE(to_out.out.find(part) != std::string::npos, part);
  const Outcome inference = run_tool({"export", csv_model(), "--inference-only"});
  CHECK(inference.status == 0);
  CHECK(inference.out.find("TrainingMemory") == std::string::npos);
}

TEST_CASE("export refuses wrong use and what it cannot do") {
  const auto refused = [](const std::vector<std::string>& arguments, int status, const std::string& part) {
    const Outcome outcome = run_tool(arguments);
    CHECK(outcome.status == status);
    CHECK(outcome.out.empty());
    CHECK_MESSAGE(outcome.err.find(part) != std::string::npos, outcome.err);
    CHECK(lines(outcome.err).size() == 1);
  };
  refused({"export"}, 2, "MODEL is needed");
  refused({"export", csv_model(), "--format", "onnx"}, 2, "--format: unknown format 'onnx'");
  refused({"export", csv_model(), "--target", "cortex-m8"}, 2, "--target: unknown target 'cortex-m8'");
  refused({"export", csv_model(), "--inference-only", "--batch-size", "8"}, 2, "--batch-size does not go with");
  refused({"export", csv_model(), "-o", csv_model()}, 2, "is a file that this command reads");
  refused({"export", csv_model(), "--name", "a b"}, 1, "name of the namespace");
  refused({"export", csv_model(), "--target", "cortex-a72"}, 1, "32-bit addresses");
  refused({"export", csv_model(), "--memory", "1KiB"}, 1, "the limit is 1024");
  refused({"export", folder() + "/none.safetensors"}, 1, "none.safetensors");
  refused({"export", csv_model(), "-o", folder() + "/none/model.h"}, 1, "--out");
}

TEST_CASE("plan for a microcontroller says what fits there") {
  const Outcome outcome = run_tool({"plan", "--model", "mlp", "--input", "8x8x1", "--classes", "4", "--optimizer",
                                    "sgd", "--target", "cortex-m7", "--memory", "600KiB", "--json"});
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  const auto plan = nlohmann::json::parse(outcome.out);
  CHECK(plan["target"] == "cortex-m7");
  CHECK(plan["isa"] == "scalar");
  CHECK(plan["micro_batch"].get<int>() >= 1);
  CHECK(plan["memory"]["total"].get<int>() <= 600 * 1024);
  CHECK(run_tool({"plan", "--target", "cortex-a53"}).out.find("neon64 on cortex-a53") != std::string::npos);
  CHECK(run_tool({"plan", "--target", "cortex-m7", "--memory", "96KiB"}).status == 1);
}

}  // namespace
}  // namespace treadle::test
