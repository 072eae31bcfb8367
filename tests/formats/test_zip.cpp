#include "formats/zip.hpp"

#include "support/numpy_files.hpp"

namespace treadle::formats {
namespace {

using test::ByteVector, test::check_error, test::counting, test::first_bytes, test::joined, test::to_bytes,
    test::with_byte, test::zip;

/// The first member of the archive, extracted.
Result<std::vector<std::uint8_t>> first_member(const ByteVector& archive) {
  const Result<std::vector<ZipMember>> members = read_zip_directory(archive);
  if (!members) return members.error();
  REQUIRE_FALSE(members->empty());
  return extract(archive, members->front());
}

TEST_CASE("stored and deflated members are read") {
  for (const bool deflated : {false, true}) {
    const ByteVector large(100'000, 3);
    const ByteVector archive = zip({{"a", counting(300)}, {"empty", {}}, {"folder/large", large}}, deflated);
    CHECK(is_zip(archive));
    const std::vector<ZipMember> members = read_zip_directory(archive).value();
    REQUIRE(members.size() == 3);
    CHECK(members[2].name == "folder/large");
    CHECK(extract(archive, members[0]).value() == counting(300));
    CHECK(extract(archive, members[1]).value().empty());
    CHECK(extract(archive, members[2]).value() == large);
  }
  CHECK(read_zip_directory(zip({}, false)).value().empty());
  CHECK_FALSE(is_zip(zip({}, false)));
}

TEST_CASE("a comment at the end, and bytes that look like its record, are passed over") {
  ByteVector archive = zip({{"a", {1, 2}}}, false);
  archive[archive.size() - 2] = 6;
  archive = joined(archive, to_bytes("PK\5\6.."));
  CHECK(first_member(archive).value() == ByteVector{1, 2});
}

TEST_CASE("an archive cut short at any byte is refused") {
  const ByteVector archive = zip({{"a", counting(20)}}, true);
  for (std::size_t size = 0; size < archive.size(); ++size)
    check_error(read_zip_directory(first_bytes(archive, size)), ErrorCode::bad_format, {"no end record"});
}

TEST_CASE("broken archives are refused") {
  // Local header 0 ... 30, contents 31 ... 50, directory 51 ... 97, end record from 98 on.
  const ByteVector archive = zip({{"a", counting(20)}}, false), deflated = zip({{"a", ByteVector(20, 1)}}, true);
  const std::size_t directory = 51, end = 98;
  REQUIRE(archive.size() == end + 22);
  const std::size_t packed_directory = deflated.size() - 22 - 47;
  struct Case {
    const char* what;
    ByteVector file;
    ErrorCode code;
    std::string_view words;
  };
  const Case cases[] = {
      {"local signature", with_byte(archive, 0, 'Q'), ErrorCode::bad_format, "no local header at byte 0"},
      {"local name too long", with_byte(archive, 27, 255), ErrorCode::bad_format, "beyond the end"},
      {"contents changed", with_byte(archive, 31, 9), ErrorCode::bad_format, "\"a\": the checksum"},
      {"entry's signature", with_byte(archive, directory, 'Q'), ErrorCode::bad_format, "entry 0 of 1"},
      {"encrypted", with_byte(archive, directory + 8, 1), ErrorCode::unsupported, "encrypted"},
      {"method", with_byte(archive, directory + 10, 12), ErrorCode::unsupported, "method 12"},
      {"stored size", with_byte(archive, directory + 24, 21), ErrorCode::bad_format, "expected 21, got 20"},
      {"contents beyond the file", with_byte(archive, directory + 21, 1), ErrorCode::bad_format, "beyond the end"},
      {"entry's name too long", with_byte(archive, directory + 29, 1), ErrorCode::bad_format, "cut short"},
      {"header beyond the file", with_byte(archive, directory + 45, 1), ErrorCode::bad_format, "no local header"},
      {"another disk", with_byte(archive, end + 4, 1), ErrorCode::unsupported, "several disks"},
      {"one entry of two", with_byte(archive, end + 10, 2), ErrorCode::unsupported, "several disks"},
      {"two entries", with_byte(with_byte(archive, end + 10, 2), end + 8, 2), ErrorCode::bad_format, "entry 1 of 2"},
      {"no entries", with_byte(with_byte(archive, end + 10, 0), end + 8, 0), ErrorCode::bad_format, "47 bytes follow"},
      {"directory's size", with_byte(archive, end + 12, 48), ErrorCode::bad_format, "48 bytes from byte 51"},
      {"directory beyond the file", with_byte(archive, end + 18, 1), ErrorCode::bad_format, "does not end at"},
      {"ZIP64", with_byte(with_byte(archive, end + 10, 255), end + 11, 255), ErrorCode::unsupported, "ZIP64"},
      {"damaged", with_byte(deflated, 31, 0xFF), ErrorCode::bad_format, "damaged"},
      {"more comes out", with_byte(deflated, packed_directory + 24, 19), ErrorCode::bad_format, "expected 19 bytes"},
      {"less comes out", with_byte(deflated, packed_directory + 24, 21), ErrorCode::bad_format, "expected 21 bytes"},
      {"a bomb's claim", with_byte(deflated, packed_directory + 27, 255), ErrorCode::bad_format, "cannot become"},
  };
  for (const Case& c : cases) {
    INFO(c.what);
    check_error(first_member(c.file), c.code, {"ZIP: ", c.words});
  }
}

}  // namespace
}  // namespace treadle::formats
