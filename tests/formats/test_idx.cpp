#include "formats/idx.hpp"
#include "support/files.hpp"

namespace treadle::formats {
namespace {

using test::ByteVector, test::check_error, test::counting, test::first_bytes, test::gzipped, test::idx, test::joined,
    test::with_byte;

TEST_CASE("labels, images and higher ranks are read, compressed or not") {
  struct Case {
    ByteVector file;
    Shape shape;
  };
  const Case cases[] = {
      {idx({5}, counting(5)), {5}},
      {idx({1}, counting(1)), {1}},
      {idx({3, 4, 5}, counting(60)), {3, 4, 5}},
      {idx({1, 1, 1}, counting(1)), {1, 1, 1}},
      {idx({2, 3, 4, 3}, counting(72)), {2, 3, 4, 3}},
      {idx({2, 1, 1, 3, 1, 2}, counting(12)), {2, 1, 1, 3, 1, 2}},
      {idx({70'000}, counting(70'000)), {70'000}},
  };
  for (const Case& c : cases) {
    const std::size_t elements = c.shape.elements().value();
    for (const ByteVector& file : {c.file, gzipped(c.file)}) {
      const Result<IdxArray> array = parse_idx(file);
      REQUIRE(array);
      CHECK(array->shape == c.shape);
      CHECK(array->elements == counting(elements));
    }
  }
}

TEST_CASE("a file cut short at any byte is refused") {
  const ByteVector file = idx({3, 2, 2}, counting(12));
  for (std::size_t size = 0; size < file.size(); ++size) {
    INFO(size);
    const ByteVector cut = first_bytes(file, size);
    // It ends inside the magic number, inside an extent, or inside the elements, and the message says which.
    const std::string place = size < 4 ? "byte 0" : size < 16 ? "byte " + std::to_string(size / 4 * 4) : "28 bytes";
    check_error(parse_idx(cut), ErrorCode::bad_format, {"IDX", place, std::to_string(size)});
    check_error(parse_idx(gzipped(cut)), ErrorCode::bad_format, {"IDX", place, std::to_string(size)});
  }
}

TEST_CASE("broken IDX files are refused with the place") {
  const ByteVector file = idx({3, 2, 2}, counting(12));
  struct Case {
    const char* what;
    ByteVector file;
    ErrorCode code;
    std::string_view words;
  };
  const Case cases[] = {
      {"first byte", with_byte(file, 0, 1), ErrorCode::bad_format, "magic number at byte 0 is 1 0 8 3"},
      {"second byte", with_byte(file, 1, 1), ErrorCode::bad_format, "magic number at byte 0 is 0 1 8 3"},
      {"no such type", with_byte(file, 2, 7), ErrorCode::bad_format, "magic number at byte 0 is 0 0 7 3"},
      {"signed bytes", with_byte(file, 2, 0x09), ErrorCode::unsupported, "signed byte"},
      {"int16", with_byte(file, 2, 0x0B), ErrorCode::unsupported, "int16"},
      {"int32", with_byte(file, 2, 0x0C), ErrorCode::unsupported, "int32"},
      {"float32", with_byte(file, 2, 0x0D), ErrorCode::unsupported, "float32"},
      {"float64", with_byte(file, 2, 0x0E), ErrorCode::unsupported, "float64"},
      {"rank 0", with_byte(file, 3, 0), ErrorCode::unsupported, "byte 3 says rank 0"},
      {"rank 7", with_byte(file, 3, 7), ErrorCode::unsupported, "byte 3 says rank 7"},
      {"rank 255", with_byte(file, 3, 255), ErrorCode::unsupported, "rank 255"},
      {"smaller rank", with_byte(file, 3, 2), ErrorCode::bad_format, "[3, 2] from byte 12 on make 18 bytes"},
      {"no samples", idx({0, 2, 2}, {}), ErrorCode::bad_format, "extent 0 at byte 4 is 0"},
      {"no width", idx({3, 2, 0}, {}), ErrorCode::bad_format, "extent 2 at byte 12 is 0"},
      {"zero hides overflow", idx({0xFFFFFFFF, 0xFFFFFFFF, 0}, {}), ErrorCode::bad_format, "extent 2 at byte 12 is 0"},
      {"count above the file", idx({4, 2, 2}, counting(12)), ErrorCode::bad_format, "make 32 bytes, the file has 28"},
      {"count below the file", idx({2, 2, 2}, counting(12)), ErrorCode::bad_format, "make 24 bytes, the file has 28"},
      {"one byte more", joined(file, {0}), ErrorCode::bad_format, "make 28 bytes, the file has 29"},
      {"4 GiB", idx({0xFFFFFFFF}, {}), ErrorCode::too_large, "[4294967295]"},
      {"overflow", idx({0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}, {}), ErrorCode::too_large, "[4294967295, 4294967295"},
      {"product of exactly 2^64", idx({1u << 31, 1u << 31, 4}, {}), ErrorCode::too_large, "2147483648"},
      {"compressed: more than the header says", gzipped(joined(file, {0})), ErrorCode::too_large, "expected 28 bytes"},
      {"compressed: less than the header says", gzipped(idx({1u << 30}, {1})), ErrorCode::bad_format, "has 9"},
      {"compressed: bad checksum", with_byte(gzipped(file), gzipped(file).size() - 5, 1), ErrorCode::bad_format,
       "incorrect data check"},
      {"compressed: bytes after the end", joined(gzipped(file), {1, 2}), ErrorCode::bad_format, "not gzip follows"},
      {"compressed twice", gzipped(gzipped(file)), ErrorCode::bad_format, "magic number at byte 0 is 31 139"},
      {"compressed: nothing", gzipped({}), ErrorCode::bad_format, "the file has 0"},
  };
  for (const Case& c : cases) {
    INFO(c.what);
    check_error(parse_idx(c.file), c.code, {c.words});
  }
}

TEST_CASE("compressed and cut short at any byte") {
  const ByteVector file = gzipped(idx({3, 2, 2}, counting(12)));
  for (std::size_t size = 2; size < file.size(); ++size)
    check_error(parse_idx(first_bytes(file, size)), ErrorCode::bad_format, {"cut short"});
}

}  // namespace
}  // namespace treadle::formats
