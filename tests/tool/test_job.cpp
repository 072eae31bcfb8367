// Job files: what they hold, what overrides them, and what is wrong with them.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "fixture.hpp"
#include "run_tool.hpp"

namespace treadle::test {
namespace {

using Json = nlohmann::json;

std::string job_file(const std::string& text) {
  const std::string path = folder() + "/job.json";
  write_whole_file(path, text);
  return path;
}

Outcome run_job(const std::string& text, std::vector<std::string> more = {}) {
  std::vector<std::string> arguments = {"train", "--job", job_file(text)};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_tool(arguments);
}

std::string job_text(Json more = {}) {
  Json job = {{"data", idx_folder()}, {"epochs", 2}, {"batch-size", "16"}, {"json", true}, {"no-shuffle", true}};
  job["out"] = folder() + "/job.safetensors";
  job["learning-rate"] = 0.002;
  job["$schema"] = "train.schema.json";
  if (!more.is_null()) job.update(more);
  return job.dump();
}

TEST_CASE("a job file is options, and the command line overrides them") {
  const Outcome outcome = run_job(job_text());
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  const Json result = Json::parse(outcome.out);
  CHECK(result["epochs"] == 2);
  CHECK(result["batch_size"] == 16);
  CHECK(result["learning_rate"] == 0.002);
  const std::string plain = folder() + "/plain-job.safetensors";
  REQUIRE(run_tool({"train", "--data", idx_folder(), "--epochs", "2", "--batch-size", "16", "--no-shuffle",
                    "--learning-rate", "0.002", "--out", plain})
              .status == 0);
  CHECK((read_whole_file(plain) == read_whole_file(folder() + "/job.safetensors")));
  const Outcome overridden = run_job(job_text(), {"--epochs", "1"});
  REQUIRE_MESSAGE(overridden.status == 0, overridden.err);
  CHECK(Json::parse(overridden.out)["epochs"] == 1);
}

TEST_CASE("the job that a run keeps can be run again, with the same bits") {
  const std::string first = folder() + "/job-run-1", second = folder() + "/job-run-2";
  REQUIRE(
      run_tool({"train", "--data", idx_folder(), "--epochs", "2", "--schedule", "cosine", "--run", first, "--quiet"})
          .status == 0);
  const Outcome again = run_tool({"train", "--job", first + "/job.json", "--run", second});
  REQUIRE_MESSAGE(again.status == 0, again.err);
  CHECK((read_whole_file(first + "/model.safetensors") == read_whole_file(second + "/model.safetensors")));
  Json one = Json::parse(read_whole_file(first + "/job.json")),
       two = Json::parse(read_whole_file(second + "/job.json"));
  for (Json* job : {&one, &two}) job->erase("run");
  CHECK(one == two);
}

TEST_CASE("a run keeps its job with numbers as numbers, flags as true or false, and no value as null") {
  const std::string run = folder() + "/job-types";
  REQUIRE(run_tool({"train", "--data", idx_folder(), "--learning-rate", "2e-3", "--clip-norm", "0.5", "--epochs", "1",
                    "--no-shuffle", "--run", run, "--quiet"})
              .status == 0);
  const Json job = Json::parse(read_whole_file(run + "/job.json"));
  CHECK(job["data"] == idx_folder());
  CHECK(job["epochs"] == 1);
  CHECK(job["batch-size"] == 128);
  CHECK(job["clip-norm"] == 0.5);
  CHECK(job["learning-rate"] == "2e-3");  // as it was written, to the last digit
  CHECK(job["no-shuffle"] == true);
  CHECK(job["balance"] == false);
  CHECK(job["schedule"] == "linear");
  CHECK(job["weight-decay"] == 0.01);  // of adamw
  for (const char* name : {"clip-value", "memory", "micro-batch", "max-time", "patience", "guard", "momentum", "log"})
    CHECK_MESSAGE(job[name].is_null(), name);
  // Of another optimizer these are others.
  const std::string other = folder() + "/job-other";
  for (const char* optimizer : {"nesterov", "adam"}) {
    REQUIRE(
        run_tool({"train", "--job", run + "/job.json", "--optimizer", optimizer, "--run", other + optimizer, "--quiet"})
            .status == 0);
    const Json changed = Json::parse(read_whole_file(other + optimizer + "/job.json"));
    CHECK(changed["learning-rate"] == (optimizer == std::string("adam") ? 0.001 : 0.05));
    CHECK(changed["weight-decay"] == 0);
    CHECK(changed["momentum"] == (optimizer == std::string("adam") ? Json() : Json(0.9)));
    CHECK(changed["clip-norm"] == 0.5);
  }
  const Outcome same =
      run_tool({"train", "--job", run + "/job.json", "--optimizer", "adamw", "--run", other, "--quiet"});
  REQUIRE_MESSAGE(same.status == 0, same.err);
  CHECK((read_whole_file(other + "/model.safetensors") == read_whole_file(run + "/model.safetensors")));
  // Null is as if it were not there.
  CHECK(run_job(job_text({{"momentum", nullptr}, {"memory", nullptr}})).status == 0);
  const Outcome none = run_job(job_text({{"data", nullptr}}));
  CHECK(none.status == 2);
  CHECK(none.err.find("--data is needed") != std::string::npos);
}

TEST_CASE("a limit of iterations, time or patience is the only one that was not given another") {
  const std::string here = folder() + "/job-limits";
  const auto job = [&](const std::string& name, const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"train", "--run", here + name, "--quiet"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = run_tool(arguments);
    REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
    return Json::parse(read_whole_file(here + name + "/job.json"));
  };
  const auto epochs = [&](const std::string& name) {
    return Json::parse(read_whole_file(here + name + "/result.json"))["epochs"].get<std::size_t>();
  };
  const Json plain = job("plain", {"--data", csv_file()});
  CHECK(plain["epochs"] == 10);
  CHECK(plain["schedule"] == "linear");
  const Json iterations = job("iterations", {"--data", csv_file(), "--max-iterations", "25"});
  CHECK(iterations["epochs"].is_null());
  CHECK(iterations["schedule"] == "linear");
  CHECK(epochs("iterations") == 25);
  const Json time = job("time", {"--data", csv_file(), "--max-time", "0.3"});
  CHECK(time["epochs"].is_null());
  CHECK(time["schedule"] == "constant");
  CHECK(epochs("time") > 10);
  // The default of another run's job is none either, and comes back where nothing else ends the run.
  const Json again = job("again", {"--job", here + "plain/job.json", "--max-iterations", "12"});
  CHECK(again["epochs"].is_null());
  CHECK(epochs("again") == 12);
  CHECK(job("back", {"--job", here + "iterations/job.json", "--max-iterations", "0"})["epochs"] == 10);
  CHECK(epochs("back") == 10);
  // A schedule that ends with the run has to know when.
  const Outcome open = run_tool({"train", "--data", csv_file(), "--max-time", "9s", "--schedule", "cosine"});
  CHECK(open.status == 2);
  CHECK(open.err.find("--schedule: cosine ends with the run") != std::string::npos);
  CHECK(job("known", {"--data", csv_file(), "--max-time", "9s", "--schedule", "cosine", "--epochs", "2"})["epochs"] ==
        2);
}

TEST_CASE("a run that goes on has the epochs and the schedule that it began with") {
  const std::string run = folder() + "/job-goes-on";
  const auto resume = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"train", "--resume", "--run", run, "--quiet"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    std::filesystem::remove(run + "/result.json");
    return run_tool(arguments);
  };
  REQUIRE(run_tool({"train", "--data", csv_file(), "--run", run, "--checkpoint-every", "1", "--quiet"}).status == 0);
  const Outcome more = resume({"--max-time", "1h"});
  REQUIRE_MESSAGE(more.status == 0, more.err);
  CHECK(Json::parse(read_whole_file(run + "/job.json"))["epochs"] == 10);
}

TEST_CASE("what a job says counts as given, and what its run had not been given does not") {
  const std::string here = folder() + "/job-given";
  std::filesystem::create_directory(here);
  const auto run = [&](const std::vector<std::string>& arguments) {
    return run_tool(arguments, {.environment = {}, .folder = here, .out_path = {}, .meanwhile = {}});
  };
  const auto job = [&](Json more) {
    more["data"] = idx_folder();
    more["epochs"] = 1;
    more["quiet"] = true;
    write_whole_file(here + "/job.json", more.dump());
    return run({"train", "--job", "job.json"});
  };
  // As on the command line, the default's value too.
  CHECK(job({{"out", "model.safetensors"}, {"run", "one"}}).status == 0);
  CHECK(std::filesystem::exists(here + "/model.safetensors"));
  CHECK(!std::filesystem::exists(here + "/one/model.safetensors"));
  CHECK(job({{"metric", "loss"}}).err.find("--metric goes with --patience") != std::string::npos);
  // The job that the run keeps: where it writes is its own affair.
  std::filesystem::remove(here + "/model.safetensors");
  const Json kept = Json::parse(read_whole_file(here + "/one/job.json"));
  CHECK(kept["out"] == here + "/model.safetensors");
  const auto has = [&](const char* name) {
    return std::count(kept["$defaults"].begin(), kept["$defaults"].end(), Json(name)) == 1;
  };
  CHECK(has("metric"));
  CHECK(has("learning-rate"));
  CHECK_FALSE(has("out"));
  CHECK_FALSE(has("epochs"));
  REQUIRE(run({"train", "--job", "one/job.json", "--run", "two"}).status == 0);
  CHECK(std::filesystem::exists(here + "/two/model.safetensors"));
  CHECK(!std::filesystem::exists(here + "/model.safetensors"));
  // A job without a run of its own says where any run's model goes.
  write_whole_file(here + "/job.json", Json({{"data", idx_folder()}, {"epochs", 1}, {"out", "mine"}}).dump());
  CHECK(run({"train", "--job", "job.json", "--run", "four", "--quiet"}).status == 0);
  CHECK(std::filesystem::exists(here + "/mine"));
}

TEST_CASE("a run goes on from any folder, wherever its paths were relative to") {
  const std::string here = folder() + "/job-relative";
  std::filesystem::create_directory(here);
  std::filesystem::copy_file(csv_file(), here + "/easy.csv");
  REQUIRE(run_tool({"train", "--data", "easy.csv", "--epochs", "2", "--run", "run"},
                   {.environment = {}, .folder = here, .out_path = {}, .meanwhile = {}})
              .status == 0);
  const std::string model = read_whole_file(here + "/run/model.safetensors");
  CHECK(Json::parse(read_whole_file(here + "/run/job.json"))["data"] == here + "/easy.csv");
  CHECK(Json::parse(read_whole_file(here + "/run/job.json"))["model"] == "mlp");
  CHECK(run_tool({"train", "--resume", "--run", here + "/run"}).out.find("is finished") != std::string::npos);
  std::filesystem::remove(here + "/run/model.safetensors");
  std::filesystem::remove(here + "/run/result.json");
  REQUIRE(run_tool({"train", "--resume", "--run", here + "/run", "--quiet"}).status == 0);
  CHECK((read_whole_file(here + "/run/model.safetensors") == model));
  const Outcome none = run_tool({"train", "--resume", "--run", here + "/typo"});
  CHECK(none.status == 2);
  CHECK(none.err.find("--run '" + here + "/typo' holds no run to go on with") != std::string::npos);
}

TEST_CASE("a job's values keep their kind") {
  const Outcome whole =
      run_job("{\"data\": \"" + idx_folder() + "\", \"epochs\": 2.0, \"batch-size\": 1e1, \"json\": true, " +
              "\"seed\": 12345678901234567890, \"out\": \"" + folder() + "/kinds.safetensors\"}");
  REQUIRE_MESSAGE(whole.status == 0, whole.err);
  CHECK(Json::parse(whole.out)["epochs"] == 2);
  CHECK(Json::parse(whole.out)["batch_size"] == 10);
  CHECK(Json::parse(whole.out)["seed"] == 12345678901234567890u);
}

TEST_CASE("what is wrong with a job file is told with the file and the name") {
  const auto refused = [](const std::string& text, const std::string& why) {
    CAPTURE(text);
    const Outcome outcome = run_job(text);
    CHECK(outcome.status == 2);
    CHECK_MESSAGE(outcome.err.find(why) != std::string::npos, outcome.err);
    CHECK(outcome.err.find("job.json") != std::string::npos);
  };
  refused("", "is no JSON: it goes wrong at byte");
  refused("{\"epochs\": 2", "is no JSON");
  refused("[1]", "expected an object of options");
  refused("3", "expected an object of options");
  refused(job_text({{"epohcs", 2}}), "epohcs: no such option; did you mean epochs?");
  refused(job_text({{"job", "x"}}), "job: no such option");
  refused(job_text({{"help", true}}), "help: no such option");
  refused(job_text({{"epochs", -1}}), "--epochs: expected a whole number");
  refused(job_text({{"epochs", 1e300}}), "--epochs: expected a whole number");
  refused(job_text({{"epochs", "many"}}), "--epochs: expected a whole number");
  refused(job_text({{"epochs", Json::array({1})}}), "epochs: expected a string, a number, true, false or null");
  refused(job_text({{"epochs", 2.5}}), "--epochs: expected a whole number");
  refused(job_text({{"epochs", true}}), "epochs: expected a string or a number");
  refused(job_text({{"out", true}}), "out: expected a string or a number");
  refused(job_text({{"log", true}}), "log: expected a string or a number");
  refused(job_text({{"no-shuffle", "yes"}}), "no-shuffle: expected true or false");
  refused(job_text({{"$defaults", "epochs"}}), "$defaults: expected an array of names");
  refused("{\"epochs\": 1e400}", "job.json': number overflow parsing '1e400'");
  refused(job_text({{"no-shuffle", 1}}), "no-shuffle: expected true or false");
  refused("{\"epochs\": 1, \"epochs\": 2}", "'epochs' occurs twice");
  refused("{\"epochs\": " + std::string(100000, '['), "is no JSON");
  refused("{\"epochs\": " + std::string(100000, '[') + std::string(100000, ']') + "}", "epochs: expected a string");
  refused("{\"epochs\": \"" + std::string(2 << 20, '1') + "\"}", "larger than 1 MiB");
  CHECK(run_tool({"train", "--job", folder() + "/none.json"}).err.find("cannot open") != std::string::npos);
  CHECK(run_tool({"train", "--job", folder()}).status == 2);
  CHECK(run_tool({"train", "--job"}).status == 2);
}

}  // namespace
}  // namespace treadle::test
