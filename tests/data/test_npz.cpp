#include <treadle/source.hpp>

#include <algorithm>
#include <cmath>

#include "support/numpy_files.hpp"
#include "support/sources.hpp"

namespace treadle::data {
namespace {

using test::ByteVector, test::check_error, test::counting, test::float_bytes, test::integers, test::npy, test::put_file,
    test::TemporaryFolder, test::zip, test::ZipFile;

const ByteVector bytes_x = npy("|u1", "(2, 2, 3)", counting(12));
const ByteVector labels_u1 = npy("|u1", "(2,)", {1, 0});

void check_same(const std::shared_ptr<const Source>& source, const Dataset& expected) {
  CHECK((source == nullptr) == expected.empty());
  if (!source) return;
  test::check_same_samples(*source, expected);
}

/// In memory; where it is not compressed the same comes from the file, or an error of the same kind.
Result<TrainTest> load(const std::vector<ZipFile>& files, bool deflated = false, Labels labels = Labels::needed) {
  const TemporaryFolder folder;
  const std::string path = folder / "data.npz";
  put_file(path, zip(files, deflated));
  const Result<TrainTest> loaded = load_npz(path, labels);
  for (const Access access : {Access::positioned, Access::mapped}) {
    const Result<TrainTestSources> opened = open_npz(path, access, labels);
    if (opened && loaded && !deflated) {
      check_same(opened->train, loaded->train);
      check_same(opened->test, loaded->test);
      check_same(opened->validation, loaded->validation);
    } else if (loaded) {
      CHECK(deflated);
      check_error(opened, ErrorCode::unsupported, {"data.npz: array \"x", "compressed", "numpy.savez"});
    } else if (!deflated) {
      const Result<Dataset> read = opened ? treadle::data::load(*opened->train) : opened.error();
      check_error(read, loaded.error().code, {"data.npz: "});
    }
  }
  return loaded;
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

TEST_CASE("a validation part, under any of its names, beside a test part or without one") {
  const ByteVector x = npy("<i2", "(2, 1)", integers({-32768, 32767}, 2));
  for (const std::string suffix : {"_val", "_valid", "_validation"})
    for (const bool tested : {false, true}) {
      std::vector<ZipFile> files = {{"x_train.npy", x},
                                    {"y_train.npy", labels_u1},
                                    {"x" + suffix + ".npy", npy("|i1", "(1, 1)", {0x80})},
                                    {"y" + suffix + ".npy", npy("<u8", "(1,)", integers({6}, 8))}};
      if (tested) files.insert(files.end(), {{"x_test.npy", x}, {"y_test.npy", labels_u1}});
      const TrainTest data = load(files).value();
      CHECK(data.train.floats()[0] == -32768.0f);
      CHECK(data.validation.size() == 1);
      CHECK(data.validation.floats()[0] == -128.0f);
      CHECK(data.validation.labels()[0] == 6);
      CHECK(data.test.size() == (tested ? 2 : 0));
      CHECK(data.train.classes() == 7);
    }
}

TEST_CASE("more numbers than are read in one piece, of every type, stored and deflated") {
  for (const char* type : {"|b1", "|u1", "|i1", "<u2", "<i2", "<u4", "<i4", "<u8", "<i8", "<f2", "<f4", "<f8"}) {
    CAPTURE(type);
    const auto bytes = static_cast<std::size_t>(type[2] - '0');
    ByteVector values(30'001 * 3 * bytes);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::uint8_t>(i % 61);
    const std::vector<ZipFile> files = {{"x.npy", npy(type, "(30001, 3)", values)},
                                        {"y.npy", npy("<u4", "(30001, 1)", ByteVector(4 * 30'001))}};
    const Result<TrainTest> stored = load(files), deflated = load(files, true);
    REQUIRE(stored);
    CHECK(std::ranges::equal(stored->train.floats(), deflated->train.floats()));
    CHECK(std::ranges::equal(stored->train.bytes(), deflated->train.bytes()));
    CHECK(stored->train.bytes().empty() != (std::string_view(type) == "|u1"));
  }
}

TEST_CASE("contents that are damaged are refused, also where they would be read later") {
  for (const bool deflated : {false, true}) {
    const TemporaryFolder folder;
    const ByteVector archive =
        zip({{"y.npy", labels_u1}, {"x.npy", npy("<f4", "(2, 1)", float_bytes({1, 2}))}}, deflated);
    std::size_t refused = 0;
    for (std::size_t at = 0; at < archive.size(); ++at) {
      put_file(folder / "data.npz", test::with_byte(archive, at, static_cast<std::uint8_t>(archive[at] ^ 4)));
      const Result<TrainTest> loaded = load_npz(folder / "data.npz");
      const Result<TrainTestSources> opened = open_npz(folder / "data.npz");
      refused += !loaded;
      if (!deflated) CHECK(opened.has_value() == loaded.has_value());
    }
    CHECK(refused > archive.size() / 2);
  }
}

TEST_CASE("a file that changes after it was opened is an error when it is read") {
  const TemporaryFolder folder;
  const std::string path = folder / "data.npz";
  const ByteVector archive =
      zip({{"x.npy", npy("<f4", "(1, 1)", float_bytes({1}))}, {"y.npy", npy("|u1", "(1,)", {2})}}, false);
  put_file(path, archive);
  for (const Access access : {Access::positioned, Access::mapped}) {
    const TrainTestSources data = open_npz(path, access).value();
    const std::size_t x = 30 + 5 + 128, y = x + 4 + 30 + 5 + 128;
    REQUIRE(archive[y] == 2);
    put_file(path, test::with_byte(archive, y, 3));
    check_error(data.train->labels(), ErrorCode::bad_format,
                {"data.npz: array \"y\": label 3 of sample 0", "3 classes"});
    put_file(path, test::with_byte(archive, x + 3, 0x7F));  // 1 becomes infinite
    check_error(treadle::data::load(*data.train), ErrorCode::bad_format,
                {"data.npz: array \"x\": sample 0, value 0 is not a finite"});
    put_file(path, archive);
  }
}

TEST_CASE("labels that are ignored need not be there") {
  const auto ignoring = [](const std::vector<ZipFile>& files) { return load(files, false, Labels::ignored); };
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
              {"array \"x\": features: ", "got []"});
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
      {"complex features", npy("<c8", "(2, 1)", counting(16)), labels_u1, ErrorCode::unsupported,
       "save x.astype(\"float32\")"},
      {"bits of half", npy("<f2", "(2, 1)", integers({0, 0x7C00}, 2)), labels_u1, ErrorCode::bad_format,
       "sample 1, value 0"},
      {"2^64 - 1", bytes_x, npy("<u8", "(2,)", integers({1, -1}, 8)), ErrorCode::bad_format,
       "label 18446744073709551615 of sample 1"},
      {"below 0", bytes_x, npy("|i1", "(2,)", {0, 0xFF}), ErrorCode::bad_format, "label -1 of sample 1"},
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
