// NPY files that stay where they are.
#include <unistd.h>
#include <treadle/source.hpp>

#include <bit>
#include <cmath>
#include <cstring>

#include "formats/npy.hpp"
#include "support/broken_files.hpp"
#include "support/numpy_files.hpp"
#include "support/sources.hpp"

namespace treadle::data {
namespace {

using test::append_number, test::ByteVector, test::check_error, test::counting, test::float_bytes, test::integers,
    test::npy, test::put_file;

ByteVector doubles(const std::vector<double>& values) {
  ByteVector bytes;
  for (const double value : values) append_number(bytes, std::bit_cast<std::uint64_t>(value), 8);
  return bytes;
}

const ByteVector images_x = npy("|u1", "(3, 2, 2)", counting(12));
const ByteVector labels_y = npy("<i4", "(3,)", integers({2, 0, 1}, 4));

struct NpyFiles {
  test::TemporaryFolder folder;
  std::string x = folder / "x.npy", y = folder / "y.npy";

  NpyFiles(const ByteVector& features, const ByteVector& labels) {
    put_file(x, features);
    put_file(y, labels);
  }
  Result<std::shared_ptr<const Source>> open(std::size_t classes = 0, Access access = Access::positioned) const {
    return open_npy(x, y, classes, access);
  }
};

TEST_CASE("a source of NPY files has the samples of the data set in memory, of every type") {
  const ByteVector features[] = {images_x,
                                 npy("<f4", "(3, 2)", float_bytes({0, 1.5f, -2, 3e38f, 1e-40f, 7})),
                                 npy("<f8", "(3, 2)", doubles({0, 0.1, -1e-60, 3e38, 1e-40, 7})),
                                 npy("|u1", "(3, 1)", {9, 8, 7}, 2),
                                 npy("|b1", "(3, 1)", {0, 1, 2}),
                                 npy("|i1", "(3, 2, 2)", integers({0, 1, -1, 127, -128, 5, 6, 7, 8, 9, 10, 11}, 1)),
                                 npy("<u2", "(3, 1)", integers({0, 32768, 65535}, 2)),
                                 npy("<i2", "(3, 2)", integers({0, 1, -1, 32767, -32768, 256}, 2)),
                                 npy("<u4", "(3, 1)", integers({0, 16777217, 0xFFFFFFFF}, 4)),
                                 npy("<i4", "(3, 1)", integers({-5, 16777219, INT32_MIN}, 4)),
                                 npy("<u8", "(3, 1)", integers({0, 16777217, -1}, 8)),
                                 npy("<i8", "(3, 1)", integers({-5, 1ll << 40, INT64_MIN}, 8)),
                                 npy("<f2", "(3, 1)", integers({0x3555, 0x0001, 0xFBFF}, 2))};
  const ByteVector labels[] = {npy("|u1", "(3,)", {0, 2, 1}),
                               npy("<i4", "(3, 1)", integers({0, 2, 1}, 4)),
                               npy("<i8", "(3,)", integers({0, 299, 1}, 8)),
                               npy("|b1", "(3,)", {0, 1, 1}),
                               npy("|i1", "(3,)", {0, 127, 1}),
                               npy("<u2", "(3,)", integers({0, 300, 1}, 2)),
                               npy("<i2", "(3, 1)", integers({0, 300, 1}, 2)),
                               npy("<u4", "(3,)", integers({0, 999'999, 1}, 4)),
                               npy("<u8", "(3,)", integers({0, 2, 1}, 8))};
  for (const ByteVector& x : features)
    for (const ByteVector& y : labels) {
      const NpyFiles files(x, y);
      const Dataset expected = load_npy(files.x, files.y).value();
      test::check_same_samples(*files.open(0, Access::mapped).value(), expected);
      test::check_same_samples(*files.open().value(), expected);
    }
}

TEST_CASE("samples are read in any order, doubles in several pieces") {
  std::vector<double> values(3 * 700);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i);
  const NpyFiles files(npy("<f8", "(3, 700)", doubles(values)), labels_y);
  const std::shared_ptr<const Source> source = files.open().value();
  const std::vector<std::uint32_t> indices = {1, 2, 0};
  std::vector<float> samples(values.size());
  std::vector<std::int32_t> labels(3);
  REQUIRE(source->read(indices, std::as_writable_bytes(std::span(samples)), labels));
  for (std::size_t i = 0; i < samples.size(); ++i)
    REQUIRE(samples[i] == static_cast<float>(indices[i / 700] * 700 + i % 700));
  CHECK(labels == std::vector<std::int32_t>{0, 1, 2});
  CHECK(source->labels().value() == std::vector<std::int32_t>{2, 0, 1});
}

TEST_CASE("numbers of other types become float32") {
  const auto floats = [](const ByteVector& x) {
    const Dataset data = load(*NpyFiles(x, labels_y).open().value()).value();
    return std::vector<float>(data.floats().begin(), data.floats().end());
  };
  CHECK(floats(npy("<i2", "(3, 1)", integers({-32768, 0, 32767}, 2))) == std::vector<float>{-32768, 0, 32767});
  CHECK(floats(npy("|b1", "(3, 1)", {0, 1, 2})) == std::vector<float>{0, 1, 1});
  CHECK(floats(npy("<f2", "(3, 1)", integers({0x3C00, 0x0001, 0xFBFF}, 2))) == std::vector<float>{1, 0x1p-24f, -65504});
  // Of no other type than uint8 are samples of two axes images.
  CHECK(NpyFiles(npy("<i2", "(3, 2, 2)", ByteVector(24)), labels_y).open().value()->info().shape == Shape{2, 2});
}

TEST_CASE("classes are the largest label plus one, or more if they are asked for") {
  const NpyFiles files(images_x, labels_y);
  CHECK(files.open().value()->info().classes == 3);
  CHECK(files.open(2).value()->info().classes == 3);
  CHECK(files.open(7).value()->info().classes == 7);
}

TEST_CASE("without the name of labels each is 0") {
  const NpyFiles files(images_x, counting(3));
  for (const Access access : {Access::positioned, Access::mapped}) {
    const std::shared_ptr<const Source> source = open_npy(files.x, "", 0, access).value();
    CHECK(source->info().classes == 1);
    CHECK(source->labels().value() == std::vector<std::int32_t>(3));
    const Dataset data = load(*source).value();
    CHECK(data.bytes()[11] == 11);
    CHECK(data.labels()[2] == 0);
  }
  const NpyFiles scalar(npy("|u1", "()", {1}), {});
  check_error(open_npy(scalar.x, ""), ErrorCode::shape_mismatch, {"x.npy: features: expected [samples, ...]"});
}

TEST_CASE("files larger than memory could hold are opened: only their headers are read") {
  const NpyFiles files(npy("|u1", "(2000000000, 500)", {}), npy("|u1", "(2000000000,)", {}));
  std::error_code problem;
  std::filesystem::resize_file(files.x, std::filesystem::file_size(files.x) + 1'000'000'000'000, problem);
  if (problem) return;  // a file system without holes
  check_error(files.open(), ErrorCode::bad_format, {files.y, "make 2000000000 bytes, after the header there are 0"});
  put_file(files.y, npy("|u1", "(3,)", {0, 0, 0}));
  check_error(files.open(), ErrorCode::shape_mismatch, {files.x, "expected [2000000000]"});
}

TEST_CASE("arrays that make no data set are refused by the file's name") {
  struct Case {
    const char* what;
    ByteVector x, y;
    ErrorCode code;
    std::string_view words;
  };
  const Case cases[] = {
      {"not NPY", counting(30), labels_y, ErrorCode::bad_format, "x.npy: NPY: no magic string"},
      {"empty", {}, labels_y, ErrorCode::bad_format, "x.npy: NPY: no magic string"},
      {"cut short", test::first_bytes(images_x, images_x.size() - 1), labels_y, ErrorCode::bad_format,
       "x.npy: NPY: uint8"},
      {"too long", test::joined(images_x, {0}), labels_y, ErrorCode::bad_format, "there are 13"},
      {"cut header", test::first_bytes(images_x, 50), labels_y, ErrorCode::bad_format, "the file has 50"},
      {"one axis", npy("|u1", "(3,)", {1, 0, 0}), labels_y, ErrorCode::shape_mismatch, "got [3]"},
      {"empty samples", npy("|u1", "(3, 0)", {}), labels_y, ErrorCode::shape_mismatch, "[3, 0] have no elements"},
      {"complex features", npy("<c8", "(3, 1)", counting(24)), labels_y, ErrorCode::unsupported, "x.npy: NPY: "},
      {"2^64 - 1", images_x, npy("<u8", "(3,)", integers({0, 1, -1}, 8)), ErrorCode::bad_format,
       "y.npy: label 18446744073709551615 of sample 2"},
      {"float labels", images_x, npy("<f4", "(3,)", float_bytes({0, 1, 2})), ErrorCode::unsupported, "y.npy: labels: "},
      {"two labels", images_x, npy("|u1", "(2,)", {0, 0}), ErrorCode::shape_mismatch, "expected [3]"},
      {"negative", images_x, npy("<i8", "(3,)", integers({0, -1, 0}, 8)), ErrorCode::bad_format,
       "label -1 of sample 1"},
      {"2^32", images_x, npy("<i8", "(3,)", integers({0, 0, std::int64_t{1} << 32}, 8)), ErrorCode::bad_format,
       "y.npy: label 4294967296 of sample 2"},
  };
  for (const Case& c : cases) {
    INFO(c.what);
    check_error(NpyFiles(c.x, c.y).open(), c.code, {c.words});
  }
  const NpyFiles files(images_x, labels_y);
  check_error(open_npy(files.folder / "none", files.y), ErrorCode::not_found, {"none"});
  check_error(open_npy(files.x, files.folder.path()), ErrorCode::io, {"directory"});
}

TEST_CASE("values that are no finite float32 are an error when they are read") {
  const std::vector<std::uint32_t> indices = {2};
  std::vector<std::byte> sample(8);
  std::vector<std::int32_t> label(1);
  const auto read = [&](const ByteVector& x) {
    return NpyFiles(x, labels_y).open().value()->read(indices, sample, label);
  };
  check_error(read(npy("<f4", "(3, 2)", float_bytes({0, 0, 0, 0, 0, NAN}))), ErrorCode::bad_format,
              {"x.npy", "sample 2, value 1"});
  check_error(read(npy("<f8", "(3, 2)", doubles({0, 0, 0, 0, 1e39, 0}))), ErrorCode::bad_format,
              {"x.npy", "sample 2, value 0"});
}

TEST_CASE("a file that shrinks after it was opened is an error when it is read") {
  for (const Access access : {Access::positioned, Access::mapped}) {
    CAPTURE(access == Access::mapped);
    const NpyFiles files(npy("<f8", "(3, 1)", doubles({1, 2, 3})), labels_y);
    const std::shared_ptr<const Source> source = files.open(0, access).value();
    REQUIRE(::truncate(files.x.c_str(), 140) == 0);
    std::vector<std::byte> sample(4);
    std::vector<std::int32_t> label(1);
    check_error(source->read(std::vector<std::uint32_t>{2}, sample, label), ErrorCode::bad_format,
                {"x.npy", "shorter"});
  }
}

}  // namespace
}  // namespace treadle::data
