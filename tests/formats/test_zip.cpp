#include "formats/zip.hpp"

#include <algorithm>
#include <span>

#include "support/numpy_files.hpp"

namespace treadle::formats {
namespace {

using test::ByteVector, test::check_error, test::counting, test::first_bytes, test::joined, test::to_bytes,
    test::with_byte, test::zip, test::ZipNumbers;

ZipArchive in_memory(const ByteVector& bytes) {
  return {bytes.size(), [&bytes](std::uint64_t position, std::span<std::byte> out) -> Result<void> {
            REQUIRE(position + out.size() <= bytes.size());
            std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(position), out.size(),
                        reinterpret_cast<std::uint8_t*>(out.data()));
            return {};
          }};
}

/// All of the member, read `piece` bytes at a time.
Result<ByteVector> extract(const ZipArchive& archive, const ZipMember& member, std::size_t piece = 7) {
  ZipReader reader(archive, member);
  ByteVector contents;
  while (contents.size() < member.size) {
    ByteVector part(std::min<std::size_t>(piece, static_cast<std::size_t>(member.size) - contents.size()));
    if (const Result<void> got = reader.read(std::as_writable_bytes(std::span(part))); !got) return got.error();
    contents.insert(contents.end(), part.begin(), part.end());
  }
  if (const Result<void> whole = reader.finish(); !whole) return whole.error();
  return contents;
}

/// The first member of the archive, extracted.
Result<ByteVector> first_member(const ByteVector& bytes) {
  const ZipArchive archive = in_memory(bytes);
  const Result<std::vector<ZipMember>> members = read_zip_directory(archive);
  if (!members) return members.error();
  REQUIRE_FALSE(members->empty());
  return extract(archive, members->front());
}

TEST_CASE("stored and deflated members are read, in pieces of any size, with narrow and wide numbers") {
  ByteVector large(200'000, 3);
  for (std::size_t i = 0; i < 100'000; ++i) large[i] = static_cast<std::uint8_t>((i * i * 2654435761u) >> 13);
  for (const ZipNumbers numbers : {ZipNumbers::narrow, ZipNumbers::wide})
    for (const bool deflated : {false, true}) {
      const ByteVector bytes = zip({{"a", counting(300)}, {"empty", {}}, {"folder/large", large}}, deflated, numbers);
      const ZipArchive archive = in_memory(bytes);
      const std::vector<ZipMember> members = read_zip_directory(archive).value();
      REQUIRE(members.size() == 3);
      CHECK(members[2].name == "folder/large");
      CHECK(members[2].stored() != deflated);
      for (const std::size_t piece : {std::size_t{1}, std::size_t{300}}) {
        CHECK(extract(archive, members[0], piece).value() == counting(300));
        CHECK(extract(archive, members[1], piece).value().empty());
      }
      for (const std::size_t piece : {std::size_t{1000}, std::size_t{1} << 20})
        CHECK((extract(archive, members[2], piece).value() == large));
    }
  CHECK(read_zip_directory(in_memory(zip({}, false))).value().empty());
}

TEST_CASE("bytes that were not read are an error at the end") {
  for (const bool deflated : {false, true}) {
    const ByteVector bytes = zip({{"a", counting(20)}}, deflated);
    const ZipArchive archive = in_memory(bytes);
    const std::vector<ZipMember> members = read_zip_directory(archive).value();
    ZipReader reader(archive, members[0]);
    ByteVector part(19);
    REQUIRE(reader.read(std::as_writable_bytes(std::span(part))));
    check_error(reader.finish(), ErrorCode::bad_format, {"expected 20 bytes"});
    ZipReader beyond(archive, members[0]);
    part.resize(21);
    check_error(beyond.read(std::as_writable_bytes(std::span(part))), ErrorCode::bad_format, {"expected 20 bytes"});
  }
}

TEST_CASE("what cannot be read is an error") {
  const ByteVector bytes = zip({{"a", counting(20)}}, true);
  ZipArchive archive = in_memory(bytes);
  std::uint64_t whole = bytes.size();
  const auto read = archive.read;
  archive.read = [&](std::uint64_t position, std::span<std::byte> out) -> Result<void> {
    return position + out.size() > whole ? Error{ErrorCode::io, "a failing disk"} : read(position, out);
  };
  const std::vector<ZipMember> members = read_zip_directory(archive).value();
  for (whole = 0; whole < 50; ++whole) check_error(extract(archive, members[0]), ErrorCode::io, {"a failing disk"});
  check_error(read_zip_directory(archive), ErrorCode::io, {"a failing disk"});
}

TEST_CASE("a comment at the end, and bytes that look like its record, are passed over") {
  ByteVector archive = zip({{"a", {1, 2}}}, false);
  archive[archive.size() - 2] = 6;
  archive = joined(archive, to_bytes("PK\5\6.."));
  CHECK(first_member(archive).value() == ByteVector{1, 2});
}

TEST_CASE("an archive cut short at any byte is refused") {
  const ByteVector archive = zip({{"a", counting(20)}}, true);
  for (std::size_t size = 0; size < archive.size(); ++size) {
    const ByteVector cut = first_bytes(archive, size);
    check_error(read_zip_directory(in_memory(cut)), ErrorCode::bad_format, {"no end record"});
  }
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
      {"no ZIP64 record", with_byte(with_byte(archive, end + 10, 255), end + 11, 255), ErrorCode::bad_format,
       "no ZIP64 end record"},
      {"too short for one", with_byte(with_byte(zip({}, false), 10, 255), 11, 255), ErrorCode::bad_format,
       "no ZIP64 end record for the end record at byte 0"},
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

TEST_CASE("broken archives with wide numbers are refused") {
  const ByteVector archive = zip({{"a", counting(20)}}, false, ZipNumbers::wide);
  const std::size_t end = archive.size() - 22, locator = end - 20, record = locator - 56;
  const std::size_t directory = record - 46 - 1 - 33, extra = directory + 47;
  struct Case {
    const char* what;
    ByteVector file;
    ErrorCode code;
    std::string_view words;
  };
  const Case cases[] = {
      {"locator", with_byte(archive, locator, 'Q'), ErrorCode::bad_format, "no ZIP64 end record"},
      {"place of the record", with_byte(archive, locator + 15, 1), ErrorCode::bad_format, "no ZIP64 end record"},
      {"record", with_byte(archive, record, 'Q'), ErrorCode::bad_format, "no ZIP64 end record"},
      {"another disk", with_byte(archive, record + 16, 1), ErrorCode::unsupported, "several disks"},
      {"directory's place", with_byte(archive, record + 55, 1), ErrorCode::bad_format, "does not end at"},
      {"directory's size", with_byte(archive, record + 47, 1), ErrorCode::bad_format, "does not end at"},
      {"entries", with_byte(archive, record + 31, 1), ErrorCode::unsupported, "several disks"},
      {"no numbers", with_byte(archive, extra + 5, 2), ErrorCode::bad_format, "entry 0 of 1"},
      {"too few numbers", with_byte(archive, extra + 7, 16), ErrorCode::bad_format, "entry 0 of 1"},
      {"a field too long", with_byte(archive, extra + 2, 200), ErrorCode::bad_format, "entry 0 of 1"},
      {"size", with_byte(archive, extra + 9 + 7, 1), ErrorCode::bad_format, "got 20"},
      {"compressed size", with_byte(archive, extra + 17 + 7, 1), ErrorCode::bad_format, "beyond the end"},
      {"place", with_byte(archive, extra + 25 + 7, 1), ErrorCode::bad_format, "no local header"},
  };
  for (const Case& c : cases) {
    INFO(c.what);
    check_error(first_member(c.file), c.code, {"ZIP: ", c.words});
  }
}

TEST_CASE("a directory is taken up to a limit, in an archive of any size") {
  ByteVector tail = zip({}, false, ZipNumbers::wide);
  const std::uint64_t before = std::uint64_t{5} << 30, directory = (std::uint64_t{64} << 20) + 1;
  const auto put = [&](std::size_t at, std::uint64_t number) {
    for (std::size_t i = 0; i < 8; ++i) tail[at + i] = static_cast<std::uint8_t>(number >> 8 * i);
  };
  put(40, directory);
  put(48, before - directory);
  put(56 + 8, before);
  const ZipArchive archive{before + tail.size(), [&](std::uint64_t position, std::span<std::byte> out) -> Result<void> {
                             for (std::size_t i = 0; i < out.size(); ++i)
                               out[i] = position + i < before
                                            ? std::byte{}
                                            : std::byte{tail[static_cast<std::size_t>(position + i - before)]};
                             return {};
                           }};
  check_error(read_zip_directory(archive), ErrorCode::too_large, {"a directory of 67108865 bytes"});
}

}  // namespace
}  // namespace treadle::formats
