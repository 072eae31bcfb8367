// Raw data, splits and sampling on the command line.
#include <doctest/doctest.h>

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
  refused({"--data", idx_folder(), "--validation-split", "0.1"}, "--validation-split does not go with data that has");
  refused({"--data", data, "--validation-split", "1"}, "--validation-split");
  refused({"--data", data, "--label-column", "a"}, "--label-column goes with a CSV file");
  refused({"--data", data, "--buffers", "1"}, "--buffers");
  refused({"--data", data, "--validation-split", "0.001"}, "none would be left for validation", 1);
  refused({"--data", data, "--window", "9", "--balance"}, "takes no weights", 1);
  put_file(folder() + "/cut.json", to_bytes("{\"format\": 1"));
  refused({"--data", folder() + "/cut.json"}, "cut.json", 1);
}

}  // namespace
}  // namespace treadle::test
