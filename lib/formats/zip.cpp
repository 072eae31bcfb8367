#include "formats/zip.hpp"

#include <zlib.h>

#include "base/checked.hpp"
#include "base/out_of_memory.hpp"
#include "formats/text.hpp"

namespace treadle::formats {
namespace {

constexpr std::size_t end_bytes = 22, member_bytes = 46, local_bytes = 30;
constexpr std::uint32_t end_signature = 0x06054B50, member_signature = 0x02014B50, local_signature = 0x04034B50;

std::uint16_t word(Bytes bytes, std::size_t at) noexcept {
  return static_cast<std::uint16_t>(bytes[at] | bytes[at + 1] << 8);
}
std::uint32_t double_word(Bytes bytes, std::size_t at) noexcept {
  return std::uint32_t{word(bytes, at)} | std::uint32_t{word(bytes, at + 2)} << 16;
}

Error bad_zip(ErrorCode code, const Message& message) noexcept { return {code, Message{"ZIP: "} << message.text()}; }

Error bad_zip(ErrorCode code, const ZipMember& member, const Message& message) noexcept {
  return bad_zip(code, Message{"member "} << shown_text(member.name) << ": " << message.text());
}

/// The end record is the last thing in the file but for a comment, whose length it has.
Result<std::size_t> find_end(Bytes file) {
  const std::size_t last = file.size() < end_bytes ? 0 : file.size() - end_bytes;
  for (std::size_t back = 0; file.size() >= end_bytes && back <= last && back <= 0xFFFF; ++back)
    if (double_word(file, last - back) == end_signature && word(file, last - back + 20) == back) return last - back;
  return bad_zip(ErrorCode::bad_format, Message{"no end record in the file's "} << file.size() << " bytes");
}

/// The directory's bytes and how many members it lists.
struct Directory {
  std::size_t begin;
  std::size_t end;
  std::size_t members;
};

Result<Directory> find_directory(Bytes file) {
  const Result<std::size_t> end = find_end(file);
  if (!end) return end.error();
  const std::size_t members = word(file, *end + 10), size = double_word(file, *end + 12);
  const std::size_t begin = double_word(file, *end + 16);
  if (members == 0xFFFF || size == 0xFFFF'FFFF || begin == 0xFFFF'FFFF)
    return bad_zip(ErrorCode::unsupported, "ZIP64 archives are not read");
  if (word(file, *end + 4) != 0 || word(file, *end + 6) != 0 || word(file, *end + 8) != members)
    return bad_zip(ErrorCode::unsupported, "archives on several disks are not read");
  if (begin > *end || size != *end - begin)
    return bad_zip(ErrorCode::bad_format, Message{"the directory of "} << size << " bytes from byte " << begin
                                                                       << " on does not end at the end record at "
                                                                       << *end);
  return Directory{begin, *end, members};
}

Result<std::vector<ZipMember>> read_directory(Bytes file) {
  const Result<Directory> directory = find_directory(file);
  if (!directory) return directory.error();
  std::vector<ZipMember> members;
  std::size_t at = directory->begin;
  for (std::size_t i = 0; i < directory->members; ++i) {
    const std::size_t left = directory->end - at;
    const bool there = left >= member_bytes && double_word(file, at) == member_signature;
    const std::size_t name = there ? word(file, at + 28) : 0;
    const std::size_t bytes = there ? member_bytes + name + word(file, at + 30) + word(file, at + 32) : 0;
    if (!there || bytes > left)
      return bad_zip(ErrorCode::bad_format, Message{"entry "} << i << " of " << directory->members
                                                              << " in the directory, at byte " << at
                                                              << ", is damaged or cut short");
    ZipMember member;
    member.name.assign(reinterpret_cast<const char*>(file.data()) + at + member_bytes, name);
    member.method = word(file, at + 10);
    member.checksum = double_word(file, at + 16);
    member.compressed = double_word(file, at + 20);
    member.size = double_word(file, at + 24);
    member.offset = double_word(file, at + 42);
    if ((word(file, at + 8) & 1) != 0) return bad_zip(ErrorCode::unsupported, member, "encrypted");
    members.push_back(std::move(member));
    at += bytes;
  }
  if (at != directory->end)
    return bad_zip(ErrorCode::bad_format,
                   Message{} << directory->end - at << " bytes follow the directory's last entry");
  return members;
}

/// The member's compressed bytes.
Result<Bytes> find_contents(Bytes file, const ZipMember& member) {
  const std::size_t left = member.offset > file.size() ? 0 : file.size() - member.offset;
  if (left < local_bytes || double_word(file, member.offset) != local_signature)
    return bad_zip(ErrorCode::bad_format, member, Message{"no local header at byte "} << member.offset);
  const std::size_t skipped = local_bytes + word(file, member.offset + 26) + word(file, member.offset + 28);
  if (skipped > left || member.compressed > left - skipped)
    return bad_zip(ErrorCode::bad_format, member,
                   Message{} << member.compressed << " bytes at byte " << member.offset
                             << " go beyond the end of the file at " << file.size());
  return file.subspan(member.offset + skipped, member.compressed);
}

/// Inflates all of `compressed` into exactly `bytes.size()` bytes; false when anything else comes out.
bool inflate_whole(Bytes compressed, std::vector<std::uint8_t>& bytes) noexcept {
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return false;
  std::uint8_t nothing = 0;
  stream.next_in = const_cast<Bytef*>(compressed.data());
  stream.avail_in = static_cast<uInt>(compressed.size());
  stream.next_out = bytes.empty() ? &nothing : bytes.data();
  stream.avail_out = static_cast<uInt>(bytes.size());
  const bool ended = inflate(&stream, Z_FINISH) == Z_STREAM_END;
  const bool whole = ended && stream.avail_in == 0 && stream.avail_out == 0;
  inflateEnd(&stream);
  return whole;
}

Result<std::vector<std::uint8_t>> extract_contents(Bytes file, const ZipMember& member) {
  const Result<Bytes> contents = find_contents(file, member);
  if (!contents) return contents.error();
  std::vector<std::uint8_t> bytes;
  if (member.method == 0) {
    bytes.assign(contents->begin(), contents->end());
  } else if (member.method == 8) {
    // Deflate makes at most 1032 bytes from one: a small file cannot ask for much memory.
    if (member.size > (base::CheckedSize{contents->size()} * 1032).saturated())
      return bad_zip(ErrorCode::bad_format, member,
                     Message{} << contents->size() << " compressed bytes cannot become " << member.size);
    bytes.resize(member.size);
    if (!inflate_whole(*contents, bytes))
      return bad_zip(ErrorCode::bad_format, member,
                     Message{"damaged, expected "} << member.size << " bytes to come out");
  } else {
    return bad_zip(ErrorCode::unsupported, member,
                   Message{"compression method "} << member.method << ", expected 0 or 8 (deflate)");
  }
  if (bytes.size() != member.size)
    return bad_zip(ErrorCode::bad_format, member,
                   Message{"stored bytes: expected "} << member.size << ", got " << bytes.size());
  if (crc32_z(0, bytes.data(), bytes.size()) != member.checksum)
    return bad_zip(ErrorCode::bad_format, member, "the checksum does not fit");
  return bytes;
}

}  // namespace

bool is_zip(Bytes file) noexcept { return file.size() >= 4 && double_word(file, 0) == local_signature; }

Result<std::vector<ZipMember>> read_zip_directory(Bytes file) {
  return base::or_out_of_memory("ZIP", [&] { return read_directory(file); });
}

Result<std::vector<std::uint8_t>> extract(Bytes file, const ZipMember& member) {
  return base::or_out_of_memory("ZIP", [&] { return extract_contents(file, member); });
}

}  // namespace treadle::formats
