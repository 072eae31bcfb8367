#include <doctest/doctest.h>

#include <filesystem>

#include "fixture.hpp"
#include "run_tool.hpp"
#include "support/numpy_files.hpp"

namespace treadle::test {
namespace {

/// The contents of one of the fixture's IDX files behind its header, as an NPY file.
ByteVector from_idx(const std::string& name, std::size_t header, const std::string& shape) {
  const ByteVector file = get_file(idx_folder() + "/" + name);
  return npy("|u1", shape, {file.begin() + static_cast<std::ptrdiff_t>(header), file.end()});
}

/// The fixture's images as one NPZ file, whose name does not tell what it is.
std::string npz_file() {
  const std::string path = folder() + "/images.data";
  put_file(path, zip({{"x_train.npy", from_idx("train-images-idx3-ubyte", 16, "(150, 6, 5)")},
                      {"y_train.npy", from_idx("train-labels-idx1-ubyte", 8, "(150,)")},
                      {"x_test.npy", from_idx("t10k-images-idx3-ubyte", 16, "(40, 6, 5)")},
                      {"y_test.npy", from_idx("t10k-labels-idx1-ubyte", 8, "(40,)")}},
                     true));
  return path;
}

Outcome train_npz(const std::string& data, const std::string& out) {
  return run_tool({"train", "--data", data, "--out", out, "--epochs", "2", "--batch-size", "16"});
}

TEST_CASE("the same samples make the same bits, whether they come from IDX or from NPZ") {
  const std::string from_idx = folder() + "/from-idx.safetensors", from_npz = folder() + "/from-npz.safetensors";
  REQUIRE(train_npz(idx_folder(), from_idx).status == 0);
  const Outcome outcome = train_npz(npz_file(), from_npz);
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  CHECK(outcome.out.find("150 training samples, 40 validation samples") != std::string::npos);
  CHECK((read_whole_file(from_idx) == read_whole_file(from_npz)));
  for (const std::string part : {"train", "test"}) {
    const auto evaluate = [&](const std::string& data) {
      return run_tool({"evaluate", "--model", from_npz, "--data", data, "--part", part}).out;
    };
    CHECK(evaluate(npz_file()) == evaluate(idx_folder()));
    CHECK(evaluate(npz_file()).find(part == "train" ? "over 150 samples" : "over 40 samples") != std::string::npos);
  }
}

TEST_CASE("and from a folder of NPY files, which stay there") {
  const std::string path = folder() + "/npy", model = folder() + "/from-npy.safetensors";
  const std::string from_idx_model = folder() + "/from-idx-again.safetensors";
  REQUIRE(train_npz(idx_folder(), from_idx_model).status == 0);
  std::filesystem::create_directory(path);
  put_file(path + "/x_train.npy", from_idx("train-images-idx3-ubyte", 16, "(150, 6, 5)"));
  put_file(path + "/y_train.npy", from_idx("train-labels-idx1-ubyte", 8, "(150,)"));
  const Outcome missing = train_npz(path, model);
  put_file(path + "/x_test.npy", from_idx("t10k-images-idx3-ubyte", 16, "(40, 6, 5)"));
  CHECK(missing.out.find("150 training samples, 0 validation samples") != std::string::npos);
  CHECK(train_npz(path, model).err.find("y_test.npy: No such file") != std::string::npos);
  put_file(path + "/y_test.npy", from_idx("t10k-labels-idx1-ubyte", 8, "(40,)"));
  const Outcome outcome = train_npz(path, model);
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  CHECK(outcome.out.find("150 training samples, 40 validation samples") != std::string::npos);
  CHECK((read_whole_file(from_idx_model) == read_whole_file(model)));
  for (const std::string part : {"train", "test"}) {
    const auto evaluate = [&](const std::string& data) {
      return run_tool({"evaluate", "--model", model, "--data", data, "--part", part, "--limit", "30"}).out;
    };
    CHECK(evaluate(path) == evaluate(idx_folder()));
  }
  CHECK(run_tool({"train", "--data", path, "--validation", npz_file()}).err.find("--validation") != std::string::npos);
  CHECK(run_tool({"train", "--data", path, "--label-column", "a"}).err.find("not with NPY") != std::string::npos);
  const Outcome over = run_tool({"train", "--data", path, "--out", path + "/y_test.npy"});
  CHECK(over.status != 0);
  CHECK(read_whole_file(path + "/y_test.npy").starts_with("\x93NUMPY"));
}

TEST_CASE("a folder of one pair of NPY files has no parts, and classes of the test part count") {
  const std::string pair = folder() + "/npy-pair", parts = folder() + "/npy-parts", model = folder() + "/n.safetensors";
  for (const std::string& path : {pair, parts}) std::filesystem::create_directory(path);
  const ByteVector x = npy("<f8", "(3, 1)", ByteVector(24)), y = npy("<i8", "(3,)", ByteVector(24));
  put_file(pair + "/x.npy", x);
  put_file(pair + "/y.npy", y);
  for (const std::string part : {"train", "test"}) {
    put_file(parts + "/x_" + part + ".npy", x);
    put_file(parts + "/y_" + part + ".npy", part == "test" ? npy("|u1", "(3,)", {0, 4, 1}) : y);
  }
  REQUIRE(train_npz(pair, model).status == 0);
  CHECK(run_tool({"evaluate", "--model", model, "--data", pair}).out.find("over 3 samples") != std::string::npos);
  CHECK(run_tool({"evaluate", "--model", model, "--data", pair, "--part", "test"}).status == 2);
  const Outcome outcome = train_npz(parts, model);
  CHECK_MESSAGE(outcome.out.find("1 -> 5,") != std::string::npos, outcome.out);
}

TEST_CASE("an NPZ file of one pair of arrays has no parts") {
  const std::string path = folder() + "/pair.npz", model = folder() + "/pair.safetensors";
  put_file(
      path,
      zip({{"x.npy", npy("<f4", "(3, 1)", float_bytes({0, 1, 2}))}, {"y.npy", npy("|u1", "(3,)", {0, 1, 1})}}, false));
  const Outcome outcome = train_npz(path, model);
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  CHECK(outcome.out.find("3 training samples, 0 validation samples") != std::string::npos);
  CHECK(run_tool({"evaluate", "--model", model, "--data", path}).out.find("over 3 samples") != std::string::npos);
  const Outcome part = run_tool({"evaluate", "--model", model, "--data", path, "--part", "test"});
  CHECK(part.status == 2);
  CHECK(part.err.find("--part goes with data in parts") != std::string::npos);
}

TEST_CASE("floats of three axes are signals, with a normalisation for each channel") {
  std::vector<float> values;
  for (int i = 0; i < 6 * 4; ++i)
    values.insert(values.end(), {static_cast<float>(i % 5), 1000.0f + static_cast<float>(i % 3)});
  const ByteVector x = npy("<f4", "(6, 4, 2)", float_bytes(values)), y = npy("|u1", "(6,)", {0, 1, 0, 1, 0, 1});
  const std::string pair = folder() + "/signals.npz", signals = folder() + "/signals",
                    model = folder() + "/s.safetensors";
  put_file(pair, zip({{"x.npy", x}, {"y.npy", y}}, false));
  std::filesystem::create_directory(signals);
  put_file(signals + "/x.npy", x);
  put_file(signals + "/y.npy", y);
  for (const std::string& data : {pair, signals}) {
    const Outcome outcome = run_tool(
        {"train", "--data", data, "--out", model, "--epochs", "1", "--normalize", "standard", "--time-shift", "1"});
    REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
    CHECK(outcome.out.find("mlp: 4x2 -> 2") != std::string::npos);
    CHECK(outcome.out.find("signals of 4 moments and 2 channels") != std::string::npos);
    CHECK(read_whole_file(model).find("\"normalization.scale\":{\"dtype\":\"F32\",\"shape\":[2]") != std::string::npos);
    CHECK(run_tool({"train", "--data", data, "--out", model, "--model", "cnn"}).err.find("[time, 1, channels]") !=
          std::string::npos);
  }
  put_file(pair, zip({{"x.npy", npy("|u1", "(6, 4, 2)", ByteVector(48))}, {"y.npy", y}}, false));
  REQUIRE(train_npz(pair, model).status == 0);
  const Outcome other = run_tool({"evaluate", "--data", signals, "--model", model});
  CHECK(other.err.find("expects samples of shape 4x2x1, the data has 4x2, which are signals") != std::string::npos);
}

TEST_CASE("an NPZ file that is not compressed stays where it is, and trains to the same bits") {
  const ByteVector x = npy("<i2", "(40, 3)", counting(240)), y = npy("|b1", "(40,)", ByteVector(40, 1));
  const std::string stored = folder() + "/stored.npz", deflated = folder() + "/deflated.npz",
                    model = folder() + "/stored.safetensors";
  put_file(stored, zip({{"x.npy", x}, {"y.npy", y}}, false));
  put_file(deflated, zip({{"x.npy", x}, {"y.npy", y}}, true));
  const auto trained = [&](const std::string& data, const std::vector<std::string>& more) {
    std::vector<std::string> options = {"train", "--data", data, "--out", model, "--epochs", "2", "--batch-size", "8"};
    options.insert(options.end(), more.begin(), more.end());
    const Outcome outcome = run_tool(options);
    REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
    return read_whole_file(model);
  };
  const std::string expected = trained(stored, {});
  CHECK((trained(deflated, {}) == expected));
  CHECK((trained(stored, {"--stream"}) == expected));
  CHECK((trained(stored, {"--stream", "--mapped", "--readers", "2"}) == expected));
  for (const char* command : {"evaluate", "predict"}) {
    const std::string from_memory = run_tool({command, "--data", deflated, "--model", model}).out;
    CHECK(from_memory == run_tool({command, "--data", stored, "--model", model}).out);
    CHECK(from_memory == run_tool({command, "--data", stored, "--model", model, "--mapped"}).out);
  }
  CHECK(run_tool({"evaluate", "--data", deflated, "--model", model, "--mapped"}).err.find("not compressed") !=
        std::string::npos);
  CHECK(run_tool({"train", "--data", deflated, "--out", model, "--stream"}).err.find("save with numpy.savez, not") !=
        std::string::npos);
}

TEST_CASE("a validation part is what training is validated on, and the test part is left for evaluate") {
  const std::string model = folder() + "/three.safetensors", arrays = folder() + "/three";
  std::filesystem::create_directories(arrays);
  std::vector<ZipFile> files;
  for (const auto& [part, samples] : {std::pair<std::string, std::size_t>{"train", 9}, {"test", 5}, {"val", 7}}) {
    const std::string count = std::to_string(samples);
    files.push_back({"x_" + part + ".npy", npy("|i1", "(" + count + ", 2)", counting(2 * samples))});
    ByteVector labels(samples);
    labels.back() = part == "val" ? 4 : 1;
    files.push_back({"y_" + part + ".npy", npy("|u1", "(" + count + ",)", labels)});
  }
  for (const ZipFile& file : files) put_file(arrays + "/" + file.name, file.contents);
  put_file(arrays + ".npz", zip(files, false));
  for (const std::vector<std::string>& data :
       {std::vector<std::string>{arrays + ".npz"}, {arrays + ".npz", "--stream"}, {arrays}}) {
    std::vector<std::string> options = {"train", "--out", model, "--epochs", "1", "--data"};
    options.insert(options.end(), data.begin(), data.end());
    const Outcome outcome = run_tool(options);
    REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
    CHECK(outcome.out.find("9 training samples, 7 validation samples (the validation part)") != std::string::npos);
    CHECK(outcome.out.find("2 -> 5,") != std::string::npos);
    const auto over = [&](const std::vector<std::string>& part) {
      std::vector<std::string> evaluate = {"evaluate", "--model", model, "--data", data[0]};
      evaluate.insert(evaluate.end(), part.begin(), part.end());
      return run_tool(evaluate).out;
    };
    CHECK(over({}).find("over 5 samples") != std::string::npos);
    CHECK(over({"--part", "test"}) == over({}));
    CHECK(over({"--part", "train"}).find("over 9 samples") != std::string::npos);
    CHECK(over({"--part", "validation"}).find("over 7 samples") != std::string::npos);
  }
  std::filesystem::remove(arrays + "/x_test.npy");
  CHECK(run_tool({"evaluate", "--model", model, "--data", arrays}).out.find("over 7 samples") != std::string::npos);
  CHECK(run_tool({"evaluate", "--model", model, "--data", arrays, "--part", "test"}).err.find("have no test part") !=
        std::string::npos);
  const Outcome over = run_tool({"train", "--data", arrays, "--out", arrays + "/y_val.npy"});
  CHECK(over.err.find("is a file that this command reads") != std::string::npos);
}

TEST_CASE("predict needs no labels, whatever holds the samples") {
  const std::string path = folder() + "/unlabelled", model = folder() + "/unlabelled.safetensors";
  const ByteVector x = npy("<f4", "(3, 2)", float_bytes({0, 1, 2, 3, 4, 5}));
  const ByteVector values = float_bytes({0, 1, 2, 3, 4, 5});
  put_file(path + ".npz", zip({{"x.npy", x}, {"y.npy", npy("|u1", "(3,)", {0, 1, 1})}}, false));
  REQUIRE(train_npz(path + ".npz", model).status == 0);
  const auto predict = [&](const std::string& data) { return run_tool({"predict", "--model", model, "--data", data}); };
  const std::string expected = predict(path + ".npz").out;
  CHECK(lines(expected).size() == 4);
  std::filesystem::create_directory(path);
  put_file(path + ".npz", zip({{"x.npy", x}}, false));
  put_file(path + "/x.npy", x);
  put_file(path + ".bin", values);
  write_whole_file(path + ".json", R"({"format": 1, "features": ")" + path +
                                       R"(.bin", "type": "float32", "shape": [2], "samples": 3})");
  for (const std::string& data : {path + ".npz", path, path + ".json"}) {
    const Outcome outcome = predict(data);
    CHECK_MESSAGE(outcome.out == expected, outcome.err);
    CHECK(run_tool({"evaluate", "--model", model, "--data", data}).status == 1);
    CHECK(train_npz(data, model + ".never").status == 1);
  }
}

TEST_CASE("options of other formats and broken NPZ files are refused in one line") {
  const std::string path = npz_file(), model = folder() + "/none.safetensors";
  for (const std::string option : {"--label-column", "--validation"}) {
    const Outcome outcome = run_tool({"train", "--data", path, "--out", model, option, "x"});
    CHECK(outcome.status == 2);
    CHECK(outcome.err.find(option + " goes with a CSV file") != std::string::npos);
  }
  const std::string cut = folder() + "/cut.npz";
  put_file(cut, first_bytes(get_file(path), 1000));
  const Outcome outcome = train_npz(cut, model);
  CHECK(outcome.status == 1);
  CHECK(lines(outcome.err).size() == 1);
  CHECK(outcome.err.find("cut.npz: ZIP: no end record") != std::string::npos);
}

}  // namespace
}  // namespace treadle::test
