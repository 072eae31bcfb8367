#include <fcntl.h>
#include <unistd.h>
#include <treadle/source.hpp>

#include <cstring>

#include "data/raw_description.hpp"
#include "support/broken_files.hpp"

namespace treadle::data {
namespace {

using test::ByteVector, test::check_error, test::counting, test::put_file, test::to_bytes;

constexpr std::string_view bytes_json =
    R"({"format": 1, "features": "x.bin", "type": "uint8", "shape": [2, 3], "samples": 4,
        "labels": "y.bin", "label_type": "uint8", "classes": 3})";
constexpr std::string_view floats_json =
    R"({"format": 1, "features": "x.bin", "type": "float32", "shape": [2], "samples": 3,
        "labels": "y.bin", "label_type": "int32", "classes": 300})";

/// A description and its two files.
struct RawFiles {
  test::TemporaryFolder folder;
  std::string description = folder / "set.json";

  RawFiles(std::string_view json, const ByteVector& features, const ByteVector& labels) {
    put_file(description, to_bytes(json));
    put_file(folder / "x.bin", features);
    put_file(folder / "y.bin", labels);
  }
};

template <class T>
ByteVector as_bytes(const std::vector<T>& values) {
  ByteVector bytes(values.size() * sizeof(T));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

TEST_CASE("raw bytes are read in any order") {
  for (const Access access : {Access::positioned, Access::mapped}) {
    CAPTURE(access == Access::mapped);
    const RawFiles files(bytes_json, counting(24), {0, 1, 2, 1});
    const std::shared_ptr<const Source> source = open_raw(files.description, access).value();
    CHECK(source->info().shape == Shape{2, 3});
    CHECK(source->info().size == 4);
    CHECK(source->info().type == ElementType::uint8);
    CHECK(source->info().scaling.scale == 1.0f / 255.0f);
    const std::vector<std::uint32_t> indices = {2, 3, 0, 0, 1};
    std::vector<std::byte> samples(5 * 6);
    std::vector<std::int32_t> labels(5);
    REQUIRE(source->read(indices, samples, labels));
    for (std::size_t i = 0; i < 5; ++i)
      for (std::size_t j = 0; j < 6; ++j) CHECK(static_cast<std::size_t>(samples[i * 6 + j]) == indices[i] * 6 + j);
    CHECK(labels == std::vector<std::int32_t>{2, 1, 0, 0, 1});
    CHECK(source->labels().value() == std::vector<std::int32_t>{0, 1, 2, 1});
  }
}

TEST_CASE("raw floats and wide labels") {
  const std::vector<float> values = {1.5f, -2, 0, 3e38f, 1e-40f, 7};
  const RawFiles files(floats_json, as_bytes(values), as_bytes(std::vector<std::int32_t>{0, 299, 256}));
  const Dataset data = load(*open_raw(files.description).value()).value();
  CHECK(std::vector<float>(data.floats().begin(), data.floats().end()) == values);
  CHECK(data.labels()[1] == 299);
}

TEST_CASE("raw numbers of every type") {
  const RawFiles files(R"({"format": 1, "features": "x.bin", "type": "int16", "shape": [2], "samples": 2,
                           "labels": "y.bin", "label_type": "uint16", "classes": 301})",
                       as_bytes(std::vector<std::int16_t>{-32768, 0, 5, 32767}),
                       as_bytes(std::vector<std::uint16_t>{300, 0}));
  const Dataset data = load(*open_raw(files.description).value()).value();
  CHECK(std::vector<float>(data.floats().begin(), data.floats().end()) == std::vector<float>{-32768, 0, 5, 32767});
  CHECK(data.labels()[0] == 300);
  for (const char* type : {"bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float16",
                           "float32", "float64"}) {
    CAPTURE(type);
    const RawDescription raw = parse_raw_description(R"({"format": 1, "features": "x", "type": ")" + std::string(type) +
                                                     R"(", "shape": [3], "samples": 2})")
                                   .value();
    CHECK(name(raw.type) == type);
    CHECK(raw.feature_bytes == 6 * bytes_of(raw.type));
    CHECK((raw.info.type == ElementType::uint8) == (raw.type == formats::NumberType::uint8));
  }
}

TEST_CASE("raw numbers are scaled as the description says, in one rounding") {
  const std::vector<std::int16_t> counts = {-32768, 0, 5, 32767};
  const auto open = [&](const char* scaling) {
    const RawFiles files(R"({"format": 1, "features": "x.bin", "type": "int16", "shape": [2], "samples": 2, )" +
                             std::string(scaling) + R"("labels": "y.bin", "label_type": "uint8", "classes": 2})",
                         as_bytes(counts), {0, 1});
    const Result<std::shared_ptr<const Source>> source = open_raw(files.description);
    return source ? load(**source) : source.error();
  };
  const auto read = [&](const char* scaling) {
    const Dataset data = open(scaling).value();
    CHECK(data.scaling().scale == 1);
    return std::vector<float>(data.floats().begin(), data.floats().end());
  };
  CHECK(read("\"scale\": 3.0517578125e-05, ") == std::vector<float>{-1, 0, 5 / 32768.0f, 32767 / 32768.0f});
  CHECK(read("\"offset\": 0.5, ") == std::vector<float>{-32767.5f, 0.5f, 5.5f, 32767.5f});
  // 5 * 0.1f is 0.5 once it is rounded.
  CHECK(read("\"scale\": 0.1, \"offset\": -0.5, ")[2] == 0x1p-27f);
  check_error(open("\"scale\": 1e38, "), ErrorCode::bad_format, {"x.bin", "sample 0, value 0 is not a finite number"});
}

TEST_CASE("raw labels that are ignored need not be there") {
  constexpr std::string_view without =
      R"({"format": 1, "features": "x.bin", "type": "uint8", "shape": [2, 3], "samples": 4})";
  for (const std::string_view json : {without, bytes_json}) {
    const RawFiles files(json, counting(24), {9});
    const std::shared_ptr<const Source> source =
        open_raw(files.description, Access::positioned, Labels::ignored).value();
    CHECK(source->info().classes == 1);
    CHECK(source->labels().value() == std::vector<std::int32_t>(4));
    CHECK(load(*source).value().bytes()[23] == 23);
    CHECK(!open_raw(files.description));
  }
  const RawFiles files(without, counting(24), {});
  check_error(open_raw(files.description), ErrorCode::bad_format, {"set.json: no field \"labels\""});
  CHECK(raw_files(files.description).value() == std::vector<std::string>{files.folder / "x.bin"});
}

TEST_CASE("more labels than are read in one piece") {
  const std::string json =
      R"({"format": 1, "features": "x.bin", "type": "uint8", "shape": [1], "samples": 10001,
          "labels": "y.bin", "label_type": "uint8", "classes": 200, "scale": 2, "offset": -1})";
  ByteVector labels(10001);
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::uint8_t>(i % 200);
  const RawFiles files(json, counting(10001), labels);
  const std::shared_ptr<const Source> source = open_raw(files.description).value();
  const std::vector<std::int32_t> all = source->labels().value();
  for (std::size_t i = 0; i < all.size(); ++i) REQUIRE(all[i] == static_cast<std::int32_t>(i % 200));
  CHECK(source->info().scaling.scale == 2.0f);
  CHECK(source->info().scaling.offset == -1.0f);
}

TEST_CASE("files that are not what the description says are refused") {
  const auto open = [](std::string_view json, const ByteVector& features, const ByteVector& labels) {
    const RawFiles files(json, features, labels);
    return open_raw(files.description);
  };
  check_error(open(bytes_json, counting(23), {0, 1, 2, 1}), ErrorCode::bad_format, {"x.bin", "24 bytes", "has 23"});
  check_error(open(bytes_json, counting(25), {0, 1, 2, 1}), ErrorCode::bad_format, {"x.bin", "24 bytes", "has 25"});
  check_error(open(bytes_json, counting(24), {0, 1, 2}), ErrorCode::bad_format, {"y.bin", "4 bytes", "has 3"});
  check_error(open(bytes_json, counting(24), {0, 1, 2, 3}), ErrorCode::bad_format,
              {"y.bin", "label 3 of sample 3", "3 classes"});
  check_error(open(floats_json, ByteVector(24), as_bytes(std::vector<std::int32_t>{0, -1, 0})), ErrorCode::bad_format,
              {"label -1 of sample 1"});
  check_error(open_raw("/nowhere/set.json"), ErrorCode::not_found, {"/nowhere/set.json"});
  test::TemporaryFolder folder;
  put_file(folder / "set.json", to_bytes(bytes_json));
  check_error(open_raw(folder / "set.json"), ErrorCode::not_found, {folder / "x.bin"});
  std::filesystem::create_directory(folder / "x.bin");
  check_error(open_raw(folder / "set.json"), ErrorCode::io, {folder / "x.bin"});
}

TEST_CASE("the files that a description names are told without opening them, seen from where it is") {
  test::TemporaryFolder folder;
  put_file(folder / "set.json", to_bytes(bytes_json));
  CHECK(raw_files(folder / "set.json").value() == std::vector<std::string>{folder / "x.bin", folder / "y.bin"});
  check_error(raw_files(folder / "none.json"), ErrorCode::not_found, {folder / "none.json"});
  put_file(folder / "set.json", to_bytes("{}"));
  check_error(raw_files(folder / "set.json"), ErrorCode::bad_format, {folder / "set.json", "no field"});
}

TEST_CASE("what is no regular file is refused, and so is a label file that is missing or broken") {
  test::TemporaryFolder folder;
  std::string json{bytes_json};
  json.replace(json.find("x.bin"), 5, "/dev/null");
  put_file(folder / "set.json", to_bytes(json));
  check_error(open_raw(folder / "set.json"), ErrorCode::unsupported, {"/dev/null", "regular file"});
  put_file(folder / "set.json", to_bytes(bytes_json));
  put_file(folder / "x.bin", counting(24));
  check_error(open_raw(folder / "set.json"), ErrorCode::not_found, {folder / "y.bin"});
}

TEST_CASE("labels that have changed or gone since the file was opened are an error of labels() too") {
  for (const Access access : {Access::positioned, Access::mapped}) {
    CAPTURE(access == Access::mapped);
    const RawFiles files(bytes_json, counting(24), {0, 1, 2, 1});
    const std::shared_ptr<const Source> source = open_raw(files.description, access).value();
    put_file(files.folder / "y.bin", {0, 1, 3, 1});
    check_error(source->labels(), ErrorCode::bad_format, {"y.bin", "label 3 of sample 2"});
    REQUIRE(::truncate((files.folder / "y.bin").c_str(), 1) == 0);
    check_error(source->labels(), ErrorCode::bad_format, {"y.bin", "ends at byte 1"});
  }
}

TEST_CASE("a file that changes after it was opened is an error when it is read") {
  for (const Access access : {Access::positioned, Access::mapped}) {
    CAPTURE(access == Access::mapped);
    const RawFiles files(floats_json, as_bytes(std::vector<float>(6, 1.0f)), as_bytes(std::vector<std::int32_t>(3, 1)));
    const std::shared_ptr<const Source> source = open_raw(files.description, access).value();
    const std::vector<std::uint32_t> indices = {0, 1, 2};
    std::vector<std::byte> samples(24);
    std::vector<std::int32_t> labels(3);
    REQUIRE(source->read(indices, samples, labels));

    const auto overwrite = [&](const char* name, off_t position, const ByteVector& bytes) {
      const int file = ::open((files.folder / name).c_str(), O_WRONLY);
      REQUIRE(::pwrite(file, bytes.data(), bytes.size(), position) == static_cast<ssize_t>(bytes.size()));
      ::close(file);
    };
    overwrite("x.bin", 12, {0, 0, 0xC0, 0x7F});
    check_error(source->read(indices, samples, labels), ErrorCode::bad_format, {"x.bin", "sample 1, value 1"});
    overwrite("x.bin", 12, {0, 0, 0, 0});
    overwrite("y.bin", 8, {0xFF, 0, 0, 0x80});
    check_error(source->read(indices, samples, labels), ErrorCode::bad_format, {"y.bin", "of sample 2"});
    overwrite("y.bin", 8, {0, 0, 0, 0});
    REQUIRE(::truncate((files.folder / "x.bin").c_str(), 20) == 0);
    check_error(source->read(indices, samples, labels), ErrorCode::bad_format, {"x.bin", "ends at byte 20", "shorter"});
  }
}

/// `json` with the first `from` replaced.
std::string changed_text(std::string_view json, std::string_view from, std::string_view to) {
  std::string text{json};
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

ByteVector changed(std::string_view json, std::string_view from, std::string_view to) {
  return to_bytes(changed_text(json, from, to));
}

TEST_CASE("files without bytes can be mapped") {
  const RawFiles files(R"({"format": 1, "features": "x.bin", "type": "uint8", "shape": [2, 3], "samples": 0,
                           "labels": "y.bin", "label_type": "uint8", "classes": 3})",
                       {}, {});
  const auto read = open_raw(files.description);
  const auto mapped = open_raw(files.description, Access::mapped);
  CHECK(mapped.has_value() == read.has_value());
  if (mapped) CHECK((*mapped)->labels().value().empty());
}

TEST_CASE("broken descriptions are refused with the field") {
  constexpr auto bad = ErrorCode::bad_format;
  const test::BrokenFile cases[] = {
      {"nothing", {}, bad, "byte 0"},
      {"an array", to_bytes("[]"), bad, "expected an object, got an array"},
      {"cut short", test::first_bytes(to_bytes(bytes_json), 40), bad, "byte 40"},
      {"unknown field", changed(bytes_json, "{", "{\"mean\": 1, "), bad, "unknown field \"mean\""},
      {"two of a name", changed(bytes_json, "{", "{\"format\": 1, "), bad, "format"},
      {"no format", changed(bytes_json, "\"format\": 1, ", ""), bad, "no field \"format\""},
      {"format 2", changed(bytes_json, "1", "2"), bad, "\"format\""},
      {"no features", changed(bytes_json, "\"features\": \"x.bin\", ", ""), bad, "no field \"features\""},
      {"features is a number", changed(bytes_json, "\"x.bin\"", "1"), bad, "the name of a file"},
      {"no name", changed(bytes_json, "x.bin", ""), bad, "the name of a file"},
      {"a zero byte in a name", changed(bytes_json, "x.bin", "x\\u0000"), bad, "the name of a file"},
      {"another type", changed(bytes_json, "uint8", "int4"), bad, "\"type\""},
      {"type is a number", changed(bytes_json, "\"uint8\"", "8"), bad, "\"type\""},
      {"labels that are no whole numbers", changed(floats_json, "int32", "float32"), bad, "\"label_type\""},
      {"no extents", changed(bytes_json, "[2, 3]", "[]"), bad, "\"shape\""},
      {"an extent of 0", changed(bytes_json, "[2, 3]", "[2, 0]"), bad, "extents of at least 1"},
      {"a negative extent", changed(bytes_json, "[2, 3]", "[-2]"), bad, "extents of at least 1"},
      {"seven extents", changed(bytes_json, "[2, 3]", "[1,1,1,1,1,1,1]"), bad, "1 ... 6 extents"},
      {"shape is a number", changed(bytes_json, "[2, 3]", "6"), bad, "\"shape\""},
      {"overflow", changed(bytes_json, "[2, 3]", "[4294967296, 4294967296]"), ErrorCode::too_large, "size"},
      {"more than a file", changed(bytes_json, "[2, 3]", "[9223372036854775807]"), ErrorCode::too_large,
       sizeof(std::size_t) == 8 ? "4 samples" : "9223372036854775807"},
      {"no samples", changed(bytes_json, "4", "0"), bad, "\"samples\""},
      {"2^32 samples", changed(bytes_json, "4", "4294967296"), bad, "1 ... 4294967295"},
      {"half a sample", changed(bytes_json, "4", "4.5"), bad, "\"samples\""},
      {"no classes", changed(bytes_json, "3}", "0}"), bad, "\"classes\""},
      {"too many classes", changed(bytes_json, "3}", "1000001}"), bad, "1 ... 1000000"},
      {"scale is text", changed(bytes_json, "{", "{\"scale\": \"1\", "), bad, "\"scale\""},
      {"scale too large", changed(bytes_json, "{", "{\"scale\": 1e39, "), bad, "float32's range"},
      {"offset is nothing", changed(floats_json, "{", "{\"offset\": null, "), bad, "\"offset\""},
  };
  test::check_broken(cases, [](const ByteVector& file) {
    return parse_raw_description({reinterpret_cast<const char*>(file.data()), file.size()});
  });
}

}  // namespace
}  // namespace treadle::data
