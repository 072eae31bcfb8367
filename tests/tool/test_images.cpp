// Folders of images on the command line.
#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "fixture.hpp"
#include "run_tool.hpp"
#include "support/files.hpp"
#include "support/vectors.hpp"

namespace treadle::test {
namespace {

ByteVector file_of(const std::string& name) {
  static const Vectors vectors(TREADLE_TEST_DATA "/vectors/image_vectors.safetensors");
  const std::vector<std::int32_t> values = vectors.integers(name + ".file");
  return {values.begin(), values.end()};
}

/// Two classes of images of 13 x 11 pixels, made anew.
std::string images(const std::string& name) {
  const std::string path = folder() + "/images/" + name;
  std::filesystem::remove_all(path);
  const std::pair<const char*, const char*> kinds[] = {{"dark", "png.0.1"}, {"light", "png.2.8"}};
  for (const auto& [kind, file] : kinds) {
    std::filesystem::create_directories(path + "/" + kind);
    for (int i = 0; i < 6; ++i) put_file(path + "/" + kind + "/" + std::to_string(i) + ".png", file_of(file));
  }
  return path;
}

std::string model() { return folder() + "/images.safetensors"; }

Outcome train_images(std::vector<std::string> options) {
  options.insert(options.begin(), {"train", "--epochs", "2", "--batch-size", "4", "--out", model()});
  return run_tool(options);
}

TEST_CASE("a model knows the names of its classes, and finds their folders by them") {
  const std::string data = images("named"), tried = images("one-of-them"), run = folder() + "/named-run";
  std::filesystem::remove_all(run);
  std::filesystem::remove_all(tried + "/dark");  // alone, "light" would be class 0
  const Outcome trained =
      run_tool({"train", "--data", data, "--epochs", "20", "--batch-size", "4", "--run", run, "--json"});
  REQUIRE_MESSAGE(trained.status == 0, trained.err);
  CHECK(nlohmann::json::parse(trained.out)["classes"] == nlohmann::json({"dark", "light"}));
  CHECK(nlohmann::json::parse(read_whole_file(run + "/result.json"))["classes"] == nlohmann::json({"dark", "light"}));
  const Outcome evaluated = run_tool({"evaluate", "--model", run, "--data", tried});
  REQUIRE_MESSAGE(evaluated.status == 0, evaluated.err);
  CHECK(evaluated.out.find("accuracy 100.00 %") == 0);
  CHECK(evaluated.out.find("1 light") != std::string::npos);
  CHECK(nlohmann::json::parse(
            run_tool({"evaluate", "--model", run, "--data", tried, "--json"}).out)["classes"][1]["name"] == "light");
  const std::vector<std::string> predicted = lines(run_tool({"predict", "--model", run, "--data", tried}).out);
  CHECK(predicted[0] == "index,class,probability,name");
  CHECK(predicted[1].starts_with("0,1,"));
  CHECK(predicted[1].ends_with(",light"));
  const Outcome json = run_tool({"predict", "--model", run, "--data", tried, "--json"});
  CHECK(nlohmann::json::parse(json.out)["predictions"][0]["name"] == "light");
  CHECK(run_tool({"info", run}).out.find("classes are dark, light\n") != std::string::npos);
  CHECK(nlohmann::json::parse(run_tool({"info", run, "--json"}).out)["classes"] == nlohmann::json({"dark", "light"}));

  // Trained further on one class alone, that keeps its number.
  const Outcome further = train_images({"--data", tried, "--model", run});
  REQUIRE_MESSAGE(further.status == 0, further.err);
  CHECK(run_tool({"evaluate", "--model", model(), "--data", tried}).out.find("accuracy 100.00 %") == 0);
  std::filesystem::rename(tried + "/light", tried + "/bright");
  const Outcome unknown = run_tool({"evaluate", "--model", run, "--data", tried});
  CHECK(unknown.status == 1);
  CHECK_MESSAGE(
      unknown.err.find("bright: not one of the 2 classes that were expected: \"dark\", \"light\"") != std::string::npos,
      unknown.err);
  CHECK(run_tool({"predict", "--model", run, "--data", tried}).status == 0);  // labels are not looked at
}

TEST_CASE("train, evaluate and predict on images, in memory and from their files") {
  const std::string data = images("pets"), tried = images("tried");
  std::filesystem::remove_all(tried + "/dark");
  const Outcome memory = train_images({"--data", data, "--validation", tried});
  REQUIRE_MESSAGE(memory.status == 0, memory.err);
  CHECK(memory.out.find("13x11x3 -> 2") != std::string::npos);
  CHECK(memory.out.find("12 training samples, 6 validation samples") != std::string::npos);
  const std::string expected = read_whole_file(model());
  const Outcome stream =
      train_images({"--data", data, "--validation", tried, "--stream", "--buffers", "2", "--readers", "3"});
  REQUIRE_MESSAGE(stream.status == 0, stream.err);
  CHECK((read_whole_file(model()) == expected));
  CHECK(lines(stream.out).size() == lines(memory.out).size());
  std::vector<std::string> windowed;
  for (const char* readers : {"1", "3"}) {
    const Outcome outcome = train_images({"--data", data, "--stream", "--window", "5", "--readers", readers});
    REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
    windowed.push_back(read_whole_file(model()));
  }
  CHECK((windowed[0] == windowed[1]));

  const Outcome evaluated = run_tool({"evaluate", "--model", model(), "--data", data});
  REQUIRE_MESSAGE(evaluated.status == 0, evaluated.err);
  CHECK(evaluated.out.find("accuracy 100.00 %") == 0);
  const std::string flat = folder() + "/images/flat";
  std::filesystem::create_directories(flat);
  put_file(flat + "/light.png", file_of("png.2.8"));
  const Outcome predicted = run_tool({"predict", "--model", model(), "--data", flat});
  REQUIRE_MESSAGE(predicted.status == 0, predicted.err);
  CHECK(lines(predicted.out)[1].starts_with("0,1,"));
}

TEST_CASE("size and colour of images") {
  const std::string data = images("pets");
  const Outcome small =
      train_images({"--data", data, "--image-size", "6x5", "--image-color", "grey", "--model", "cnn"});
  REQUIRE_MESSAGE(small.status == 0, small.err);
  CHECK(small.out.find("6x5x1 -> 2") != std::string::npos);
  const auto refused = [&](const std::vector<std::string>& options, const std::string& words, int status = 2) {
    const Outcome outcome = train_images(options);
    CHECK(outcome.status == status);
    CHECK_MESSAGE(outcome.err.find(words) != std::string::npos, outcome.err);
  };
  for (const char* size : {"6", "6x5x1", "0x5", "65536x5", "6 x 5"})
    refused({"--data", data, "--image-size", size}, "--image-size: expected ");
  refused({"--data", data, "--image-color", "blue"}, "--image-color");
  refused({"--data", data, "--label-column", "a"}, "--label-column goes with a CSV file, not with images");
  refused({"--data", csv_file(), "--image-size", "6x5"}, "--image-size goes with a folder of images");
  refused({"--data", idx_folder(), "--image-color", "grey"}, "--image-color goes with a folder of images");
  write_whole_file(folder() + "/raw.json", "{}");
  refused({"--data", folder() + "/raw.json", "--stream"}, "--stream goes with images, IDX, NPZ and CSV files");
  put_file(data + "/light/9.jpg", file_of("jpeg.grey"));
  refused({"--data", data}, "light/9.jpg: 19 x 13 pixels, the first image has 13 x 11", 1);
  put_file(data + "/light/9.jpg", first_bytes(file_of("jpeg.grey"), 100));
  refused({"--data", data, "--image-size", "4x4"}, "light/9.jpg: JPEG: ", 1);
  std::filesystem::create_directories(data + "/other");
  refused({"--data", images("tried"), "--validation", data}, "other: not one of the 2 classes", 1);
}

TEST_CASE("folders train, val and test are parts, which have the classes of the first") {
  const std::string data = folder() + "/images/parts", log = folder() + "/parts.jsonl";
  std::filesystem::remove_all(data);
  for (const char* part : {"train", "val", "test"})
    std::filesystem::rename(images("part"), (std::filesystem::create_directories(data), data + "/" + part));
  std::filesystem::remove_all(data + "/val/dark");  // alone, "light" would be class 0
  std::filesystem::remove(data + "/test/dark/1.png");
  std::string expected;
  for (const std::vector<std::string>& how : {std::vector<std::string>{}, {"--stream"}}) {
    std::vector<std::string> options = {"--data", data};
    options.insert(options.end(), how.begin(), how.end());
    const Outcome parts = train_images(options);
    REQUIRE_MESSAGE(parts.status == 0, parts.err);
    CHECK(parts.out.find("12 training samples, 6 validation samples (the validation part)") != std::string::npos);
    expected = read_whole_file(model());
    options[1] = data + "/train";
    options.insert(options.end(), {"--validation", data + "/val"});
    REQUIRE(train_images(options).status == 0);
    CHECK((read_whole_file(model()) == expected));
  }
  const auto evaluated = [&](const std::string& folder, std::vector<std::string> more) {
    more.insert(more.begin(), {"evaluate", "--model", model(), "--data", folder});
    const Outcome outcome = run_tool(more);
    return outcome.status == 0 ? outcome.out : outcome.err;
  };
  CHECK(evaluated(data, {}) == evaluated(data + "/test", {}));
  CHECK(evaluated(data, {}).find("over 11 samples") != std::string::npos);
  CHECK(evaluated(data, {"--part", "train"}) == evaluated(data + "/train", {}));
  CHECK(evaluated(data, {"--part", "validation"}) == evaluated(data + "/val", {}));
  CHECK(evaluated(data + "/train", {"--part", "train"}).find("--part goes with data in parts") != std::string::npos);
  for (const char* part : {"val", "test"}) {
    const std::string image = data + "/" + part + "/light/3.png";
    CHECK(run_tool({"train", "--data", data, "--out", image}).err.find("is a file that this command reads") !=
          std::string::npos);
  }
  std::filesystem::remove_all(data + "/val");
  CHECK(train_images({"--data", data}).out.find("11 validation samples (the test part)") != std::string::npos);
  CHECK(evaluated(data, {"--part", "validation"}).find("has no validation part") != std::string::npos);
  // Images without classes are predicted only.
  std::filesystem::rename(data + "/test/light", data + "/light");
  std::filesystem::remove_all(data + "/test");
  std::filesystem::rename(data + "/light", data + "/test");
  CHECK(train_images({"--data", data}).out.find("12 training samples, 0 validation samples") != std::string::npos);
  CHECK(lines(run_tool({"predict", "--model", model(), "--data", data}).out).size() == 7);
}

TEST_CASE("images in folders train and val without classes say what is needed") {
  const std::string data = images("flat");
  std::filesystem::rename(data + "/dark", data + "/train");
  std::filesystem::rename(data + "/light", data + "/val");
  const Outcome outcome = train_images({"--data", data});
  CHECK(outcome.status == 1);
  CHECK_MESSAGE(outcome.err.find("are parts without classes: expected a folder for each class in each of them") !=
                    std::string::npos,
                outcome.err);
}

TEST_CASE("images of other kinds are warned of, and a class of nothing else is refused") {
  const std::string data = images("others");
  put_file(data + "/light/a.webp", {1});
  const std::string warning = "warning: 1 image in '" + data + "' passed over, such as '" + data +
                              "/light/a.webp': only PNG and JPEG are read\n";
  const Outcome outcome = train_images({"--data", data});
  CHECK(outcome.status == 0);
  CHECK_MESSAGE(outcome.err.find(warning) != std::string::npos, outcome.err);
  for (const char* command : {"evaluate", "predict"})
    CHECK(run_tool({command, "--data", data, "--model", model()}).err == warning);
  for (const char* kind : {"light", "dark"}) {
    for (int i = 0; i < 6; ++i)
      std::filesystem::rename(data + "/" + kind + "/" + std::to_string(i) + ".png",
                              data + "/" + kind + "/" + std::to_string(i) + ".bmp");
    const Outcome refused = train_images({"--data", data});
    CHECK(refused.status == 1);
    CHECK(refused.err.find(" images, of which none is a PNG or JPEG; convert them") != std::string::npos);
  }
}

TEST_CASE("no more images than --limit are decoded") {
  const std::string data = images("limited");
  put_file(data + "/light/5.png", {1, 2, 3});
  CHECK(train_images({"--data", data}).err.find("light/5.png") != std::string::npos);
  const Outcome outcome = train_images({"--data", data, "--limit", "11"});
  CHECK_MESSAGE(outcome.status == 0, outcome.err);
  CHECK(outcome.out.find("11 training samples") != std::string::npos);
}

TEST_CASE("no image is overwritten") {
  const std::string data = images("pets"), tried = images("tried");
  for (const std::string& of : {data, tried}) {
    const std::string image = of + "/dark/3.png";
    const ByteVector before = get_file(image);
    for (const char* option : {"--out", "--log"}) {
      const Outcome outcome = run_tool({"train", "--data", data, "--validation", tried, option, image});
      CHECK(outcome.status == 2);
      CHECK_MESSAGE(outcome.err.find("is a file that this command reads") != std::string::npos, outcome.err);
      CHECK(get_file(image) == before);
    }
  }
}

}  // namespace
}  // namespace treadle::test
