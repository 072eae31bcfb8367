#include "formats/zip.hpp"

#include <algorithm>

#include "base/out_of_memory.hpp"
#include "formats/little_endian.hpp"
#include "formats/text.hpp"

namespace treadle::formats {
namespace {

using Piece = std::vector<std::uint8_t>;

constexpr std::size_t end_bytes = 22, locator_bytes = 20, end64_bytes = 56, member_bytes = 46, local_bytes = 30;
constexpr std::uint32_t end_signature = 0x06054B50, locator_signature = 0x07064B50, end64_signature = 0x06064B50,
                        member_signature = 0x02014B50, local_signature = 0x04034B50;
constexpr std::uint32_t elsewhere = 0xFFFF'FFFF;  // the number is where ZIP64 has it
constexpr std::size_t largest_directory = std::size_t{64} << 20;

std::uint16_t word(const Piece& bytes, std::size_t at) noexcept {
  return load_little_endian<std::uint16_t>(bytes.data() + at);
}
std::uint32_t double_word(const Piece& bytes, std::size_t at) noexcept {
  return load_little_endian<std::uint32_t>(bytes.data() + at);
}
std::uint64_t quad_word(const Piece& bytes, std::size_t at) noexcept {
  return load_little_endian<std::uint64_t>(bytes.data() + at);
}

Error bad_zip(ErrorCode code, const Message& message) noexcept { return {code, Message{"ZIP: "} << message.text()}; }

Error bad_zip(ErrorCode code, const ZipMember& member, const Message& message) noexcept {
  return bad_zip(code, Message{"member "} << shown_text(member.name) << ": " << message.text());
}

/// `size` bytes from `position` on, which are in the archive.
Result<Piece> read_piece(const ZipArchive& archive, std::uint64_t position, std::size_t size) {
  Piece piece(size);
  if (const Result<void> got = archive.read(position, std::as_writable_bytes(std::span(piece))); !got)
    return got.error();
  return piece;
}

/// The directory's place and how many members it lists.
struct Directory {
  std::uint64_t begin;
  std::uint64_t size;
  std::uint64_t end;  // where the record that tells of it begins
  std::uint64_t members;
  bool one_disk;
};

/// What the ZIP64 end record says, which a locator before the end record at `end` has the place of.
Result<Directory> find_large_directory(const ZipArchive& archive, std::uint64_t end) {
  const auto lacking = [&] {
    return bad_zip(ErrorCode::bad_format, Message{"no ZIP64 end record for the end record at byte "} << end);
  };
  if (end < locator_bytes + end64_bytes) return lacking();
  const Result<Piece> locator = read_piece(archive, end - locator_bytes, locator_bytes);
  if (!locator) return locator.error();
  const std::uint64_t at = quad_word(*locator, 8);
  if (double_word(*locator, 0) != locator_signature || at > end - locator_bytes - end64_bytes) return lacking();
  const Result<Piece> record = read_piece(archive, at, end64_bytes);
  if (!record) return record.error();
  if (double_word(*record, 0) != end64_signature) return lacking();
  const std::uint64_t members = quad_word(*record, 32);
  return Directory{
      .begin = quad_word(*record, 48),
      .size = quad_word(*record, 40),
      .end = at,
      .members = members,
      .one_disk = double_word(*record, 16) == 0 && double_word(*record, 20) == 0 && quad_word(*record, 24) == members};
}

/// The end record is the last thing in the file but for a comment, whose length it has.
Result<Directory> find_directory(const ZipArchive& archive) {
  const auto tail_bytes = static_cast<std::size_t>(std::min<std::uint64_t>(archive.size, end_bytes + 0xFFFF));
  const Result<Piece> tail = read_piece(archive, archive.size - tail_bytes, tail_bytes);
  if (!tail) return tail.error();
  for (std::size_t comment = 0; comment + end_bytes <= tail_bytes; ++comment) {
    const std::size_t at = tail_bytes - end_bytes - comment;
    if (double_word(*tail, at) != end_signature || word(*tail, at + 20) != comment) continue;
    const std::uint64_t end = archive.size - tail_bytes + at;
    const std::uint16_t members = word(*tail, at + 10);
    const std::uint32_t size = double_word(*tail, at + 12), begin = double_word(*tail, at + 16);
    if (members == 0xFFFF || size == elsewhere || begin == elsewhere) return find_large_directory(archive, end);
    return Directory{begin, size, end, members,
                     word(*tail, at + 4) == 0 && word(*tail, at + 6) == 0 && word(*tail, at + 8) == members};
  }
  return bad_zip(ErrorCode::bad_format, Message{"no end record in the file's "} << archive.size << " bytes");
}

/// Puts the numbers that are elsewhere into `member`, from an entry's extra fields; false if they lack.
bool read_large_numbers(ZipMember& member, const Piece& directory, std::size_t at, std::size_t bytes) {
  std::uint64_t* numbers[] = {&member.size, &member.compressed, &member.offset};
  const auto is_elsewhere = [](const std::uint64_t* number) { return *number == elsewhere; };
  if (std::none_of(std::begin(numbers), std::end(numbers), is_elsewhere)) return true;
  while (bytes >= 4) {
    const std::size_t id = word(directory, at), field = std::size_t{word(directory, at + 2)} + 4;
    if (field > bytes) return false;
    if (id == 1) {
      std::size_t place = 4;
      for (std::uint64_t* number : numbers) {
        if (!is_elsewhere(number)) continue;
        if (place + 8 > field) return false;
        *number = quad_word(directory, at + place);
        place += 8;
      }
      return true;
    }
    at += field;
    bytes -= field;
  }
  return false;
}

Result<std::vector<ZipMember>> read_members(const Piece& directory, std::uint64_t begin, std::uint64_t count) {
  std::vector<ZipMember> members;
  std::size_t at = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::size_t left = directory.size() - at;
    const bool there = left >= member_bytes && double_word(directory, at) == member_signature;
    const std::size_t name = there ? word(directory, at + 28) : 0, extra = there ? word(directory, at + 30) : 0;
    const std::size_t bytes = there ? member_bytes + name + extra + word(directory, at + 32) : 0;
    ZipMember member;
    if (there && bytes <= left) {
      member.name.assign(reinterpret_cast<const char*>(directory.data()) + at + member_bytes, name);
      member.method = word(directory, at + 10);
      member.checksum = double_word(directory, at + 16);
      member.compressed = double_word(directory, at + 20);
      member.size = double_word(directory, at + 24);
      member.offset = double_word(directory, at + 42);
    }
    if (!there || bytes > left || !read_large_numbers(member, directory, at + member_bytes + name, extra))
      return bad_zip(ErrorCode::bad_format, Message{"entry "} << i << " of " << count << " in the directory, at byte "
                                                              << begin + at << ", is damaged or cut short");
    if ((word(directory, at + 8) & 1) != 0) return bad_zip(ErrorCode::unsupported, member, "encrypted");
    members.push_back(std::move(member));
    at += bytes;
  }
  if (at != directory.size())
    return bad_zip(ErrorCode::bad_format,
                   Message{} << directory.size() - at << " bytes follow the directory's last entry");
  return members;
}

Result<std::vector<ZipMember>> read_directory(const ZipArchive& archive) {
  const Result<Directory> found = find_directory(archive);
  if (!found) return found.error();
  if (!found->one_disk) return bad_zip(ErrorCode::unsupported, "archives on several disks are not read");
  if (found->begin > found->end || found->size != found->end - found->begin)
    return bad_zip(ErrorCode::bad_format, Message{"the directory of "}
                                              << found->size << " bytes from byte " << found->begin
                                              << " on does not end at the end record at " << found->end);
  if (found->size > largest_directory)
    return bad_zip(ErrorCode::too_large,
                   Message{"a directory of "} << found->size << " bytes, expected at most " << largest_directory);
  const Result<Piece> directory = read_piece(archive, found->begin, static_cast<std::size_t>(found->size));
  if (!directory) return directory.error();
  return read_members(*directory, found->begin, found->members);
}

}  // namespace

Result<std::vector<ZipMember>> read_zip_directory(const ZipArchive& archive) {
  return base::or_out_of_memory("ZIP", [&] { return read_directory(archive); });
}

Result<std::uint64_t> find_zip_contents(const ZipArchive& archive, const ZipMember& member) {
  return base::or_out_of_memory("ZIP", [&]() -> Result<std::uint64_t> {
    const auto no_header = [&] {
      return bad_zip(ErrorCode::bad_format, member, Message{"no local header at byte "} << member.offset);
    };
    const std::uint64_t left = archive.size - std::min(member.offset, archive.size);
    if (left < local_bytes) return no_header();
    const Result<Piece> header = read_piece(archive, member.offset, local_bytes);
    if (!header) return header.error();
    if (double_word(*header, 0) != local_signature) return no_header();
    const std::uint64_t skipped = local_bytes + word(*header, 26) + word(*header, 28);
    if (skipped > left || member.compressed > left - skipped)
      return bad_zip(ErrorCode::bad_format, member,
                     Message{} << member.compressed << " bytes at byte " << member.offset
                               << " go beyond the end of the file at " << archive.size);
    return member.offset + skipped;
  });
}

}  // namespace treadle::formats
