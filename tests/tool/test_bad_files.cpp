// Files and folders that are missing, broken or do not fit: exit status 1 and one line.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "fixture.hpp"
#include "run_tool.hpp"

namespace treadle::test {
namespace {

/// A file in the shared folder with these contents.
std::string file(const std::string& name, const std::string& contents) {
  const std::string path = folder() + "/" + name;
  write_whole_file(path, contents);
  return path;
}

/// A copy of the IDX folder in which `name` is cut to `bytes` or, for 0, removed.
std::string broken_idx(const std::string& folder_name, const std::string& name, std::size_t bytes) {
  const std::string path = folder() + "/" + folder_name;
  std::filesystem::copy(idx_folder(), path, std::filesystem::copy_options::recursive);
  if (bytes == 0)
    std::filesystem::remove(path + "/" + name);
  else
    std::filesystem::resize_file(path + "/" + name, bytes);
  return path;
}

struct Case {
  std::vector<std::string> arguments;
  std::string expected;  ///< part of the line
};

std::vector<Case> data_cases() {
  const auto train = [](const std::string& data, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"train", "--data", data, "--out", folder() + "/never.safetensors"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  };
  const std::string csv = csv_file();
  return {
      {train("/nowhere/at/all"), "no such file or folder: '/nowhere/at/all'"},
      {train(std::string(5000, 'x')), "no such file or folder"},
      {train(folder()), "images-idx3"},
      {train(broken_idx("no-test", "t10k-images-idx3-ubyte", 0)), "t10k-images-idx3-ubyte"},
      {train(broken_idx("cut-images", "train-images-idx3-ubyte", 500)), "train-images-idx3-ubyte"},
      {train(broken_idx("cut-head", "train-images-idx3-ubyte", 9)), "train-images-idx3-ubyte"},
      {train(broken_idx("cut-labels", "train-labels-idx1-ubyte", 20)), "train-labels-idx1-ubyte"},
      {train(file("empty.csv", "")), "empty.csv"},
      {train(file("head-only.csv", "a,b,label\n")), "head-only.csv"},
      {train(csv_with_text()), "text.csv"},
      {train(file("ragged.csv", "1,2,0\n1,1\n")), "ragged.csv"},
      {train(file("negative.csv", "1,2,-1\n")), "negative.csv"},
      {train(file("half.csv", "1,2,0.5\n")), "half.csv"},
      {train(file("huge.csv", "1,2,99999999999999999999\n")), "huge.csv"},
      {train(file("nan.csv", "nan,2,0\n1,2,1\n")), "nan.csv"},
      {train(file("zeros.csv", std::string(64, '\0'))), "zeros.csv"},
      {train(csv, {"--label-column", "colour"}), "colour"},
      {train(csv, {"--label-column", "17"}), "17"},
      {train(csv, {"--validation", "/nowhere.csv"}), "/nowhere.csv"},
      {train(csv, {"--validation", csv_with_text()}), "text.csv"},
      {train(csv, {"--validation", file("narrow.csv", "1,0\n")}),
       "the model expects samples of shape 3, the data has 1"},
      {train(csv, {"--memory", "1KiB"}), "the limit is 1024"},
  };
}

std::vector<Case> model_cases() {
  const std::string model = csv_model(), csv = csv_file();
  const std::string bytes = read_whole_file(model);
  const auto evaluate = [&](const std::string& path) {
    return std::vector<std::string>{"evaluate", "--model", path, "--data", csv};
  };
  const std::string too_many = file("many.csv", "1,2,3,0\n1,2,3,7\n");
  return {
      {evaluate("/nowhere.safetensors"), "/nowhere.safetensors"},
      {evaluate(folder()), folder()},
      {evaluate(file("empty.safetensors", "")), "empty.safetensors"},
      {evaluate(file("text.safetensors", "this is no model at all")), "text.safetensors"},
      {evaluate(file("cut.safetensors", bytes.substr(0, bytes.size() / 2))), "cut.safetensors"},
      {evaluate(file("long.safetensors", bytes + "x")), "long.safetensors"},
      {evaluate(csv), "small.csv"},
      {{"info", csv}, "small.csv"},
      {{"info", "/nowhere"}, "/nowhere"},
      {{"plan", "--model", "./nowhere"}, "no such file: './nowhere'"},
      {{"plan", "--model", csv}, "small.csv"},
      {{"predict", "--model", model, "--data", idx_folder()},
       "the model expects samples of shape 3, the data has 6x5x1"},
      {{"train", "--model", model, "--data", idx_folder()}, "the model expects samples of shape 3, the data has 6x5x1"},
      {{"train", "--model", folder() + "/none.safetensors", "--data", csv}, "no such file"},
      {{"evaluate", "--model", model, "--data", too_many}, "the data has 8 classes, the model only 3 outputs"},
      {{"train", "--model", model, "--data", too_many}, "the data has 8 classes, the model only 3 outputs"},
      {{"plan", "--input", "4294967295x4294967295x4294967295"}, "does not fit"},
      {{"plan", "--memory", "1"}, "the limit is 1"},
  };
}

std::vector<Case> output_cases() {
  const auto train = [](std::vector<std::string> more) {
    more.insert(more.begin(), {"train", "--data", idx_folder()});
    return more;
  };
  const std::string model = csv_model(), csv = csv_file();
  return {
      {train({"--out", "/nowhere/model"}), "--out '/nowhere/model': cannot write: No such file or directory"},
      {train({"--out", folder()}), "cannot write: Is a directory"},
      {train({"--out", csv + "/model"}), "cannot write: Not a directory"},
      {train({"--out", "/proc/model"}), "--out '/proc/model': cannot write"},
      {train({"--log", "/nowhere/log"}), "--log '/nowhere/log': cannot write: No such file or directory"},
      {train({"--log", folder()}), "cannot write: Is a directory"},
      {{"predict", "--model", model, "--data", csv, "--out", "/nowhere/p.csv"}, "--out '/nowhere/p.csv': cannot write"},
      {{"predict", "--model", model, "--data", csv, "--out", "/dev/full"}, "cannot write: No space left on device"},
  };
}

void expect_failure(const Case& bad) {
  std::string shown;
  for (const std::string& argument : bad.arguments) shown += argument.substr(0, 100) + " ";
  CAPTURE(shown);
  const Outcome outcome = run_tool(bad.arguments, {{}, folder(), {}});
  CHECK(outcome.status == 1);
  CHECK(outcome.out.empty());
  CHECK(outcome.err.ends_with('\n'));
  CHECK(lines(outcome.err).size() == 1);
  CHECK(outcome.err.size() <= 501);
  CHECK(outcome.err.starts_with("treadle " + bad.arguments[0] + ": "));
  CHECK_MESSAGE(outcome.err.find(bad.expected) != std::string::npos, outcome.err);
}

void expect_failures(const std::vector<Case>& cases) {
  for (const Case& bad : cases) expect_failure(bad);
}

/// The commands that read a model, and those that read data, with nothing wrong but that one thing.
void expect_bad_model(const std::string& model, const std::string& expected) {
  const std::string out = folder() + "/never.safetensors";
  expect_failure({{"train", "--model", model, "--data", csv_file(), "--out", out}, expected});
  expect_failure({{"evaluate", "--model", model, "--data", csv_file()}, expected});
  expect_failure({{"predict", "--model", model, "--data", csv_file()}, expected});
  expect_failure({{"plan", "--model", model}, expected});
  expect_failure({{"info", model}, expected});
}

void expect_bad_data(const std::string& data, const std::string& model, const std::string& expected,
                     const std::vector<std::string>& more = {}) {
  const auto with_more = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Case{std::move(arguments), expected};
  };
  expect_failure(with_more({"train", "--data", data, "--out", folder() + "/never.safetensors"}));
  expect_failure(with_more({"evaluate", "--model", model, "--data", data}));
  const Case predict = with_more({"predict", "--model", model, "--data", data});
  if (expected.find("-labels-") == std::string::npos) return expect_failure(predict);
  CHECK(run_tool(predict.arguments).status == 0);  // it does not look at labels
}

/// Puts a broken file into an IDX folder in the place of the one called `name`, tries it and puts things right.
void expect_bad_idx(const std::string& contents, const std::string& name, const std::string& expected) {
  const std::string path = folder() + "/one-broken", plain = path + "/" + name.substr(0, name.rfind(".gz"));
  std::filesystem::copy(idx_folder(), path, std::filesystem::copy_options::recursive);
  std::filesystem::remove(plain);
  write_whole_file(path + "/" + name, contents);
  expect_bad_data(path, idx_model(), expected);
  std::filesystem::remove_all(path);
}

using Files = std::vector<std::filesystem::path>;

/// Whether a fuzzer found it: these have names of 40 hexadecimal digits, and nobody knows which of them are broken.
bool is_found(const std::string& name) {
  return name.size() == 40 && name.find_first_not_of("0123456789abcdef") == std::string::npos;
}

/// What was made for the readers of `format`, but for the files that are `fine`.
Files corpus(const std::string& format, const std::vector<std::string>& fine) {
  Files files;
  for (const auto& entry : std::filesystem::directory_iterator(TREADLE_TEST_DATA "/fuzz/corpus/" + format)) {
    const std::string name = entry.path().filename();
    if (!is_found(name) && std::find(fine.begin(), fine.end(), name) == fine.end()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  REQUIRE(files.size() >= 10);
  return files;
}

std::string corpus_file(const std::string& name) {
  const std::string contents = read_whole_file(TREADLE_TEST_DATA "/fuzz/corpus/" + name);
  REQUIRE(!contents.empty());
  return contents;
}

/// A safetensors file of this header and `bytes` bytes of data.
std::string safetensors(const std::string& header, std::size_t bytes) {
  std::string length;
  for (int shift = 0; shift < 64; shift += 8) length += static_cast<char>(header.size() >> shift & 0xff);
  return length + header + std::string(bytes, '\0');
}

TEST_CASE("data that is missing, broken or does not fit") {
  expect_failures(data_cases());
  CHECK(!std::filesystem::exists(folder() + "/never.safetensors"));
}

TEST_CASE("models that are missing, broken or do not fit") { expect_failures(model_cases()); }

TEST_CASE("each command that reads a model refuses every broken one of the corpus") {
  // Well-formed safetensors files without a model in them are as little use.
  for (const std::filesystem::path& path : corpus("safetensors", {}))
    expect_bad_model(path, "safetensors/" + path.filename().string() + ": ");
  for (const std::filesystem::path& path : corpus("model_file", {"good", "normalized", "classes"}))
    expect_bad_model(path, "model_file/" + path.filename().string() + ": ");
}

TEST_CASE("what is wrong with a model's file is said") {
  const auto broken = [](const std::string& contents, const std::string& expected) {
    expect_bad_model(file("broken.safetensors", contents), "broken.safetensors: " + expected);
  };
  const std::string tensor = R"("w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]})";
  broken(safetensors(R"({"x":)" + std::string(100'000, '['), 0), "safetensors: JSON: more than 64 arrays and objects");
  broken(safetensors("{" + tensor + "," + tensor + "}", 1), R"(safetensors: JSON: the name "w" comes twice)");
  broken(corpus_file("safetensors/overlap"), R"(safetensors: tensor "b": data_offsets [1, 3] overlap another tensor)");
  broken(corpus_file("safetensors/gap"), R"(safetensors: tensor "b": data_offsets [2, 3] leave a hole)");
  broken(corpus_file("safetensors/reversed"), R"(safetensors: tensor "x": data_offsets [4, 0] end before they begin)");
  broken(corpus_file("safetensors/unknown_type"), R"(safetensors: tensor "x": unknown dtype "F99")");
  broken(corpus_file("safetensors/long_header"), "safetensors: byte 0 says a header of");
}

TEST_CASE("each command that reads data refuses every broken file of the corpus") {
  for (const std::filesystem::path& path : corpus("idx", {})) {
    expect_bad_idx(read_whole_file(path), "train-images-idx3-ubyte", "one-broken");
    expect_bad_idx(read_whole_file(path), "t10k-labels-idx1-ubyte", "one-broken/t10k-labels-idx1-ubyte");
  }
  for (const std::filesystem::path& path : corpus("gzip", {}))
    expect_bad_idx(read_whole_file(path), "train-images-idx3-ubyte.gz", "one-broken/train-images-idx3-ubyte.gz");
  // There, the first byte is the separator and the rest of the first line the label column.
  for (const std::filesystem::path& path :
       corpus("csv", {"plain", "header", "quotes", "byte_order_mark", "tiny", "compressed"})) {
    const std::string text = read_whole_file(path);
    if (text[0] != ',') continue;
    const std::size_t end = text.find('\n');
    const std::string label = text.substr(1, end - 1);
    expect_bad_data(file("broken.csv", text.substr(end + 1)), csv_model(), "broken.csv: ",
                    label.empty() ? std::vector<std::string>{} : std::vector<std::string>{"--label-column", label});
  }
  CHECK(!std::filesystem::exists(folder() + "/never.safetensors"));
}

TEST_CASE("what is wrong with an IDX file is said") {
  const std::string images = "train-images-idx3-ubyte";
  expect_bad_idx(corpus_file("gzip/cut"), images + ".gz", images + ".gz: gzip: is cut short at compressed byte");
  expect_bad_idx(corpus_file("gzip/bad_checksum"), images + ".gz", images + ".gz: gzip: incorrect data check");
  expect_bad_idx(corpus_file("idx/bad_magic"), images, images + ": IDX: the magic number at byte 0 is 0 1 8 1");
  expect_bad_idx(corpus_file("idx/overflow"), images, images + ": IDX: elements [4294967295, 4294967295");
}

TEST_CASE("output that cannot be written is found before the training") { expect_failures(output_cases()); }

TEST_CASE("predictions that cannot be made leave those that were there") {
  // Its output is an image, which is found when everything else is ready.
  const std::string description =
      R"({"__metadata__":{"treadle.model":"{\"format\":1,\"input\":[6,5,1],\"layers\":[{\"type\":\"Relu\"}]}"}})";
  const std::string model = file("image-to-image.safetensors", safetensors(description, 0));
  const std::string out = file("kept.csv", "kept\n");
  REQUIRE(run_tool({"info", model}).status == 0);
  expect_failure({{"predict", "--model", model, "--data", idx_folder(), "--out", out}, "[6, 5, 1]"});
  CHECK(read_whole_file(out) == "kept\n");
}

TEST_CASE("a refused output leaves what was there") {
  const std::string log = file("kept.jsonl", "kept\n");
  const Outcome outcome = run_tool({"train", "--data", csv_with_text(), "--log", log, "--out", folder() + "/no"});
  CHECK(outcome.status == 1);
  CHECK(read_whole_file(log) == "kept\n");
}

}  // namespace
}  // namespace treadle::test
