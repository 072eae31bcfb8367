#include <treadle/data.hpp>

#include <cmath>

#include "support/numpy_files.hpp"

namespace treadle::data {
namespace {

using test::ByteVector, test::check_error, test::counting, test::float_bytes, test::integers, test::npy, test::put_file,
    test::TemporaryFolder, test::zip, test::ZipFile;

const ByteVector bytes_x = npy("|u1", "(2, 2, 3)", counting(12));
const ByteVector labels_u1 = npy("|u1", "(2,)", {1, 0});

Result<TrainTest> load(const std::vector<ZipFile>& files, bool deflated = false) {
  const TemporaryFolder folder;
  put_file(folder / "data.npz", zip(files, deflated));
  return load_npz(folder / "data.npz");
}

TEST_CASE("one pair of arrays is the training part") {
  for (const bool deflated : {false, true}) {
    const TrainTest data = load({{"y.npy", labels_u1}, {"x.npy", bytes_x}}, deflated).value();
    CHECK(data.test.empty());
    CHECK(data.train.size() == 2);
    CHECK(data.train.sample_shape() == Shape{2, 3, 1});
    CHECK(data.train.bytes()[11] == 11);
    CHECK(data.train.labels()[0] == 1);
    CHECK(data.train.classes() == 2);
    CHECK(data.train.scaling().scale == 1.0f / 255.0f);
  }
}

TEST_CASE("bytes of two axes are images, floats are signals") {
  const ByteVector floats = npy("<f4", "(2, 2, 3)", ByteVector(48));
  CHECK(load({{"y.npy", labels_u1}, {"x.npy", bytes_x}}).value().train.sample_shape() == Shape{2, 3, 1});
  CHECK(load({{"y.npy", labels_u1}, {"x.npy", floats}}).value().train.sample_shape() == Shape{2, 3});
  const ByteVector image = npy("<f4", "(2, 2, 3, 1)", ByteVector(48));
  CHECK(load({{"y.npy", labels_u1}, {"x.npy", image}}).value().train.sample_shape() == Shape{2, 3, 1});
}

TEST_CASE("a test part shares the classes") {
  const TrainTest data = load({{"x_train.npy", npy("<f4", "(2, 1)", float_bytes({0.5f, -2.0f}))},
                               {"y_train.npy", npy("<i8", "(2,)", integers({0, 1}, 8))},
                               {"x_test.npy", npy("<f8", "(1, 1)", integers({0x3FF8000000000000}, 8))},
                               {"y_test.npy", npy("<i4", "(1, 1)", integers({4}, 4))}})
                             .value();
  CHECK(data.train.floats()[1] == -2.0f);
  CHECK(data.train.sample_shape() == Shape{1});
  CHECK(data.test.floats()[0] == 1.5f);
  CHECK(data.test.labels()[0] == 4);
  CHECK(data.train.classes() == 5);
  CHECK(data.test.classes() == 5);
}

TEST_CASE("labels that are ignored need not be there") {
  const TemporaryFolder folder;
  const auto ignoring = [&](const std::vector<ZipFile>& files) {
    put_file(folder / "data.npz", zip(files, false));
    return load_npz(folder / "data.npz", Labels::ignored);
  };
  for (const std::vector<ZipFile>& files :
       {std::vector<ZipFile>{{"x.npy", bytes_x}}, {{"x.npy", bytes_x}, {"y.npy", npy("|u1", "(9,)", ByteVector(9))}}}) {
    const Dataset data = ignoring(files).value().train;
    CHECK(data.size() == 2);
    CHECK(data.classes() == 1);
    CHECK(data.labels()[1] == 0);
    CHECK(data.bytes()[11] == 11);
  }
  CHECK(ignoring({{"x_train.npy", bytes_x}, {"x_test.npy", bytes_x}}).value().test.size() == 2);
  check_error(ignoring({{"y.npy", labels_u1}}), ErrorCode::not_found, {"expected arrays x and y"});
  check_error(ignoring({{"x.npy", npy("|u1", "()", {1})}}), ErrorCode::shape_mismatch,
              {"array x: features: ", "got []"});
}

TEST_CASE("two NPY files") {
  const TemporaryFolder folder;
  put_file(folder / "x.npy", bytes_x);
  put_file(folder / "y.npy", labels_u1);
  CHECK(load_npy(folder / "x.npy", folder / "y.npy").value().bytes()[3] == 3);
  check_error(load_npy(folder / "y.npy", folder / "x.npy"), ErrorCode::shape_mismatch, {folder / "y.npy", "features"});
  check_error(load_npy(folder / "x.npy", folder / "none"), ErrorCode::not_found, {folder / "none"});
  put_file(folder / "y.npy", {1, 2});
  check_error(load_npy(folder / "x.npy", folder / "y.npy"), ErrorCode::bad_format, {folder / "y.npy", "magic"});
}

TEST_CASE("arrays that make no data set are refused by name") {
  struct Case {
    const char* what;
    ByteVector x, y;
    ErrorCode code;
    std::string_view words;
  };
  const Case cases[] = {
      {"not NPY", counting(30), labels_u1, ErrorCode::bad_format, "array \"x\": NPY: no magic string"},
      {"one axis", npy("|u1", "(2,)", {1, 0}), labels_u1, ErrorCode::shape_mismatch, "got [2]"},
      {"no samples", npy("|u1", "(0, 2)", {}), npy("|u1", "(0,)", {}), ErrorCode::shape_mismatch, "[0, 2]"},
      {"empty samples", npy("|u1", "(2, 0)", {}), labels_u1, ErrorCode::shape_mismatch, "no elements"},
      {"whole features", npy("<i4", "(2, 1)", counting(8)), labels_u1, ErrorCode::unsupported,
       "got int32; save x.astype(\"float32\")"},
      {"not finite", npy("<f4", "(2, 1)", float_bytes({1, NAN})), labels_u1, ErrorCode::bad_format,
       "sample 1, value 0"},
      {"above float32", npy("<f8", "(2, 1)", integers({0, 0x7FE0000000000000}, 8)), labels_u1, ErrorCode::bad_format,
       "sample 1, value 0"},
      {"three labels", bytes_x, npy("|u1", "(3,)", {0, 0, 0}), ErrorCode::shape_mismatch, "expected [2]"},
      {"one-hot labels", bytes_x, npy("|u1", "(2, 2)", {0, 1, 1, 0}), ErrorCode::shape_mismatch, "got [2, 2]"},
      {"float labels", bytes_x, npy("<f4", "(2,)", float_bytes({0, 1})), ErrorCode::unsupported,
       "got float32; save y.astype(\"int32\")"},
      {"negative", bytes_x, npy("<i4", "(2,)", integers({0, -1}, 4)), ErrorCode::bad_format, "label -1 of sample 1"},
      {"a million", bytes_x, npy("<i8", "(2,)", integers({1'000'000, 1}, 8)), ErrorCode::bad_format, "of sample 0"},
      {"2^32", bytes_x, npy("<i8", "(2,)", integers({1, std::int64_t{1} << 32}, 8)), ErrorCode::bad_format,
       "label 4294967296 of sample 1"},
  };
  for (const Case& c : cases) {
    INFO(c.what);
    check_error(load({{"x.npy", c.x}, {"y.npy", c.y}}), c.code, {"data.npz: ", c.words});
  }
}

TEST_CASE("archives without the arrays, or with parts that differ, are refused") {
  check_error(load({}), ErrorCode::not_found, {"x_train", "got none"});
  check_error(load({{"x", bytes_x}, {"y.npy", labels_u1}}), ErrorCode::not_found,
              {"expected arrays x and y", "got \"x\", \"y\""});
  check_error(load({{"data.npy", bytes_x}, {"target.npy", labels_u1}}), ErrorCode::not_found, {"\"data\", \"target\""});
  check_error(load({{"x.npy", bytes_x}}), ErrorCode::not_found, {"no array \"y\""});
  check_error(load({{"x_train.npy", bytes_x}, {"y_train.npy", labels_u1}, {"x_test.npy", bytes_x}}),
              ErrorCode::not_found, {"no array \"y_test\""});
  check_error(load({{"x_train.npy", bytes_x},
                    {"y_train.npy", labels_u1},
                    {"x_test.npy", npy("|u1", "(2, 3)", counting(6))},
                    {"y_test.npy", labels_u1}}),
              ErrorCode::shape_mismatch, {"[2, 3, 1]", "[3]"});
  check_error(load_npz("/nowhere.npz"), ErrorCode::not_found, {"/nowhere.npz"});
}

}  // namespace
}  // namespace treadle::data
