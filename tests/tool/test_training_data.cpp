// Raw data, splits and sampling on the command line.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "fixture.hpp"
#include "run_tool.hpp"
#include "support/files.hpp"

namespace treadle::test {
namespace {

/// The fixture's training or test images as raw files.
std::string raw(const std::string& part, std::size_t samples) {
  const std::string name = folder() + "/raw-" + part;
  const auto behind = [&](const std::string& file, std::ptrdiff_t header) {
    const ByteVector bytes = get_file(idx_folder() + "/" + part + file);
    return ByteVector(bytes.begin() + header, bytes.end());
  };
  put_file(name + ".x", behind("-images-idx3-ubyte", 16));
  put_file(name + ".y", behind("-labels-idx1-ubyte", 8));
  put_file(name + ".json",
           to_bytes(R"({"format": 1, "features": "raw-)" + part + R"(.x", "type": "uint8", "shape": [6, 5, 1], )" +
                    R"("samples": )" + std::to_string(samples) + R"(, "labels": "raw-)" + part +
                    R"(.y", "label_type": "uint8", "classes": 4})"));
  return name + ".json";
}

Outcome train(std::vector<std::string> options) {
  std::vector<std::string> all = {
      "train", "--epochs", "2", "--batch-size", "16", "--out", folder() + "/raw.safetensors"};
  all.insert(all.end(), options.begin(), options.end());
  return run_tool(all);
}

TEST_CASE("raw data train to the bits of the same samples in memory, validated on a file or a part of their own") {
  const std::string data = raw("train", 150), model = folder() + "/raw.safetensors";
  REQUIRE(train({"--data", idx_folder()}).status == 0);
  const auto expected = read_whole_file(model);
  const Outcome whole = train({"--data", data, "--validation", raw("t10k", 40), "--buffers", "3"});
  REQUIRE_MESSAGE(whole.status == 0, whole.err);
  CHECK(whole.out.find("150 training samples, 40 validation samples") != std::string::npos);
  CHECK((read_whole_file(model) == expected));
  REQUIRE(train({"--data", data, "--window", "40"}).status == 0);
  CHECK((read_whole_file(model) != expected));
  CHECK(run_tool({"evaluate", "--model", model, "--data", data, "--limit", "70"}).out.find("over 70 samples") !=
        std::string::npos);
  for (const std::string& from : {data, csv_file()}) {
    const Outcome split = train({"--data", from, "--validation-split", "0.2", "--stratify", "--balance"});
    REQUIRE_MESSAGE(split.status == 0, split.err);
    CHECK(split.out.find(from == data ? "120 training samples, 30 validation" : "72 training samples, 18 validation") !=
          std::string::npos);
  }
  put_file(folder() + "/indices.txt", to_bytes("5\n7\n149\n"));
  const Outcome chosen = train({"--data", data, "--validation-indices", folder() + "/indices.txt"});
  CHECK(chosen.out.find("147 training samples, 3 validation samples") != std::string::npos);
}

TEST_CASE("IDX and CSV files stay where they are with --stream, and train to the same bits") {
  const std::string model = folder() + "/raw.safetensors", csv = csv_file(), more = folder() + "/more-classes.csv";
  write_whole_file(more, "a,b,c,kind\n1,2,3,4\n3,4,5,0\n");
  struct Case {
    std::string data, counts;
    std::vector<std::string> options;
  };
  const Case cases[] = {{idx_folder(), "150 training samples, 40 validation", {}},
                        {idx_folder(), "100 training samples, 40 validation", {"--limit", "100"}},
                        {csv, "90 training samples, 0 validation", {}},
                        {csv, "81 training samples, 9 validation", {"--validation-split", "0.1", "--stratify"}},
                        {csv, "90 training samples, 2 validation", {"--validation", more, "--normalize", "standard"}},
                        {csv, "90 training samples, 0 validation", {"--label-column", "kind", "--balance"}}};
  for (const Case& c : cases) {
    INFO(c.counts);
    std::vector<std::string> options = {"--data", c.data};
    options.insert(options.end(), c.options.begin(), c.options.end());
    const Outcome memory = train(options);
    REQUIRE_MESSAGE(memory.status == 0, memory.err);
    const std::string expected = read_whole_file(model);
    options.insert(options.end(), {"--stream", "--readers", "2"});
    const Outcome stream = train(options);
    REQUIRE_MESSAGE(stream.status == 0, stream.err);
    CHECK_MESSAGE(stream.out.find(c.counts) != std::string::npos, stream.out);
    CHECK((read_whole_file(model) == expected));
  }
  // A window, which only reading in order has, shuffles in another way.
  const std::string unshuffled = read_whole_file(model);
  REQUIRE(train({"--data", csv, "--stream", "--window", "20"}).status == 0);
  CHECK((read_whole_file(model) != unshuffled));
}

TEST_CASE("files that stay where they are can be mapped, and train, evaluate and predict to the same bits") {
  const std::string model = folder() + "/raw.safetensors", data = raw("train", 150);
  REQUIRE(train({"--data", idx_folder()}).status == 0);
  const std::string expected = read_whole_file(model);
  const std::vector<std::vector<std::string>> ways = {{"--data", data, "--validation", raw("t10k", 40), "--mapped"},
                                                      {"--data", idx_folder(), "--stream", "--mapped"}};
  for (const auto& way : ways) {
    const Outcome outcome = train(way);
    REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
    CHECK((read_whole_file(model) == expected));
  }
  for (const char* command : {"evaluate", "predict"})
    for (const std::string& from : {data, idx_folder()})
      CHECK(run_tool({command, "--model", model, "--data", from, "--mapped"}).out ==
            run_tool({command, "--model", model, "--data", from}).out);
  const auto refused = [](const std::vector<std::string>& options, const std::string& words) {
    const Outcome outcome = train(options);
    CHECK(outcome.status == 2);
    CHECK_MESSAGE(outcome.err.find("--mapped goes with " + words) != std::string::npos, outcome.err);
  };
  refused({"--data", idx_folder(), "--mapped"}, "--stream where the data are IDX files or an NPZ file");
  refused({"--data", csv_file(), "--mapped"}, "raw data, NPY, NPZ and IDX files");
  refused({"--data", csv_file(), "--stream", "--mapped"}, "raw data, NPY, NPZ and IDX files");
}

TEST_CASE("columns of a CSV file are left out, and its first line is what it is said to be") {
  const std::string model = folder() + "/raw.safetensors", path = folder() + "/times.csv", job = folder() + "/csv-job";
  REQUIRE(train({"--data", csv_file()}).status == 0);
  const std::string expected = read_whole_file(model);
  std::string timed, numbered;
  std::size_t row = 0;
  for (const std::string& line : lines(read_whole_file(csv_file()))) {
    timed +=
        (row == 0 ? "time,id," : "12:00:0" + std::to_string(row % 10) + "," + std::to_string(row) + ",") + line + "\n";
    numbered += (row == 0 ? "0,1,2,3" : line) + "\n";
    ++row;
  }
  write_whole_file(path, timed);
  for (const std::string columns : {"time,id", "0,1", "id,0"}) {
    std::vector<std::string> options = {"--data", path, "--ignore-columns", columns};
    const Outcome outcome = train(options);
    REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
    CHECK(outcome.out.find("90 training samples, 0 validation samples, a header, labels in column kind") !=
          std::string::npos);
    CHECK((read_whole_file(model) == expected));
    options.push_back("--stream");
    REQUIRE(train(options).status == 0);
    CHECK((read_whole_file(model) == expected));
  }
  for (const std::string command : {"evaluate", "predict"}) {
    const std::vector<std::string> plain = {command, "--data", csv_file(), "--model", model};
    CHECK(run_tool({command, "--data", path, "--model", model, "--ignore-columns", "time,id"}).out ==
          run_tool(plain).out);
  }
  REQUIRE(train({"--data", path, "--ignore-columns", "time,id", "--header", "yes", "--run", job}).status == 0);
  CHECK(read_whole_file(job + "/job.json").find("\"ignore-columns\":\"time,id\"") != std::string::npos);
  CHECK(run_tool({"train", "--job", job + "/job.json", "--run", job + "-again", "--out", model}).status == 0);

  write_whole_file(path, numbered);
  CHECK(train({"--data", path, "--header", "yes"}).out.find("90 training samples") != std::string::npos);
  CHECK((read_whole_file(model) == expected));
  CHECK(train({"--data", path}).out.find("91 training samples, 0 validation samples, no header, labels in column 3") !=
        std::string::npos);
  CHECK(train({"--data", path, "--header", "maybe"}).status == 2);
  CHECK(train({"--data", path, "--ignore-columns", "0,,1"}).err.find("names or indices") != std::string::npos);
  write_whole_file(path, "," + numbered);
  CHECK(train({"--data", path}).err.find("line 1, column 1: the cell is empty") != std::string::npos);
}

TEST_CASE("CSV files with another separator, and what a newcomer's files look like") {
  const std::string model = folder() + "/raw.safetensors", path = folder() + "/semicolons.csv";
  const std::string commas = read_whole_file(csv_file());
  for (const std::string separator : {";", "\t", "|"}) {
    std::string text = commas;
    for (char& letter : text)
      if (letter == ',') letter = separator[0];
    write_whole_file(path, text);
    const Outcome wrong = train({"--data", path});
    CHECK(wrong.status == 1);
    CHECK(wrong.err.find("separated by \",\", and the line has \"") != std::string::npos);
    const std::string named = separator == "\t" ? "tab" : separator;
    REQUIRE(train({"--data", path, "--separator", named, "--validation-split", "10%"}).status == 0);
    const std::string expected = read_whole_file(model);
    CHECK(run_tool({"evaluate", "--data", path, "--separator", named, "--model", model}).status == 0);
    REQUIRE(train({"--data", csv_file(), "--validation-split", "0.1"}).status == 0);
    CHECK((read_whole_file(model) == expected));
  }
  write_whole_file(path, "a,b\n1,2\n2,1\n");
  CHECK(train({"--data", path}).out.find("; none is of class 0, from which classes are counted\n") !=
        std::string::npos);
  CHECK(train({"--data", csv_file()}).out.find("none is of class 0") == std::string::npos);
  write_whole_file(path, "a,b\n1,cat\n2,dog\n");
  CHECK(train({"--data", path}).err.find("expected a label, a whole number in 0 ... 999999, got \"cat\"") !=
        std::string::npos);
  const std::string empty = folder() + "/nothing-here";
  std::filesystem::create_directories(empty);
  CHECK(train({"--data", empty}).err.find("nothing to learn from in '" + empty + "': expected IDX files") !=
        std::string::npos);
}

TEST_CASE("the folder of a run stands for its model") {
  const std::string run = folder() + "/run-as-model";
  REQUIRE(run_tool({"train", "--data", idx_folder(), "--epochs", "1", "--run", run, "--quiet"}).status == 0);
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"evaluate", "--data", idx_folder(), "--model"}, {"info"}}) {
    std::vector<std::string> folder = command, file = command;
    folder.push_back(run);
    file.push_back(run + "/model.safetensors");
    CHECK(run_tool(folder).status == 0);
    CHECK(lines(run_tool(folder).out).size() == lines(run_tool(file).out).size());
  }
  CHECK(run_tool({"evaluate", "--data", idx_folder(), "--model", idx_folder()}).err.find("model.safetensors") !=
        std::string::npos);
}

TEST_CASE("what cannot stay where it is says what can be done") {
  const std::string packed = folder() + "/packed";
  std::filesystem::create_directories(packed);
  for (const char* name :
       {"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"})
    put_file(packed + "/" + name + ".gz", gzipped(get_file(idx_folder() + "/" + name)));
  CHECK(train({"--data", packed}).status == 0);
  const Outcome outcome = train({"--data", packed, "--stream"});
  CHECK(outcome.status == 1);
  CHECK(outcome.err.find("train-images-idx3-ubyte.gz: a compressed file cannot be read in any order; unpack it with "
                         "gunzip") != std::string::npos);
  CHECK(run_tool({"evaluate", "--model", folder() + "/raw.safetensors", "--data", packed}).out ==
        run_tool({"evaluate", "--model", folder() + "/raw.safetensors", "--data", idx_folder()}).out);
  for (const char* name : {"train-labels-idx1-ubyte", "t10k-labels-idx1-ubyte"})
    std::filesystem::remove(packed + "/" + name + ".gz");
  const std::vector<std::string> predict = {"predict", "--model", folder() + "/raw.safetensors", "--data"};
  const auto predicted = [&](const std::string& data) {
    std::vector<std::string> options = predict;
    options.push_back(data);
    return run_tool(options).out;
  };
  CHECK(predicted(packed) == predicted(idx_folder()));
  const std::string images = folder() + "/unlabelled-idx";
  std::filesystem::create_directories(images);
  put_file(images + "/t10k-images-idx3-ubyte", get_file(idx_folder() + "/t10k-images-idx3-ubyte"));
  CHECK(predicted(images) == predicted(idx_folder()));
  CHECK(train({"--data", images}).err.find("train-images-idx3-ubyte") != std::string::npos);
}

TEST_CASE("a compressed CSV file is data as it is, but is not streamed") {
  const std::string path = folder() + "/small.csv.gz", model = folder() + "/raw.safetensors";
  put_file(path, gzipped(get_file(csv_file())));
  REQUIRE(train({"--data", csv_file()}).status == 0);
  const std::string expected = read_whole_file(model);
  const Outcome outcome = train({"--data", path});
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  CHECK(outcome.out.find("a header, labels in column kind") != std::string::npos);
  CHECK((read_whole_file(model) == expected));
  for (const char* command : {"evaluate", "predict"})
    CHECK(run_tool({command, "--data", path, "--model", model}).out ==
          run_tool({command, "--data", csv_file(), "--model", model}).out);
  CHECK(train({"--data", path, "--stream"}).err.find("small.csv.gz: a compressed file cannot be read in any order") !=
        std::string::npos);
}

TEST_CASE("raw data are evaluated and predicted from their files as the same samples are in memory") {
  const std::string data = raw("t10k", 40);
  for (const std::vector<std::string>& more :
       std::vector<std::vector<std::string>>{{}, {"--json"}, {"--limit", "7"}, {"--json", "--threads", "2"}})
    for (const char* command : {"evaluate", "predict"}) {
      std::vector<std::string> arguments = {command, "--model", idx_model(), "--data", idx_folder()};
      arguments.insert(arguments.end(), more.begin(), more.end());
      const Outcome expected = run_tool(arguments);
      REQUIRE_MESSAGE(expected.status == 0, expected.err);
      arguments[4] = data;
      const Outcome outcome = run_tool(arguments);
      REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
      CHECK(outcome.out == expected.out);
    }
}

TEST_CASE("a sweep and find-rate read raw data as they go, with a normalisation, and find what they find in memory") {
  const std::string train_data = raw("train", 150), tried = raw("t10k", 40);
  const auto accuracies = [](const std::string& name, std::vector<std::string> more) {
    more.insert(more.begin(), {"sweep", "--batch-sizes", "8,16", "--epochs", "2", "--budget", "1s", "--quiet", "--json",
                               "--out", folder() + "/sweep-" + name});
    const Outcome outcome = run_tool(more);
    REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
    std::vector<double> all;
    const nlohmann::json object = nlohmann::json::parse(outcome.out);
    for (const auto& result : object["results"]) {
      for (const auto& epoch : result["epochs"]) all.push_back(epoch["accuracy"]);
      CHECK(result["equal_time_accuracy"].is_number());
    }
    CHECK(all.size() == 4);
    return all;
  };
  const std::vector<double> expected = accuracies("memory", {"--data", idx_folder(), "--normalize", "standard"});
  CHECK(accuracies("raw", {"--data", train_data, "--validation", tried, "--normalize", "standard"}) == expected);
  CHECK(accuracies("plain", {"--data", train_data, "--validation", tried, "--optimizer", "sgd"}) ==
        accuracies("plain-memory", {"--data", idx_folder(), "--optimizer", "sgd"}));
  const auto found = [](const std::string& data) {
    return run_tool({"find-rate", "--data", data, "--batch-size", "10", "--normalize", "standard", "--json"}).out;
  };
  CHECK(!found(train_data).empty());
  CHECK(found(train_data) == found(idx_folder()));
}

TEST_CASE("a normalisation is learnt from the training part, kept in the model and used by every command") {
  const std::string model = folder() + "/raw.safetensors";
  const auto normalization = [&] {
    const Outcome info = run_tool({"info", model, "--json"});
    REQUIRE_MESSAGE(info.status == 0, info.err);
    return nlohmann::json::parse(info.out)["normalization"];
  };
  for (const std::string method : {"standard", "min-max"}) {
    const Outcome trained = train({"--data", csv_file(), "--validation-split", "0.2", "--normalize", method});
    REQUIRE_MESSAGE(trained.status == 0, trained.err);
    CHECK(trained.out.find("labels in column kind, normalised\n") != std::string::npos);
    const nlohmann::json part = normalization();
    REQUIRE(part["shift"].size() == 3);
    REQUIRE(part["scale"].size() == 3);
    REQUIRE(train({"--data", csv_file(), "--normalize", method}).status == 0);
    CHECK(normalization() != part);
  }
  CHECK(run_tool({"info", model}).out.find("inputs are normalised with 3 shifts and 3 scales") != std::string::npos);

  // Raw data train to the same bits, and what training found is what evaluate finds.
  const std::string data = raw("train", 150), tried = raw("t10k", 40);
  REQUIRE(train({"--data", idx_folder(), "--normalize", "standard"}).status == 0);
  const std::string expected = read_whole_file(model);
  const Outcome trained = train({"--data", data, "--validation", tried, "--normalize", "standard", "--json"});
  REQUIRE_MESSAGE(trained.status == 0, trained.err);
  CHECK((read_whole_file(model) == expected));
  const Outcome evaluated = run_tool({"evaluate", "--model", model, "--data", tried, "--json"});
  REQUIRE_MESSAGE(evaluated.status == 0, evaluated.err);
  CHECK(nlohmann::json::parse(evaluated.out)["loss"].get<double>() ==
        doctest::Approx(nlohmann::json::parse(trained.out)["validation_loss"].get<double>()).epsilon(1e-5));

  const std::string learnt = normalization().dump(), first = model + ".first";
  std::filesystem::copy_file(model, first, std::filesystem::copy_options::overwrite_existing);
  REQUIRE(train({"--data", idx_folder(), "--model", first}).status == 0);
  CHECK(normalization().dump() == learnt);
  CHECK((read_whole_file(model) != expected));
  const Outcome refused = train({"--data", idx_folder(), "--model", first, "--normalize", "standard"});
  CHECK(refused.status == 2);
  CHECK_MESSAGE(refused.err.find("--normalize goes with a preset") != std::string::npos, refused.err);
  CHECK(train({"--data", data, "--normalize", "much"}).status == 2);
  REQUIRE(train({"--data", idx_folder(), "--normalize", "none"}).status == 0);
  CHECK(normalization().is_null());
}

TEST_CASE("groups stay together, and weights choose the samples that are drawn") {
  std::string groups, weights;
  for (int i = 0; i < 90; ++i) {
    groups += std::to_string(i / 9) + "\n";
    weights += i % 3 == 0 ? "1\n" : "0\n";
  }
  const std::string group_file = folder() + "/groups.txt", weight_file = folder() + "/weights.txt";
  put_file(group_file, to_bytes(groups));
  put_file(weight_file, to_bytes(weights));
  const Outcome split = train({"--data", csv_file(), "--validation-split", "0.2", "--validation-groups", group_file});
  REQUIRE_MESSAGE(split.status == 0, split.err);
  CHECK(split.out.find("72 training samples, 18 validation samples") != std::string::npos);
  groups.clear();
  for (int i = 0; i < 90; ++i) groups += i < 60 ? "robot-a\n" : "robot-b\n";
  put_file(group_file, to_bytes(groups));
  const Outcome named = train({"--data", csv_file(), "--validation-split", "0.1", "--validation-groups", group_file});
  CHECK_MESSAGE(named.out.find("60 training samples, 30 validation samples") != std::string::npos, named.out);
  REQUIRE(train({"--data", csv_file()}).status == 0);
  const std::string plain = read_whole_file(folder() + "/raw.safetensors");
  // Sample i is of class i mod 3: only class 0 is ever drawn.
  const Outcome weighted = train({"--data", csv_file(), "--weights", weight_file, "--json"});
  REQUIRE_MESSAGE(weighted.status == 0, weighted.err);
  CHECK((read_whole_file(folder() + "/raw.safetensors") != plain));
  const Outcome both = train(
      {"--data", csv_file(), "--weights", weight_file, "--validation-split", "0.2", "--validation-groups", group_file});
  CHECK_MESSAGE(both.status == 0, both.err);
  const auto refused = [&](const std::vector<std::string>& options, const std::string& words, int status = 2) {
    const Outcome outcome = train(options);
    CHECK(outcome.status == status);
    CHECK_MESSAGE(outcome.err.find(words) != std::string::npos, outcome.err);
  };
  refused({"--data", csv_file(), "--validation-groups", group_file},
          "--validation-groups goes with --validation-split");
  refused({"--data", csv_file(), "--weights", weight_file, "--balance"}, "--weights does not go with --balance");
  refused({"--data", csv_file(), "--validation-split", "0.2", "--stratify", "--validation-groups", group_file},
          "--validation-groups does not go with --stratify");
  put_file(weight_file, to_bytes("1\n1\n"));
  refused({"--data", csv_file(), "--weights", weight_file}, "weights.txt: 2 lines, expected one for each of 90", 1);
  refused({"--data", csv_file(), "--weights", weight_file, "--out", weight_file}, "already");
}

TEST_CASE("every augmentation can be asked for, and changes what is learnt") {
  const std::string model = folder() + "/raw.safetensors";
  const auto learnt = [&](const std::string& data, std::vector<std::string> options) {
    options.insert(options.begin(), {"--data", data});
    const Outcome outcome = train(options);
    REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
    return read_whole_file(model);
  };
  const std::vector<std::vector<std::string>> for_images = {{"--shift", "1"},   {"--flip-left-right"},
                                                            {"--flip-up-down"}, {"--rotate", "20"},
                                                            {"--crop", "0.3"},  {"--cutout", "2"},
                                                            {"--gain", "0.2"},  {"--noise", "0.1"},
                                                            {"--mixup", "0.2"}, {"--cutout", "2", "--fill", "-0.5"}};
  std::vector<std::string> all = {learnt(idx_folder(), {})};
  for (const std::vector<std::string>& options : for_images) all.push_back(learnt(idx_folder(), options));
  CHECK(learnt(idx_folder(), {"--mixup", "0.2", "--threads", "2", "--micro-batch", "3"}) == all[9]);
  std::sort(all.begin(), all.end());
  CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
  CHECK(learnt(csv_file(), {"--time-shift", "1"}) != learnt(csv_file(), {}));
  const auto refused = [&](const std::vector<std::string>& options, const std::string& words, int status) {
    const Outcome outcome = train(options);
    CHECK(outcome.status == status);
    CHECK_MESSAGE(outcome.err.find(words) != std::string::npos, outcome.err);
  };
  refused({"--data", csv_file(), "--shift", "1"}, "go with images", 1);
  refused({"--data", idx_folder(), "--time-shift", "1"}, "time_shift goes with signals", 1);
  refused({"--data", idx_folder(), "--mixup", "1.5"}, "--mixup: expected a number of at least 0 and at most 1", 2);
  refused({"--data", idx_folder(), "--mixup", "-1"}, "--mixup", 2);
  refused({"--data", idx_folder(), "--fill", "much"}, "--fill: expected a number", 2);
  write_whole_file(folder() + "/augmented.json",
                   R"({"data": ")" + idx_folder() + R"(", "mixup": 0.2, "flip-up-down": true})");
  const Outcome job = train({"--job", folder() + "/augmented.json"});
  CHECK_MESSAGE(job.status == 0, job.err);
}

TEST_CASE("nothing is written over the data's own files") {
  const std::string data = raw("train", 150), tried = raw("t10k", 40);
  const auto refused = [](std::vector<std::string> options) {
    const Outcome outcome = run_tool(options);
    CHECK(outcome.status == 2);
    CHECK_MESSAGE(outcome.err.find("is a file that this command reads or writes already") != std::string::npos,
                  outcome.err);
  };
  for (const char* file : {".json", ".x", ".y"})
    for (const std::string part : {"/raw-train", "/raw-t10k"})
      for (const char* option : {"--out", "--log"}) {
        const std::string path = folder() + part + file;
        const ByteVector before = get_file(path);
        refused({"train", "--data", data, "--validation", tried, option, path});
        CHECK(get_file(path) == before);
      }
  REQUIRE(train({"--data", data}).status == 0);
  const std::string model = folder() + "/raw.safetensors";
  for (const char* file : {".json", ".x", ".y"})
    refused({"predict", "--model", model, "--data", data, "--out", folder() + "/raw-train" + file});
}

TEST_CASE("options that do not go together are refused in one line") {
  const std::string data = raw("train", 150);
  const auto refused = [&](const std::vector<std::string>& options, const std::string& words, int status = 2) {
    const Outcome outcome = train(options);
    CHECK(outcome.status == status);
    CHECK_MESSAGE(outcome.err.find(words) != std::string::npos, outcome.err);
  };
  refused({"--data", data, "--stratify"}, "--stratify goes with --validation-split");
  refused({"--data", data, "--validation-split", "0.1", "--validation", csv_file()}, "--validation does not go");
  refused({"--data", data, "--validation-split", "0.1", "--validation-indices", "x"}, "--validation-indices");
  refused({"--data", data, "--validation-split", "1"}, "--validation-split");
  refused({"--data", data, "--label-column", "a"}, "--label-column goes with a CSV file");
  refused({"--data", data, "--buffers", "1"}, "--buffers");
  refused({"--data", data, "--validation-split", "0.001"}, "none would be left for validation", 1);
  refused({"--data", data, "--window", "9", "--balance"}, "--balance does not go with --window");
  put_file(folder() + "/cut.json", to_bytes("{\"format\": 1"));
  refused({"--data", folder() + "/cut.json"}, "cut.json", 1);
}

}  // namespace
}  // namespace treadle::test
