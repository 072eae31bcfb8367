#include "fixture.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "run_tool.hpp"

namespace treadle::test {
namespace {

constexpr std::size_t height = 6, width = 5;

/// Noise without a library (Knuth's MMIX generator), 0 ... 255.
class Noise {
 public:
  unsigned next() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<unsigned>(state_ >> 56);
  }

 private:
  std::uint64_t state_ = 7;
};

std::string big_endian(std::size_t number) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(number >> shift & 0xff);
  return bytes;
}

/// Class k brightens row k; everything else is noise.
void write_part(const std::string& prefix, std::size_t samples, Noise& noise) {
  std::string images = std::string("\0\0\x08\x03", 4) + big_endian(samples) + big_endian(height) + big_endian(width);
  std::string labels = std::string("\0\0\x08\x01", 4) + big_endian(samples);
  for (std::size_t i = 0; i < samples; ++i) {
    const std::size_t label = i % image_classes;
    labels += static_cast<char>(label);
    for (std::size_t pixel = 0; pixel < height * width; ++pixel)
      images += static_cast<char>(noise.next() / 4 + (pixel / width == label ? 160 : 0));
  }
  write_whole_file(prefix + "-images-idx3-ubyte", images);
  write_whole_file(prefix + "-labels-idx1-ubyte", labels);
}

std::string csv_text(bool with_text) {
  Noise noise;
  std::string text = "a,b,c,kind\n";
  for (unsigned i = 0; i < 90; ++i) {
    const unsigned kind = i % 3;
    for (unsigned column = 0; column < 3; ++column) {
      if (with_text && i == 2 && column == 1) {
        text += "warm,";
        continue;
      }
      const double value = noise.next() / 512.0 + (column == kind ? 1.5 : 0.0);
      text += std::to_string(value) + ",";
    }
    text += std::to_string(kind) + "\n";
  }
  return text;
}

class Folder {
 public:
  Folder() {
    char name[] = "/tmp/treadle-tool-XXXXXX";
    REQUIRE(mkdtemp(name) != nullptr);
    path = name;
    std::filesystem::create_directory(path + "/idx");
    Noise noise;
    write_part(path + "/idx/train", train_samples, noise);
    write_part(path + "/idx/t10k", test_samples, noise);
    write_whole_file(path + "/small.csv", csv_text(false));
    write_whole_file(path + "/text.csv", csv_text(true));
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::string path;
};

/// Trains on `data` once and gives the file.
std::string trained(const std::string& data, const std::string& file) {
  const std::string path = folder() + "/" + file;
  if (std::filesystem::exists(path)) return path;
  const Outcome outcome = run_tool({"train", "--data", data, "--epochs", "20", "--batch-size", "16", "--learning-rate",
                                    "0.01", "--out", path, "--quiet"});
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  return path;
}

}  // namespace

const std::string& folder() {
  static const Folder the_folder;
  return the_folder.path;
}

std::string idx_folder() { return folder() + "/idx"; }
std::string csv_file() { return folder() + "/small.csv"; }
std::string csv_with_text() { return folder() + "/text.csv"; }
std::string idx_model() { return trained(idx_folder(), "idx-model.safetensors"); }
std::string csv_model() { return trained(csv_file(), "csv-model.safetensors"); }

}  // namespace treadle::test
