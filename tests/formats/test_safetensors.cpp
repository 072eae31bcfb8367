#include "formats/safetensors.hpp"

#include <rapidcheck.h>

#include <bit>
#include <limits>
#include <string>

#include "formats/little_endian.hpp"
#include "support/files.hpp"

namespace treadle::formats {
namespace {

using test::ByteVector, test::check_error, test::counting, test::first_bytes, test::joined, test::to_bytes;

/// A file with this header, whatever it says, and `data` bytes.
ByteVector file_of(std::string_view header, std::size_t data) {
  ByteVector file(8);
  store_little_endian(std::uint64_t{header.size()}, file.data());
  return joined(joined(std::move(file), to_bytes(header)), counting(data));
}

ByteVector with_length(ByteVector file, std::uint64_t length) {
  store_little_endian(length, file.data());
  return file;
}

TEST_CASE("little-endian bytes are the same on every machine") {
  const std::uint8_t bytes[] = {0x00, 0x00, 0x80, 0xBF, 0x01, 0x02, 0x03, 0x84};
  CHECK(load_little_endian<float>(bytes) == -1.0f);
  CHECK(load_little_endian<std::int32_t>(bytes + 4) == static_cast<std::int32_t>(0x84030201));
  CHECK(load_little_endian<std::uint64_t>(bytes) == 0x84030201BF800000);
  std::uint8_t out[8];
  store_little_endian(std::uint64_t{0x84030201BF800000}, out);
  CHECK(std::equal(std::begin(bytes), std::end(bytes), out));
}

TEST_CASE("the file is what the format says, to the byte") {
  const std::vector<float> weight{1.0f, -2.0f};
  const std::vector<std::int32_t> steps{258};
  const std::vector<NewTensor> tensors{{"w", {1, 2}, weight}, {"n", {}, steps}};
  const ByteVector file = make_safetensors(tensors, {{"key", "a\"b"}}).value();
  const std::string_view header =
      R"({"__metadata__":{"key":"a\"b"},"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},)"
      R"("n":{"dtype":"I32","shape":[],"data_offsets":[8,12]}})";
  const std::size_t padded = (header.size() + 7) / 8 * 8;
  ByteVector expected{static_cast<std::uint8_t>(padded), 0, 0, 0, 0, 0, 0, 0};
  expected = joined(expected, to_bytes(header));
  expected.resize(8 + padded, ' ');
  expected = joined(expected, {0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 2, 1, 0, 0});
  CHECK(file == expected);
}

TEST_CASE("a file without tensors or metadata is a file") {
  const ByteVector file = make_safetensors({}, {}).value();
  CHECK(file == joined({8, 0, 0, 0, 0, 0, 0, 0}, to_bytes("{}      ")));
  const Safetensors read = parse_safetensors(file).value();
  CHECK(read.tensors.empty());
  CHECK(read.metadata.empty());
  CHECK(parse_safetensors(file_of("{}", 0)).has_value());
}

template <class T>
void check_read_back(const Tensor& tensor, std::span<const T> values) {
  std::vector<T> out(values.size());
  RC_ASSERT(read_tensor(tensor, std::span(out)).has_value());
  for (std::size_t i = 0; i < out.size(); ++i)
    RC_ASSERT(std::bit_cast<std::uint32_t>(out[i]) == std::bit_cast<std::uint32_t>(values[i]));
}

TEST_CASE("what is written is read back: names, shapes, bits, metadata") {
  const auto unique = [](std::string text, std::size_t index) {
    for (char& character : text) character = static_cast<char>(character & 0x7F);
    return (text += '#') += std::to_string(index);
  };
  const auto holds =
      rc::check([&](const std::vector<std::vector<float>>& floats,
                    const std::vector<std::vector<std::int32_t>>& integers, const std::vector<std::string>& texts) {
        Metadata metadata;
        for (const std::string& text : texts) metadata.emplace_back(unique(text, metadata.size()), unique(text, 0));
        std::vector<std::string> names(floats.size() + integers.size());
        for (std::size_t i = 0; i < names.size(); ++i) names[i] = unique(i < texts.size() ? texts[i] : "", i);
        std::vector<NewTensor> tensors;
        for (const auto& values : integers) tensors.push_back({names[tensors.size()], {values.size(), 1, 1}, values});
        for (const auto& values : floats) tensors.push_back({names[tensors.size()], {1, values.size()}, values});

        const ByteVector file = make_safetensors(tensors, metadata).value();
        RC_ASSERT(file == make_safetensors(tensors, metadata).value());
        RC_ASSERT(load_little_endian<std::uint64_t>(file.data()) % 8 == 0u);
        const Safetensors read = parse_safetensors(file).value();
        RC_ASSERT(read.metadata == metadata);
        RC_ASSERT(read.tensors.size() == tensors.size());
        for (const NewTensor& tensor : tensors) {
          const Tensor* const found = read.find(tensor.name);
          RC_ASSERT(found != nullptr);
          RC_ASSERT(found->shape == tensor.shape);
          std::visit([&](auto values) { check_read_back(*found, values); }, tensor.values);
        }
      });
  CHECK(holds);
}

TEST_CASE("not a number, infinities and subnormals keep their bits") {
  std::vector<float> values;
  for (std::uint32_t bits : {0x7FC00001u, 0x7F800001u, 0xFF800000u, 0x00000001u, 0x80000000u})
    values.push_back(std::bit_cast<float>(bits));
  const std::vector<NewTensor> tensors{{"x", {5}, values}};
  const ByteVector file = make_safetensors(tensors, {}).value();
  std::vector<float> out(5);
  REQUIRE(read_tensor(*parse_safetensors(file).value().find("x"), out));
  for (std::size_t i = 0; i < 5; ++i)
    CHECK(std::bit_cast<std::uint32_t>(out[i]) == std::bit_cast<std::uint32_t>(values[i]));
}

TEST_CASE("files of other tools are read: any order, any spacing, other element types by name") {
  const std::string header = R"({ "b" : {"shape":[2,1], "data_offsets":[4,8], "dtype":"BF16"},
    "a\u0062": {"dtype":"U8","shape":[4],"data_offsets":[0,4]}, "empty":{"dtype":"F64","shape":[3,0],"data_offsets":[4,4]},
    "scalar":{"dtype":"F32","shape":[],"data_offsets":[8,12]},
    "__metadata__":{} }   )";
  const ByteVector file = file_of(header, 12);
  const Safetensors read = parse_safetensors(file).value();
  REQUIRE(read.tensors.size() == 4);
  CHECK(read.find("ab")->bytes[3] == 3);
  CHECK(read.find("b")->bytes[0] == 4);
  CHECK(read.find("b")->dtype == "BF16");
  CHECK(read.find("empty")->shape == Shape{3, 0});
  CHECK(read.find("scalar")->shape == Shape{});
  CHECK(read.find("none") == nullptr);
  CHECK_FALSE(read.find_metadata("key"));
  std::vector<float> floats(1);
  CHECK(read_tensor(*read.find("scalar"), floats).has_value());
  check_error(read_tensor(*read.find("b"), floats), ErrorCode::unsupported, {"\"b\"", "BF16", "F32"});
  std::vector<std::int32_t> integers(1);
  check_error(read_tensor(*read.find("scalar"), integers), ErrorCode::unsupported, {"\"scalar\"", "F32", "I32"});
  floats.resize(2);
  check_error(read_tensor(*read.find("scalar"), floats), ErrorCode::shape_mismatch, {"\"scalar\"", "[]", "2 elements"});
}

TEST_CASE("a file cut short at any byte is refused") {
  const std::vector<float> values{1, 2, 3};
  const ByteVector file = make_safetensors(std::vector<NewTensor>{{"x", {3}, values}}, {{"k", "v"}}).value();
  for (std::size_t size = 0; size < file.size(); ++size) {
    INFO(size);
    check_error(parse_safetensors(first_bytes(file, size)), ErrorCode::bad_format, {"safetensors: "});
  }
  // The same with a length that fits what is left, so that the header itself is cut.
  const std::size_t header = static_cast<std::size_t>(load_little_endian<std::uint64_t>(file.data()));
  for (std::size_t size = 0; size < header; ++size) {
    INFO(size);
    const Result<Safetensors> read = parse_safetensors(with_length(first_bytes(file, 8 + size), size));
    // Only padding may be missing; then it is the data that are.
    check_error(read, ErrorCode::bad_format, {"safetensors: "});
  }
}

TEST_CASE("broken files are refused with the tensor or byte") {
  struct Case {
    const char* what;
    ByteVector file;
    ErrorCode code;
    std::string_view words;
  };
  const auto tensor = [](std::string_view members, std::size_t data) {
    return file_of((std::string{"{\"x\":{"} += members) += "}}", data);
  };
  const auto two = [](std::string_view a, std::string_view b, std::size_t data) {
    return file_of(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":)" + std::string{a} +
                       R"(},"b":{"dtype":"U8","shape":[4],"data_offsets":)" + std::string{b} + "}}",
                   data);
  };
  const std::string good = R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  const ByteVector valid = file_of(good, 8);
  REQUIRE(parse_safetensors(valid));
  REQUIRE(parse_safetensors(two("[0,4]", "[4,8]", 8)));
  std::string deep = "{\"x\":";
  for (int i = 0; i < 100'000; ++i) deep += '[';
  const auto bad = ErrorCode::bad_format;
  const auto large = ErrorCode::too_large;
  // Extents whose product, or bytes, are more than a size holds; offsets that it just holds.
  const std::size_t most = std::numeric_limits<std::size_t>::max();
  const std::string root = std::to_string(std::size_t{1} << std::numeric_limits<std::size_t>::digits / 2);
  const std::string quarter = std::to_string(most / 4 + 3);
  const std::string last = "[" + std::to_string(most - 8) + "," + std::to_string(most) + "]";
  const std::string square = "U8 [" + root + ", " + root + "] does not fit";
  const Case cases[] = {
      {"empty file", {}, bad, "needs 8 bytes, the file has 0"},
      {"seven bytes", ByteVector(7), bad, "needs 8 bytes, the file has 7"},
      {"header of length 0", ByteVector(8), bad, "expected \"{\" at byte 8"},
      {"header one byte longer than the file", with_length(valid, valid.size() - 7), bad, "the file has only"},
      {"header at the limit", with_length(valid, 100'000'000), bad, "100000000 bytes, the file has only"},
      {"header over the limit", with_length(valid, 100'000'001), large, "100000001 bytes, at most 100000000"},
      {"header of 2^63 bytes", with_length(valid, 1ull << 63), large, "9223372036854775808"},
      {"header of 2^64 - 1 bytes", with_length(valid, UINT64_MAX), large, "18446744073709551615"},
      {"header that ends early", with_length(valid, 20), bad, "JSON: "},
      {"not JSON", file_of("{hello}", 0), bad, "expected a name at byte 9"},
      {"an array", file_of("[]", 0), bad, "expected \"{\" at byte 8"},
      {"space first", file_of(" {}", 0), bad, "expected \"{\" at byte 8"},
      {"zeros as padding", file_of(std::string_view{"{}\0\0", 4}, 0), bad, "expected the end of the text at byte 10"},
      {"invalid UTF-8", file_of("{\"\xFF\":{}}", 0), bad, "expected UTF-8 at byte 10"},
      {"nested 100,000 deep", file_of(deep, 0), large, "more than 64"},
      {"nested in metadata", file_of("{\"__metadata__\":{\"k\":" + deep.substr(5), 0), large, "more than 64"},
      {"the same name twice", file_of(good.substr(0, good.size() - 1) + "," + good.substr(1), 8), bad,
       "the name \"x\" comes twice"},
      {"the same member twice", tensor(R"("dtype":"U8","dtype":"U8","shape":[0],"data_offsets":[0,0])", 0), bad,
       "the name \"dtype\" comes twice"},
      {"metadata twice", file_of(R"({"__metadata__":{},"__metadata__":{}})", 0), bad, "\"__metadata__\" comes twice"},
      {"metadata an array", file_of(R"({"__metadata__":[]})", 0), bad, "expected an object as __metadata__ at byte 24"},
      {"metadata a number", file_of(R"({"__metadata__":{"k":1}})", 0), bad, "expected a string as metadata \"k\""},
      {"an entry that is a number", file_of(R"({"x":5})", 0), bad, "tensor \"x\": expected an object, got a number"},
      {"an entry that is empty", tensor("", 0), bad, "tensor \"x\": no dtype"},
      {"an unknown member", tensor(R"("dtype":"U8","shape":[0],"data_offsets":[0,0],"order":"F")", 0), bad,
       "unknown member \"order\""},
      {"unknown dtype", tensor(R"("dtype":"F99","shape":[2],"data_offsets":[0,8])", 8), bad, "unknown dtype \"F99\""},
      {"dtype in lower case", tensor(R"("dtype":"f32","shape":[2],"data_offsets":[0,8])", 8), bad, "\"f32\""},
      {"dtype a number", tensor(R"("dtype":32,"shape":[2],"data_offsets":[0,8])", 8), bad, "got a number at byte"},
      {"no dtype", tensor(R"("shape":[2],"data_offsets":[0,8])", 8), bad, "no dtype"},
      {"no shape", tensor(R"("dtype":"F32","data_offsets":[0,8])", 8), bad, "no shape"},
      {"no offsets", tensor(R"("dtype":"F32","shape":[2])", 8), bad, "no data_offsets"},
      {"shape a number", tensor(R"("dtype":"F32","shape":2,"data_offsets":[0,8])", 8), bad, "expected an array"},
      {"negative extent", tensor(R"("dtype":"F32","shape":[-2],"data_offsets":[0,8])", 8), bad, "whole number as ex"},
      {"fractional extent", tensor(R"("dtype":"F32","shape":[2.0],"data_offsets":[0,8])", 8), bad, "whole number as"},
      {"extent in text", tensor(R"("dtype":"F32","shape":["2"],"data_offsets":[0,8])", 8), bad, "whole number as ex"},
      {"extent beyond 64 bits", tensor(R"("dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8])", 8), bad,
       "expected a whole number as extent"},
      {"rank 7", tensor(R"("dtype":"F32","shape":[2,1,1,1,1,1,1],"data_offsets":[0,8])", 8), ErrorCode::unsupported,
       "7 extents, at most 6"},
      {"extent beyond a size", tensor(R"("dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,8])", 8), large,
       ""},
      {"product overflows", tensor(R"("dtype":"U8","shape":[)" + root + "," + root + R"(],"data_offsets":[0,8])", 8),
       large, square},
      {"bytes overflow", tensor(R"("dtype":"F32","shape":[)" + quarter + R"(],"data_offsets":[0,8])", 8), large,
       "does not fit"},
      {"shape larger than its bytes", tensor(R"("dtype":"F32","shape":[3],"data_offsets":[0,8])", 8), bad,
       "F32 [3] takes 12 bytes, its data_offsets [0, 8] hold 8"},
      {"shape smaller than its bytes", tensor(R"("dtype":"F32","shape":[1],"data_offsets":[0,8])", 8), bad,
       "takes 4 bytes"},
      {"a scalar of two", tensor(R"("dtype":"F32","shape":[],"data_offsets":[0,8])", 8), bad, "F32 [] takes 4 bytes"},
      {"offsets reversed", tensor(R"("dtype":"F32","shape":[2],"data_offsets":[8,0])", 8), bad,
       "data_offsets [8, 0] end before they begin"},
      {"one offset", tensor(R"("dtype":"F32","shape":[2],"data_offsets":[8])", 8), bad, "array of two"},
      {"three offsets", tensor(R"("dtype":"F32","shape":[2],"data_offsets":[0,4,8])", 8), bad, "array of two"},
      {"offsets an object", tensor(R"("dtype":"F32","shape":[2],"data_offsets":{})", 8), bad, "array of two"},
      {"negative offset", tensor(R"("dtype":"F32","shape":[2],"data_offsets":[-8,0])", 8), bad, "whole number as off"},
      {"beyond the file", tensor(R"("dtype":"F32","shape":[2],"data_offsets":[0,8])", 7), bad,
       "data_offsets [0, 8] go beyond the 7 bytes of data"},
      {"far beyond the file", tensor(R"("dtype":"U8","shape":[8],"data_offsets":)" + last, 8), bad,
       "go beyond the 8 bytes"},
      {"a hole at the start", tensor(R"("dtype":"F32","shape":[1],"data_offsets":[4,8])", 8), bad,
       "leave a hole that begins at 0"},
      {"a hole between", two("[0,4]", "[5,9]", 9), bad, "tensor \"b\": data_offsets [5, 9] leave a hole"},
      {"overlap", two("[0,4]", "[3,7]", 7), bad, "tensor \"b\": data_offsets [3, 7] overlap"},
      {"the same place twice", two("[0,4]", "[0,4]", 4), bad, "tensor \"b\": data_offsets [0, 4] overlap"},
      {"bytes after the last tensor", joined(valid, {0}), bad, "1 bytes of data after the last tensor, from 8 on"},
      {"data without tensors", file_of("{}", 4), bad, "4 bytes of data after the last tensor, from 0 on"},
  };
  for (const Case& c : cases) {
    INFO(c.what);
    check_error(parse_safetensors(c.file), c.code, {"safetensors: ", c.words});
  }
}

TEST_CASE("a change of any byte of the header gives the same file or an error") {
  const std::vector<float> values{1, 2, 3};
  const ByteVector file = make_safetensors(std::vector<NewTensor>{{"x", {3}, values}}, {{"k", "v"}}).value();
  const std::size_t header = 8 + static_cast<std::size_t>(load_little_endian<std::uint64_t>(file.data()));
  for (std::size_t i = 0; i < header; ++i)
    for (char value : {'\0', ' ', '"', ',', '0', '9', '[', '\\', '}', '\x80', '\xFF'}) {
      const ByteVector changed = test::with_byte(file, i, static_cast<std::uint8_t>(value));
      const Result<Safetensors> read = parse_safetensors(changed);
      if (!read) {
        CHECK(test::is_one_line(read.error().text()));
      } else if (read->tensors.size() == 1) {
        CHECK(read->tensors[0].bytes.size() == 12);
      }
    }
}

TEST_CASE("what cannot be written is refused") {
  const std::vector<float> values{1, 2};
  const auto make = [](const std::vector<NewTensor>& tensors) { return make_safetensors(tensors, {}); };
  check_error(make({{"x", {3}, values}}), ErrorCode::shape_mismatch, {"\"x\"", "[3]", "2 values"});
  check_error(make({{"x", {2}, values}, {"y", {2}, values}, {"x", {2}, values}}), ErrorCode::invalid_argument,
              {"two tensors", "\"x\""});
  check_error(make({{"__metadata__", {2}, values}}), ErrorCode::invalid_argument, {"reserved"});
  check_error(make({{"x", {SIZE_MAX, 2}, values}}), ErrorCode::too_large, {"\"x\""});
  check_error(make_safetensors({}, {{"k", "a"}, {"k", "b"}}), ErrorCode::invalid_argument, {"two", "\"k\""});
}

}  // namespace
}  // namespace treadle::formats
