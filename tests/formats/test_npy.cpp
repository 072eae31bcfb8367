#include "formats/npy.hpp"

#include "support/numpy_files.hpp"

namespace treadle::formats {
namespace {

using test::ByteVector, test::check_error, test::counting, test::first_bytes, test::joined, test::npy,
    test::npy_with_header, test::with_byte;

/// The header of a whole file.
Result<NpyHeader> parse(const ByteVector& file) { return parse_npy_header(file, file.size()); }

TEST_CASE("every element type is read, in both versions of the header") {
  struct Case {
    const char* descr;
    NumberType type;
    std::size_t bytes;
  };
  const Case cases[] = {
      {"|b1", NumberType::boolean, 1}, {"|u1", NumberType::uint8, 1},   {"|i1", NumberType::int8, 1},
      {"<u2", NumberType::uint16, 2},  {"<i2", NumberType::int16, 2},   {"<u4", NumberType::uint32, 4},
      {"<i4", NumberType::int32, 4},   {"<u8", NumberType::uint64, 8},  {"<i8", NumberType::int64, 8},
      {"<f2", NumberType::float16, 2}, {"<f4", NumberType::float32, 4}, {"<f8", NumberType::float64, 8}};
  for (const Case& c : cases)
    for (const std::uint8_t version : {std::uint8_t{1}, std::uint8_t{2}}) {
      const ByteVector elements = counting(6 * c.bytes), file = npy(c.descr, "(3, 2)", elements, version);
      const Result<NpyHeader> header = parse(file);
      REQUIRE(header);
      CHECK(header->type == c.type);
      CHECK(bytes_of(header->type) == c.bytes);
      CHECK(header->shape == Shape{3, 2});
      CHECK(ByteVector(file.begin() + static_cast<std::ptrdiff_t>(header->begin), file.end()) == elements);
    }
}

TEST_CASE("shapes and headers as Python may write them") {
  struct Case {
    const char* header;
    Shape shape;
  };
  const Case cases[] = {
      {"{'descr': '|u1', 'fortran_order': False, 'shape': (), }", {}},
      {"{'descr': '|u1', 'fortran_order': False, 'shape': (1,), }", {1}},
      {"{\"shape\":(1,1),\"fortran_order\":False,\"descr\":\"|u1\"}", {1, 1}},
      {" { 'shape' : ( 1 , 1 , 1 ) , 'descr' : '|u1' , 'fortran_order' : False } \n", {1, 1, 1}},
      {"{'descr': '|u1', 'fortran_order': False, 'shape': (1, 1, 1, 1, 1, 1), }", {1, 1, 1, 1, 1, 1}},
  };
  for (const Case& c : cases) {
    INFO(c.header);
    const ByteVector file = npy_with_header(c.header, {7});
    const Result<NpyHeader> header = parse(file);
    REQUIRE(header);
    CHECK(header->shape == c.shape);
    CHECK(file[header->begin] == 7);
  }
}

TEST_CASE("a file cut short at any byte is refused") {
  const ByteVector file = npy("|u1", "(5,)", counting(5));
  for (std::size_t size = 0; size < file.size(); ++size) {
    INFO(size);
    check_error(parse(first_bytes(file, size)), ErrorCode::bad_format, {"NPY: "});
  }
}

TEST_CASE("broken NPY files are refused with the place") {
  const ByteVector file = npy("|u1", "(2, 3)", counting(6));
  const auto header = [](const char* text) { return npy_with_header(text, {0}); };
  struct Case {
    const char* what;
    ByteVector file;
    ErrorCode code;
    std::string_view words;
  };
  const Case cases[] = {
      {"magic", with_byte(file, 0, 'N'), ErrorCode::bad_format, "byte 0"},
      {"version 3", with_byte(file, 6, 3), ErrorCode::unsupported, "version 3.0"},
      {"version 1.1", with_byte(file, 7, 1), ErrorCode::unsupported, "version 1.1"},
      {"header beyond the file", with_byte(file, 9, 255), ErrorCode::bad_format, "cut short"},
      {"one byte more", joined(file, {0}), ErrorCode::bad_format, "[2, 3] make 6 bytes, after the header there are 7"},
      {"big endian", npy(">f4", "(1,)", counting(4)), ErrorCode::unsupported, "\">f4\""},
      {"complex", npy("<c8", "(1,)", counting(8)), ErrorCode::unsupported, "\"<c8\""},
      {"objects", npy("|O", "(1,)", counting(8)), ErrorCode::unsupported, "\"|O\""},
      {"control characters", npy("\x1b[31m", "(1,)", counting(8)), ErrorCode::unsupported, "\\x1b"},
      {"records", header("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}"), ErrorCode::unsupported,
       "records"},
      {"Fortran order", header("{'descr': '|u1', 'fortran_order': True, 'shape': (1,)}"), ErrorCode::unsupported,
       "Fortran order"},
      {"no order", header("{'descr': '|u1', 'fortran_order': 0, 'shape': (1,)}"), ErrorCode::bad_format,
       "True or False"},
      {"not a dictionary", header("['descr']"), ErrorCode::bad_format, "byte 10 of the header: expected '{'"},
      {"nothing", header(""), ErrorCode::bad_format, "expected '{', got \"\""},
      {"no colon", header("{'descr' '|u1'}"), ErrorCode::bad_format, "a key in quotes"},
      {"open quote", header("{'descr: "), ErrorCode::bad_format, "a key in quotes"},
      {"no comma", header("{'descr': '|u1' 'shape': (1,)}"), ErrorCode::bad_format, "',' or '}'"},
      {"unknown key", header("{'size': 1}"), ErrorCode::bad_format, "\"size\""},
      {"key twice", header("{'descr': '|u1', 'descr': '|u1'}"), ErrorCode::bad_format, "repeated key \"descr\""},
      {"no descr", header("{'fortran_order': False, 'shape': (1,)}"), ErrorCode::bad_format, "lacks 'descr'"},
      {"no fortran_order", header("{'descr': '|u1', 'shape': (1,)}"), ErrorCode::bad_format, "lacks 'fortran_order'"},
      {"no shape", header("{'descr': '|u1', 'fortran_order': False}"), ErrorCode::bad_format, "lacks 'shape'"},
      {"more after the header", header("{'descr': '|u1', 'fortran_order': False, 'shape': (1,)} x"),
       ErrorCode::bad_format, "the header's end"},
      {"shape is a number", npy("|u1", "1", {0}), ErrorCode::bad_format, "'('"},
      {"negative extent", npy("|u1", "(-1,)", {0}), ErrorCode::bad_format, "an extent"},
      {"extents without comma", npy("|u1", "(1 1)", {0}), ErrorCode::bad_format, "',' or ')'"},
      {"seven axes", npy("|u1", "(1, 1, 1, 1, 1, 1, 1)", {0}), ErrorCode::unsupported, "more than 6 axes"},
      {"an extent of 2^64", npy("|u1", "(18446744073709551616,)", {0}), ErrorCode::too_large, "is no size"},
      {"bytes of exactly 2^64", npy("|u1", "(65536, 65536, 65536, 65536)", {0}), ErrorCode::too_large, "do not fit"},
      {"overflow", npy("<f8", "(65536, 65536, 65536, 65536, 3)", {0}), ErrorCode::too_large, "do not fit"},
      {"missing elements", npy("|u1", "(1000000000,)", {0}), ErrorCode::bad_format, "there are 1"},
      {"an extent of 0", npy("|u1", "(0, 5)", {0}), ErrorCode::bad_format, "make 0 bytes"},
  };
  for (const Case& c : cases) {
    INFO(c.what);
    check_error(parse(c.file), c.code, {"NPY: ", c.words});
  }
}

TEST_CASE("a header is read from the beginning of a file of any size") {
  const ByteVector file = npy("<f8", "(3000000000, 4)", {}, 2);
  const NpyHeader header = parse_npy_header(file, file.size() + 96'000'000'000).value();
  CHECK(header.type == NumberType::float64);
  CHECK(header.shape == Shape{3'000'000'000, 4});
  CHECK(header.begin == file.size());
  check_error(parse_npy_header(file, file.size() + 95'999'999'999), ErrorCode::bad_format, {"make 96000000000 bytes"});
  check_error(parse_npy_header(with_byte(file, 10, 1), 1 << 20), ErrorCode::unsupported, {"longer than any"});
  check_error(parse_npy_header(npy("|u1", "(4294967296, 4294967296)", {}), 200), ErrorCode::too_large, {"no"});
}

}  // namespace
}  // namespace treadle::formats
