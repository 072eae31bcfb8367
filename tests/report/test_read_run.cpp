#include <doctest/doctest.h>
#include <treadle/run_report.hpp>

#include <filesystem>
#include <limits>

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
        R"("by_class":{"samples":[6,10],"predicted":[7,7],"correct":[5,6]},"classes":["a,\"<","b"],"stopped":"time",)"
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
  CHECK(run->unread.empty());
  CHECK(run_json(*run).find(R"("profile":{"iterations":9,"seconds":0.5,"waiting":0.125,"other":0.0625,"calls":[{)") !=
        std::string::npos);
  CHECK(run_page({}).find("waiting for data") == std::string::npos);
  CHECK(run->log.iterations.size() == 1);
  CHECK(learning_curves(*run).size() == 4);

  const std::string page = run_page(*run);
  for (const char* part :
       {"Learning curves", "Confusion matrix", "Time of each call", "Time of an iteration by its parts: 500.000 ms",
        "waiting for data", "250000.0", "25.0 %", "by kind: 31 B", "by layer", "0 Dense: forward",
        "validation accuracy 85.00 %", "<td>mlp</td>", "Ended at the limit of its time.", ">a,&quot;&lt;</th>",
        "<td>b</td><td class=\"n\">10</td>", "85.71", "60.00",
        "The model has the best parameters, of epoch 7: validation accuracy 87.50 %, loss 0.3750."})
    CHECK_MESSAGE(page.find(part) != std::string::npos, part);
  const std::string json = run_json(*run);
  CHECK(formats::JsonDocument::parse(json).has_value());
  CHECK(json.find("\"confusion\":[[5,1],[2,6]]") != std::string::npos);
  CHECK(json.find("\"ended\":\"time\"") != std::string::npos);
  CHECK(json.find(R"("classes":[{"class":0,"name":"a,\"<","samples":6,"precision":0.7142857142857143,)") !=
        std::string::npos);
}

TEST_CASE("each table as CSV") {
  const Folder folder;
  folder.fill();
  RunRecord run = read_run(folder.path()).value();
  run.log.anomalies.push_back({7, 2, "spike", "skip", 9.5, "3 Dense", {4, 17}, 6});
  run.log.validations.push_back({50, 1, std::numeric_limits<double>::quiet_NaN(), 0.75});
  const std::pair<std::string_view, std::string_view> tables[] = {
      {"epochs",
       "epoch,iterations,train_loss,train_accuracy,validation_loss,validation_accuracy,learning_rate,seconds,"
       "samples_per_second\n1,200,0.5,0.8,0.4,0.85,,2,10000\n"},
      {"iterations", "iteration,epoch,loss,learning_rate\n100,1,0.7,0.001\n"},
      {"validations", "iteration,epoch,validation_loss,validation_accuracy\n50,1,,0.75\n"},
      {"anomalies",
       "iteration,epoch,anomaly,action,loss,layer,samples,more_samples\n7,2,spike,skip,9.5,3 Dense,4 17,6\n"},
      {"confusion", "target,predicted,samples\n\"a,\"\"<\",\"a,\"\"<\",5\n\"a,\"\"<\",b,1\nb,\"a,\"\"<\",2\nb,b,6\n"},
      {"classes",
       "class,samples,precision,recall\n\"a,\"\"<\",6,0.7142857142857143,0.8333333333333334\n"
       "b,10,0.8571428571428571,0.6\n"},
      {"times",
       "part,layer,call,seconds,share\nwaiting,,,0.125,0.25\nforward,0 Dense,forward,0.25,0.5\n"
       "update,all,\"up, \"\"date\",0.0625,0.125\nother,,,0.0625,0.125\n"},
      {"memory",
       "layer,parameters,gradients,optimizer_state,activations,workspace,plan,total\nstep,8,0,16,4,2,1,31\n"
       "0 Dense,8,0,16,4,2,1,31\n"},
      {"result", "name,value\nbest_epoch,7\nvalidation_loss,0.375\nvalidation_accuracy,0.875\nstopped,time\n"},
      {"job", "name,value\nmodel,mlp\nepochs,3\nrate,0.5\nshuffle,true\nmemory,\n"}};
  CHECK(std::size(tables) == std::size(run_tables));
  for (const auto& table : tables) {
    CAPTURE(table.first);
    CHECK(run_csv(run, table.first).value() == table.second);
  }
  check_error(run_csv(run, "epoch"), ErrorCode::invalid_argument, {"a table", "'epoch'"});
  for (const char* name : {"confusion", "classes", "times", "memory"})
    check_error(run_csv({}, name), ErrorCode::not_found, {});
  CHECK(run_csv({}, "epochs").value().ends_with("samples_per_second\n"));
}

TEST_CASE("a run of many classes tells the largest confusions, and the classes that are found least") {
  RunRecord run;
  run.classes = 120;
  run.confusion.resize(run.classes * run.classes);
  for (std::size_t i = 0; i < run.classes; ++i) {
    run.class_names.push_back("<" + std::to_string(i) + ">");
    run.confusion[i * run.classes + i] = 10 + i;
    run.by_class.push_back({20 + i, 10 + i, 10 + i});
  }
  run.confusion[7 * run.classes + 3] = 10;
  run.confusion[2 * run.classes + 9] = 4;
  const std::string page = run_page(run);
  const std::string row =
      "<tr><td>&lt;7&gt;</td><td>&lt;3&gt;</td><td class=\"n\">10</td><td class=\"n\">37.04</td></tr>\n";
  CHECK(page.find(row + "<tr><td>&lt;2&gt;</td><td>&lt;9&gt;</td><td class=\"n\">4</td>") != std::string::npos);
  CHECK(page.find("class=\"matrix\"") == std::string::npos);
  CHECK(page.find("The 100 classes with the least recall") != std::string::npos);
  CHECK(page.find("<tr><td>&lt;99&gt;</td><td class=\"n\">119</td>") != std::string::npos);
  CHECK(page.find("<tr><td>&lt;100&gt;</td><td class=\"n\">120</td>") == std::string::npos);
  run.confusion.clear();
  CHECK(run_page(run).find("Of so many classes, 120, no matrix was counted.") != std::string::npos);
  CHECK(run_json(run).find("\"confusion\":[]") != std::string::npos);
}

TEST_CASE("a log alone is enough") {
  const Folder folder;
  folder.put("log.jsonl", log_text);
  for (const std::string& path : {folder.path(), folder / "log.jsonl"}) {
    const Result<RunRecord> run = read_run(path);
    REQUIRE(run);
    CHECK(run->log.epochs.size() == 1);
    CHECK(run_page(*run).find("Confusion") == std::string::npos);
    // Whoever wrote it may record no ends.
    CHECK(run_page(*run).find("No end is recorded") == std::string::npos);
    CHECK(run_json(*run).find("\"ended\":null") != std::string::npos);
  }
}

TEST_CASE("the log of a folder stands for the run in it, under the name of the folder") {
  const Folder folder;
  std::filesystem::create_directory(folder / "run");
  for (const char* part : {"run/log.jsonl", "run/other.jsonl"}) folder.put(part, log_text);
  folder.put("run/job.json", R"({"epochs":3})");
  std::filesystem::create_symlink("run", folder / "latest");
  for (const char* path : {"run", "run/", "run/.", "run/../run", "run/log.jsonl", "latest", "latest/log.jsonl"}) {
    CAPTURE(path);
    const RunRecord run = read_run(folder / path).value();
    CHECK(run.name == "run");
    CHECK(run.job.size() == 1);
    CHECK(run_page(run).find("No end is recorded") != std::string::npos);
  }
  const RunRecord other = read_run(folder / "run/other.jsonl").value();
  CHECK(other.name == "other.jsonl");
  CHECK(other.job.empty());
}

TEST_CASE("a run that has just begun") {
  const Folder folder;
  folder.put("log.jsonl", "");
  const Result<RunRecord> run = read_run(folder.path());
  REQUIRE(run);
  CHECK(learning_curves(*run).empty());
  CHECK(run_page(*run).find("No epoch is finished yet.") != std::string::npos);
}

TEST_CASE("files that cannot be read are left out, and named") {
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
      {"result.json", R"({"by_class":[]})", {"result.json", "object"}},
      {"result.json", R"({"by_class":{"samples":[1],"predicted":[1]}})", {"result.json", "correct"}},
      {"result.json", R"({"by_class":{"samples":[1],"predicted":[1,1],"correct":[1]}})", {"three counts"}},
      {"result.json", R"({"by_class":{"samples":[1],"predicted":[1],"correct":[2]}})", {"class 0"}},
      {"result.json",
       R"({"confusion":[[1]],"by_class":{"samples":[1,1],"predicted":[1,1],"correct":[1,1]}})",
       {"1 classes"}},
      {"result.json", R"({"confusion":[[1]],"classes":["a","b"]})", {"result.json", "1 classes, got 2"}},
      {"result.json", R"({"confusion":[[1]],"classes":[1]})", {"result.json", "classes", "strings"}},
      {"result.json", R"({"classes":"a"})", {"result.json", "classes", "an array"}},
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
    const Result<RunRecord> run = read_run(one.path());
    REQUIRE(run);
    REQUIRE(run->unread.size() == 1);
    CHECK(run->unread[0].find(one / broken.file) != std::string::npos);
    for (const std::string_view word : broken.words)
      CHECK_MESSAGE(run->unread[0].find(word) != std::string::npos, run->unread[0]);
    // What that file says is left out whole.
    CHECK(run->log.epochs.size() == 1);
    const bool job = std::string_view(broken.file) == "job.json", plan = std::string_view(broken.file) == "plan.json";
    CHECK(run->job.empty() == job);
    CHECK(run->memory.has_value() == !plan);
    CHECK(run->layers.empty() == plan);
    CHECK((run->result.empty() && run->confusion.empty() && !run->times && run->classes == 0) == (!job && !plan));
    CHECK(run_page(*run).find("could not be read") != std::string::npos);
    CHECK(run_json(*run).find("\"unread\":[\"") != std::string::npos);
  }
}

}  // namespace
}  // namespace treadle::reporting
