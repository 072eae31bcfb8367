// IDX files that stay where they are.
#include <doctest/doctest.h>
#include <treadle/source.hpp>

#include <algorithm>

#include "support/files.hpp"
#include "support/sources.hpp"

namespace treadle::data {
namespace {

using test::ByteVector, test::check_error, test::counting, test::gzipped, test::idx, test::put_file,
    test::TemporaryFolder;

/// Three training and two test images of 2x3, labels below 5.
struct IdxFiles {
  TemporaryFolder folder;

  IdxFiles() {
    put("train-images-idx3", idx({3, 2, 3}, counting(18)));
    put("train-labels-idx1", idx({3}, {4, 0, 1}));
    put("t10k-images-idx3", idx({2, 2, 3}, counting(12)));
    put("t10k-labels-idx1", idx({2}, {2, 1}));
  }
  void put(const std::string& name, const ByteVector& bytes) const { put_file(folder / (name + "-ubyte"), bytes); }
};

TEST_CASE("sources of IDX files have the samples of the data set in memory") {
  for (const Access access : {Access::positioned, Access::mapped}) {
    CAPTURE(access == Access::mapped);
    const IdxFiles files;
    const TrainTest expected = load_idx(files.folder.path()).value();
    const TrainTestSources sources = open_idx(files.folder.path(), access).value();
    test::check_same_samples(*sources.train, expected.train);
    test::check_same_samples(*sources.test, expected.test);
  }
}

TEST_CASE("without labels, and without a training part, there are images to predict") {
  for (const bool trained : {true, false})
    for (const bool packed : {false, true}) {
      const IdxFiles files;
      for (const char* part : {"train", "t10k"})
        std::filesystem::remove(files.folder / (std::string(part) + "-labels-idx1-ubyte"));
      if (!trained) std::filesystem::remove(files.folder / "train-images-idx3-ubyte");
      if (packed) {
        std::filesystem::remove(files.folder / "t10k-images-idx3-ubyte");
        put_file(files.folder / "t10k-images-idx3-ubyte.gz", gzipped(idx({2, 2, 3}, counting(12))));
      }
      CHECK(!load_idx(files.folder.path()));
      CHECK(!open_idx(files.folder.path()));
      const TrainTest data = load_idx(files.folder.path(), Labels::ignored).value();
      CHECK(data.train.size() == (trained ? 3 : 0));
      CHECK(data.test.size() == 2);
      CHECK(data.test.classes() == 1);
      CHECK(data.test.labels()[1] == 0);
      CHECK(data.test.bytes()[11] == 11);
      if (packed) continue;
      const TrainTestSources sources = open_idx(files.folder.path(), Access::positioned, Labels::ignored).value();
      CHECK((sources.train != nullptr) == trained);
      CHECK(std::ranges::equal(load(*sources.test).value().bytes(), data.test.bytes()));
      CHECK(sources.test->labels().value() == std::vector<std::int32_t>{0, 0});
    }
  const TemporaryFolder none;
  check_error(open_idx(none.path(), Access::positioned, Labels::ignored), ErrorCode::not_found, {"train-images"});
}

TEST_CASE("files larger than 4 GiB are opened: only their headers and labels are read") {
  if (sizeof(std::size_t) < 8) return;  // shapes count in it
  const IdxFiles files;
  files.put("train-images-idx3", idx({3, 40'000, 40'000}, {}));
  const std::string path = files.folder / "train-images-idx3-ubyte";
  std::error_code problem;
  std::filesystem::resize_file(path, 16 + 3ull * 40'000 * 40'000, problem);
  if (problem) return;  // a file system without holes
  check_error(open_idx(files.folder.path()), ErrorCode::shape_mismatch,
              {"training images are [40000, 40000, 1], test images [2, 3, 1]"});
}

TEST_CASE("files that are missing, compressed or do not fit together are refused by name") {
  struct Case {
    const char* what;
    std::string name;
    ByteVector file;
    ErrorCode code;
    std::string_view words;
  };
  const ByteVector images = idx({3, 2, 3}, counting(18));
  const Case cases[] = {
      {"compressed", "train-images-idx3", gzipped(images), ErrorCode::unsupported, "unpack it with gunzip"},
      {"no IDX", "train-images-idx3", counting(40), ErrorCode::bad_format, "IDX: the magic number"},
      {"empty", "train-images-idx3", {}, ErrorCode::bad_format, "needs 4 bytes, the file has 0"},
      {"cut header", "train-images-idx3", test::first_bytes(images, 9), ErrorCode::bad_format, "the file ends at 9"},
      {"cut", "train-images-idx3", test::first_bytes(images, 33), ErrorCode::bad_format, "of 34 bytes, it has 33"},
      {"too long", "train-images-idx3", test::joined(images, {0}), ErrorCode::bad_format, "it has 35"},
      {"floats", "train-images-idx3", test::joined({0, 0, 13}, test::first_bytes(images, 20)), ErrorCode::unsupported,
       "float32"},
      {"rank", "train-images-idx3", idx({18}, counting(18)), ErrorCode::shape_mismatch, "expected 3 extents"},
      {"labels' rank", "t10k-labels-idx1", idx({2, 1}, {0, 0}), ErrorCode::shape_mismatch, "expected 1 extents"},
      {"two labels", "train-labels-idx1", idx({2}, {0, 0}), ErrorCode::shape_mismatch, "2 labels for the 3 images"},
      {"another size", "t10k-images-idx3", idx({2, 3, 2}, counting(12)), ErrorCode::shape_mismatch,
       "training images are [2, 3, 1], test images [3, 2, 1]"},
      {"more than 64 bits", "train-images-idx3", idx({0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}, {}), ErrorCode::too_large,
       "are more than"},
  };
  for (const Case& c : cases) {
    INFO(c.what);
    const IdxFiles files;
    files.put(c.name, c.file);
    check_error(open_idx(files.folder.path()), c.code, {files.folder.path(), c.words});
  }
  const IdxFiles files;
  check_error(open_idx(files.folder / "none"), ErrorCode::not_found, {"none"});
  std::filesystem::remove(files.folder / "t10k-labels-idx1-ubyte");
  check_error(open_idx(files.folder.path()), ErrorCode::not_found, {"neither t10k-labels-idx1-ubyte"});
  put_file(files.folder / "t10k-labels-idx1-ubyte.gz", gzipped(idx({2}, {2, 1})));
  check_error(open_idx(files.folder.path()), ErrorCode::unsupported, {"t10k-labels-idx1-ubyte.gz: a compressed file"});
}

TEST_CASE("a label that has become one of no class is an error of the sample") {
  const IdxFiles files;
  const TrainTestSources sources = open_idx(files.folder.path()).value();
  files.put("train-labels-idx1", idx({3}, {4, 5, 1}));
  check_error(load(*sources.train), ErrorCode::bad_format, {"label 5 of sample 1 is not one of 5 classes"});
}

}  // namespace
}  // namespace treadle::data
