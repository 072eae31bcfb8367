#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "fixture.hpp"
#include "run_tool.hpp"

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
  const Outcome csv = run_tool({"report", log_file(), "--csv"});
  REQUIRE(csv.status == 0);
  CHECK(lines(csv.out).size() == 3);
}

TEST_CASE("report used wrongly") {
  CHECK(run_tool({"report"}).status == 2);
  CHECK(run_tool({"report", log_file(), "--json", "--csv"}).status == 2);
  CHECK(run_tool({"report", log_file(), "--out", log_file()}).status == 2);
  const Outcome none = run_tool({"report", folder() + "/no-run"});
  CHECK(none.status == 1);
  CHECK(lines(none.err).size() == 1);
}

}  // namespace
}  // namespace treadle::test
