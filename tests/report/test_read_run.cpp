#include <doctest/doctest.h>
#include <treadle/run_report.hpp>

#include "formats/json.hpp"
#include "support/files.hpp"

namespace treadle::reporting {
namespace {

using test::check_error;

constexpr std::string_view log_text =
    "{\"iteration\":100,\"epoch\":1,\"loss\":0.7,\"learning_rate\":0.001}\n"
    "{\"epoch\":1,\"iterations\":200,\"train_loss\":0.5,\"train_accuracy\":0.8,\"validation_loss\":0.4,"
    "\"validation_accuracy\":0.85,\"seconds\":2,\"samples_per_second\":10000}\n";
const std::string memory =
    R"({"parameters":8,"gradients":0,"optimizer_state":16,"activations":4,"workspace":2,"plan":1,"total":31})";

struct Folder : test::TemporaryFolder {
  void put(const char* name, std::string_view text) const { test::put_file(*this / name, test::to_bytes(text)); }
  void fill() const {
    put(run_files::log, log_text);
    put(run_files::job, R"({"model":"mlp","epochs":3,"rate":0.5,"shuffle":true,"memory":null,"list":[1]})");
    put(run_files::plan, R"({"memory":)" + memory + R"(,"layers":[{"name":"0 Dense","memory":)" + memory + "}]}");
    put(run_files::result,
        R"({"best_epoch":7,"validation_loss":0.375,"validation_accuracy":0.875,"confusion":[[5,1],[2,6]],)"
        R"("profile":{"iterations":9,"seconds":0.5,"waiting":0.125,"other":0.0625,"calls":[)"
        R"({"part":"forward","layer":"0 Dense","name":"forward","seconds":0.25},)"
        R"({"part":"update","layer":"all","name":"up, \"date","seconds":0.0625}]}})");
  }
};

TEST_CASE("a whole folder") {
  const Folder folder;
  folder.fill();
  const Result<RunRecord> run = read_run(folder.path() + "/");
  REQUIRE_MESSAGE(run.has_value(), run.error().text());
  CHECK(folder.path().ends_with("/" + run->name));
  const std::vector<PlainMember> job = {{"model", std::string("mlp")},
                                        {"epochs", std::uint64_t{3}},
                                        {"rate", 0.5},
                                        {"shuffle", true},
                                        {"memory", nullptr}};
  CHECK((run->job == job));
  CHECK(run_json(*run).find(R"("job":{"model":"mlp","epochs":3,"rate":0.5,"shuffle":true,"memory":null})") !=
        std::string::npos);
  REQUIRE(run->memory);
  CHECK(run->memory->total() == 31);
  REQUIRE(run->layers.size() == 1);
  CHECK(run->layers[0].memory[MemoryKind::optimizer_state] == 16);
  CHECK(run->classes == 2);
  CHECK(run->confusion == std::vector<std::uint64_t>{5, 1, 2, 6});
  REQUIRE(run->times);
  CHECK(run->times->iterations == 9);
  REQUIRE(run->times->calls.size() == 2);
  CHECK(run->times->calls[0].part == "forward");
  CHECK(run->times->calls[0].seconds == 0.25);
  CHECK(times_csv(*run) ==
        "part,layer,call,seconds,share\nwaiting,,,0.125,0.25\nforward,0 Dense,forward,0.25,0.5\n"
        "update,all,\"up, \"\"date\",0.0625,0.125\nother,,,0.0625,0.125\n");
  CHECK(times_csv({}) == "part,layer,call,seconds,share\n");
  CHECK(run_json(*run).find(R"("profile":{"iterations":9,"seconds":0.5,"waiting":0.125,"other":0.0625,"calls":[{)") !=
        std::string::npos);
  CHECK(run_page({}).find("waiting for data") == std::string::npos);
  CHECK(run->log.iterations.size() == 1);
  CHECK(learning_curves(*run).size() == 4);

  const std::string page = run_page(*run);
  for (const char* part :
       {"Learning curves", "Confusion matrix", "Time of each call", "Time of an iteration by its parts: 500.000 ms",
        "waiting for data", "250000.0", "25.0 %", "by kind: 31 B", "by layer", "0 Dense: forward",
        "validation accuracy 85.00 %", "<td>mlp</td>",
        "The model has the best parameters, of epoch 7: validation accuracy 87.50 %, loss 0.3750."})
    CHECK_MESSAGE(page.find(part) != std::string::npos, part);
  const std::string json = run_json(*run);
  CHECK(formats::JsonDocument::parse(json).has_value());
  CHECK(json.find("\"confusion\":[[5,1],[2,6]]") != std::string::npos);
  CHECK(run_csv(*run) ==
        "epoch,iterations,train_loss,train_accuracy,validation_loss,validation_accuracy,learning_rate,seconds,"
        "samples_per_second\n1,200,0.5,0.8,0.4,0.85,,2,10000\n");
}

TEST_CASE("a log alone is enough") {
  const Folder folder;
  folder.put("log.jsonl", log_text);
  for (const std::string& path : {folder.path(), folder / "log.jsonl"}) {
    const Result<RunRecord> run = read_run(path);
    REQUIRE(run);
    CHECK(run->log.epochs.size() == 1);
    CHECK(run_page(*run).find("Confusion") == std::string::npos);
  }
}

TEST_CASE("a run that has just begun") {
  const Folder folder;
  folder.put("log.jsonl", "");
  const Result<RunRecord> run = read_run(folder.path());
  REQUIRE(run);
  CHECK(learning_curves(*run).empty());
  CHECK(run_page(*run).find("No epoch is finished yet.") != std::string::npos);
}

TEST_CASE("broken folders") {
  const Folder folder;
  check_error(read_run(folder.path()), ErrorCode::not_found, {"log.jsonl"});
  check_error(read_run(folder / "none"), ErrorCode::not_found, {"none"});
  folder.fill();
  folder.put("log.jsonl", "{}\n");
  check_error(read_run(folder.path()), ErrorCode::bad_format, {"log.jsonl", "line 1", "epoch"});
  struct Case {
    const char* file;
    std::string text;
    std::initializer_list<std::string_view> words;
  };
  const Case cases[] = {
      {"job.json", "[]", {"job.json", "an object"}},
      {"job.json", "{", {"job.json"}},
      {"plan.json", R"({"memory":{}})", {"plan.json", "parameters"}},
      {"plan.json", R"({"memory":5})", {"plan.json", "an object", "a number"}},
      {"plan.json",
       R"({"memory":{"parameters":18446744073709551615,"gradients":1,"optimizer_state":0,"activations":0,)"
       R"("workspace":0,"plan":0}})",
       {"plan.json", "sum"}},
      {"plan.json", R"({"layers":[{"name":"a"}]})", {"plan.json", "memory"}},
      {"plan.json", R"({"layers":[{}]})", {"plan.json", "name"}},
      {"result.json", R"({"confusion":[]})", {"result.json", "rows"}},
      {"result.json", R"({"confusion":[[1,2]]})", {"result.json", "row"}},
      {"result.json", R"({"confusion":[[-1]]})", {"result.json", "count"}},
      {"result.json", R"({"profile":[1]})", {"result.json", "object"}},
      {"result.json", R"({"profile":{"iterations":1,"seconds":1,"waiting":0,"other":-1,"calls":[]}})", {"at least 0"}},
      {"result.json", R"({"profile":{"iterations":1,"seconds":1,"waiting":0,"other":0}})", {"\"calls\""}},
      {"result.json", R"({"profile":{"iterations":1,"seconds":1,"waiting":0,"other":0,"calls":[1]}})", {"an object"}},
      {"result.json",
       R"({"profile":{"iterations":1,"seconds":1,"waiting":0,"other":0,"calls":[{"part":1}]}})",
       {"result.json", "part", "string"}},
      {"result.json",
       R"({"profile":{"iterations":1,"seconds":1,"waiting":0,"other":0,"calls":[)"
       R"({"part":"rest","layer":"a","name":"b","seconds":1}]}})",
       {"result.json", "part", "forward"}},
  };
  for (const Case& broken : cases) {
    CAPTURE(broken.text);
    const Folder one;
    one.fill();
    one.put(broken.file, broken.text);
    check_error(read_run(one.path()), ErrorCode::bad_format, broken.words);
  }
}

}  // namespace
}  // namespace treadle::reporting
