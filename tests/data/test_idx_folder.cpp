#include <treadle/data.hpp>

#include "support/files.hpp"

namespace treadle::data {
namespace {

using test::ByteVector, test::check_error, test::counting, test::gzipped, test::idx, test::put_file,
    test::TemporaryFolder;

/// Three training and two test images of 2x3, labels below 5.
void put_dataset(const TemporaryFolder& folder) {
  put_file(folder / "train-images-idx3-ubyte", idx({3, 2, 3}, counting(18)));
  put_file(folder / "train-labels-idx1-ubyte.gz", gzipped(idx({3}, {4, 0, 1})));
  put_file(folder / "t10k-images-idx3-ubyte.gz", gzipped(idx({2, 2, 3}, counting(12))));
  put_file(folder / "t10k-labels-idx1-ubyte", idx({2}, {2, 1}));
}

TEST_CASE("a folder is read with its files compressed or not") {
  const TemporaryFolder folder;
  put_dataset(folder);
  const TrainTest data = load_idx(folder.path()).value();
  CHECK(data.train.size() == 3);
  CHECK(data.test.size() == 2);
  CHECK(data.train.sample_shape() == Shape{2, 3, 1});
  CHECK(data.train.bytes()[17] == 17);
  CHECK(data.train.labels()[0] == 4);
  CHECK(data.test.labels()[0] == 2);
  CHECK(data.test.bytes().size() == 12);
  // The test labels end at 2, yet both parts know all five classes.
  CHECK(data.train.classes() == 5);
  CHECK(data.test.classes() == 5);
  CHECK(data.train.scaling().scale == 1.0f / 255.0f);
}

TEST_CASE("a trailing slash does not matter, and the plain file comes first") {
  const TemporaryFolder folder;
  put_dataset(folder);
  put_file(folder / "t10k-images-idx3-ubyte", idx({2, 2, 3}, ByteVector(12, 9)));
  const TrainTest data = load_idx(folder.path() + "/").value();
  CHECK(data.test.bytes()[5] == 9);
}

TEST_CASE("a missing folder or file is named") {
  const TemporaryFolder folder;
  check_error(load_idx(folder / "none"), ErrorCode::not_found, {folder / "none", "No such file or directory"});
  put_file(folder / "file", {1});
  check_error(load_idx(folder / "file"), ErrorCode::not_found, {folder / "file", "Not a directory"});
  check_error(load_idx(""), ErrorCode::not_found, {"\"\""});
  check_error(load_idx(folder.path()), ErrorCode::not_found,
              {folder.path(), "train-images-idx3-ubyte", "train-images-idx3-ubyte.gz"});
  put_dataset(folder);
  std::filesystem::remove(folder / "t10k-labels-idx1-ubyte");
  check_error(load_idx(folder.path()), ErrorCode::not_found, {"t10k-labels-idx1-ubyte.gz"});
  std::filesystem::create_directory(folder / "t10k-labels-idx1-ubyte");
  check_error(load_idx(folder.path()), ErrorCode::io, {folder / "t10k-labels-idx1-ubyte", "Is a directory"});
}

TEST_CASE("files that do not fit together are refused by name") {
  struct Case {
    const char* what;
    const char* file;
    ByteVector contents;
    ErrorCode code;
    std::string_view words;
  };
  const Case cases[] = {
      {"labels as images", "train-images-idx3-ubyte", idx({3}, {0, 1, 2}), ErrorCode::shape_mismatch,
       "expected 3 extents (images, height, width), got [3]"},
      {"images as labels", "t10k-labels-idx1-ubyte", idx({2, 2, 3}, counting(12)), ErrorCode::shape_mismatch,
       "expected 1 extents (labels), got [2, 2, 3]"},
      {"a label missing", "t10k-labels-idx1-ubyte", idx({1}, {1}), ErrorCode::shape_mismatch,
       "1 labels for the 2 images"},
      {"a label more", "t10k-labels-idx1-ubyte", idx({3}, {1, 1, 1}), ErrorCode::shape_mismatch,
       "3 labels for the 2 images"},
      {"an empty file", "train-images-idx3-ubyte", {}, ErrorCode::bad_format, "the file has 0"},
      {"a cut file", "train-images-idx3-ubyte", idx({3, 2, 3}, counting(17)), ErrorCode::bad_format, "has 33"},
  };
  for (const Case& c : cases) {
    INFO(c.what);
    const TemporaryFolder folder;
    put_dataset(folder);
    put_file(folder / c.file, c.contents);
    check_error(load_idx(folder.path()), c.code, {folder / c.file, c.words});
  }
  const TemporaryFolder folder;
  put_dataset(folder);
  put_file(folder / "t10k-images-idx3-ubyte", idx({2, 3, 2}, counting(12)));
  check_error(load_idx(folder.path()), ErrorCode::shape_mismatch, {folder.path(), "[2, 3, 1]", "[3, 2, 1]"});
}

}  // namespace
}  // namespace treadle::data
