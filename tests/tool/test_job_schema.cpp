// The schema of job files, held against what the tool takes.
#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "fixture.hpp"
#include "json_schema.hpp"
#include "run_tool.hpp"
#include "support/files.hpp"

namespace treadle::test {
namespace {

using Json = nlohmann::json;

Json schema_of(const std::string& command) {
  const Outcome outcome = run_tool({command, "--job-schema"});
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  return Json::parse(outcome.out);
}

/// Whether the command reads the job: it does before it prints its schema.
bool reads(const std::string& command, const Json& job) {
  const std::string path = folder() + "/schema-job.json";
  write_whole_file(path, job.dump());
  return run_tool({command, "--job", path, "--job-schema"}).status == 0;
}

/// Values of the kinds that options have: one is right for each of them.
const Json candidates = {1, 0, 2, true, "50%", "10min", "2-3", "32x32", "1,2", ";", "a"};

/// A value that the schema of an option has for valid.
Json valid_value(const Json& property) {
  if (property.contains("default")) return property["default"];
  if (property.contains("enum")) return property["enum"][0];
  const auto found = std::ranges::find_if(candidates, [&](const Json& each) { return is_valid(property, each); });
  return found == candidates.end() ? Json() : *found;
}

}  // namespace

TEST_CASE("a job of values that the schema has for valid is read, and no value that it has not") {
  for (const std::string command : {"train", "sweep", "find-rate"}) {
    CAPTURE(command);
    const Json schema = schema_of(command);
    CHECK(schema["additionalProperties"] == false);
    Json job = Json::object();
    for (const auto& item : schema["properties"].items()) {
      if (item.key().starts_with("$") || !(item.value().contains("type") || item.value().contains("enum"))) continue;
      CAPTURE(item.key());
      const Json value = valid_value(item.value());
      CHECK_FALSE(value.is_null());
      CHECK(is_valid(item.value(), value));
      CHECK(is_valid(item.value(), nullptr));
      job[item.key()] = value;
      // Each kind of option refuses one of these.
      for (const Json& wrong : {Json(-1), Json("\u00e9 ?"), Json(1.5), Json(false), Json("")})
        if (!is_valid(item.value(), wrong)) {
          CAPTURE(wrong);
          CHECK_FALSE(reads(command, {{item.key(), wrong}}));
          break;
        }
    }
    CHECK(is_valid(schema, job));
    CHECK(reads(command, job));
    job["no-such-option"] = 1;
    CHECK_FALSE(is_valid(schema, job));
    CHECK_FALSE(reads(command, job));
  }
}

TEST_CASE("the schema tells words, bounds and defaults") {
  const Json properties = schema_of("train")["properties"];
  CHECK(properties["optimizer"]["enum"] == Json({"sgd", "momentum", "nesterov", "adam", "adamw", nullptr}));
  CHECK(properties["optimizer"]["default"] == "adamw");
  CHECK(properties["batch-size"]["minimum"] == 1);
  CHECK(properties["batch-size"]["maximum"] == 4294967295);
  CHECK(properties["batch-size"]["default"] == 128);
  CHECK(properties["momentum"]["exclusiveMaximum"] == 1);
  CHECK(properties["no-shuffle"]["type"] == Json({"boolean", "null"}));
  CHECK(properties["no-shuffle"]["default"] == false);
  CHECK_FALSE(properties["memory"].contains("default"));
  CHECK_FALSE(properties.contains("job"));
  CHECK_FALSE(properties.contains("help"));
  for (const Json& job : {Json{{"optimizer", "adm"}}, Json{{"batch-size", -3}}, Json{{"epochs", 2.5}},
                          Json{{"validation-split", 1}}, Json{{"max-time", "soon"}}})
    CHECK_FALSE(is_valid({{"properties", properties}}, job));
}

TEST_CASE("the job that a run keeps is valid, and has every option that --help lists") {
  const std::string run = folder() + "/job-schema-run", help = run_tool({"train", "--help"}).out;
  REQUIRE(run_tool({"train", "--data", idx_folder(), "--max-iterations", "3", "--learning-rate", "2e-3", "--run", run,
                    "--quiet"})
              .status == 0);
  const Json job = Json::parse(read_whole_file(run + "/job.json")), schema = schema_of("train");
  // A job of training is one of a sweep and of a search for a rate too.
  for (const char* command : {"train", "sweep", "find-rate"}) CHECK_MESSAGE(is_valid(schema_of(command), job), command);
  CHECK(schema["properties"].size() == job.size() + 1);  // "$schema"; both have "$defaults"
  for (const auto& item : job.items())
    if (item.key() != "$defaults") CHECK_MESSAGE(help.find("--" + item.key()) != std::string::npos, item.key());
}

}  // namespace treadle::test
