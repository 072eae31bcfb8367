// NPY files and ZIP archives built by hand.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <vector>

#include "support/files.hpp"

namespace treadle::test {

inline void append_number(ByteVector& bytes, std::uint64_t number, int count) {
  for (; count > 0; --count, number >>= 8) bytes.push_back(static_cast<std::uint8_t>(number));
}

/// An NPY file whose header is `header` as it stands, in version `major`.0.
inline ByteVector npy_with_header(std::string_view header, const ByteVector& elements, std::uint8_t major = 1) {
  ByteVector file = to_bytes("\x93NUMPY");
  append_number(file, major, 2);
  append_number(file, header.size(), major == 1 ? 2 : 4);
  return joined(joined(std::move(file), to_bytes(header)), elements);
}

/// As numpy.save writes it: `shape` is "(3, 4)".
inline ByteVector npy(std::string_view type, std::string_view shape, const ByteVector& elements,
                      std::uint8_t major = 1) {
  std::string header = "{'descr': '" + std::string{type} + "', 'fortran_order': False, 'shape': " + std::string{shape};
  header += ", }";
  header.resize((header.size() + 10) / 64 * 64 + 64 - 11, ' ');
  return npy_with_header(header + '\n', elements, major);
}

/// Whole numbers of so many bytes each.
inline ByteVector integers(const std::vector<std::int64_t>& values, int bytes) {
  ByteVector all;
  for (const std::int64_t value : values) append_number(all, static_cast<std::uint64_t>(value), bytes);
  return all;
}

inline ByteVector float_bytes(const std::vector<float>& values) {
  ByteVector bytes;
  for (const float value : values) append_number(bytes, std::bit_cast<std::uint32_t>(value), 4);
  return bytes;
}

struct ZipFile {
  std::string name;
  ByteVector contents;
};

enum class ZipNumbers { narrow, wide };

/// A ZIP archive, its members deflated or stored, its sizes and places where ZIP64 has them if they are wide.
inline ByteVector zip(const std::vector<ZipFile>& files, bool deflated, ZipNumbers numbers = ZipNumbers::narrow) {
  const bool wide = numbers == ZipNumbers::wide;
  ByteVector archive, directory;
  for (const ZipFile& file : files) {
    ByteVector packed = file.contents;
    if (deflated) {
      const ByteVector member = gzipped(file.contents);
      packed.assign(member.begin() + 10, member.end() - 8);
    }
    ByteVector common;
    append_number(common, 20, 2);
    append_number(common, 0, 2);
    append_number(common, deflated ? 8 : 0, 2);
    append_number(common, 0, 4);
    append_number(common, ::crc32_z(0, file.contents.data(), file.contents.size()), 4);
    append_number(common, wide ? 0xFFFF'FFFF : packed.size(), 4);
    append_number(common, wide ? 0xFFFF'FFFF : file.contents.size(), 4);
    append_number(common, file.name.size(), 2);
    ByteVector extra;
    if (wide) {
      append_number(extra, 0xCAFE, 2);  // another field before it
      append_number(extra, 1, 2);
      append_number(extra, 7, 1);
      append_number(extra, 1, 2);
      append_number(extra, 24, 2);
      for (const std::size_t number : {file.contents.size(), packed.size(), archive.size()})
        append_number(extra, number, 8);
    }
    append_number(common, extra.size(), 2);
    append_number(directory, 0x02014B50, 4);
    append_number(directory, 20, 2);
    directory = joined(std::move(directory), common);
    append_number(directory, 0, 10);
    append_number(directory, wide ? 0xFFFF'FFFF : archive.size(), 4);
    directory = joined(joined(std::move(directory), to_bytes(file.name)), extra);
    append_number(archive, 0x04034B50, 4);
    archive = joined(joined(joined(joined(std::move(archive), common), to_bytes(file.name)), extra), packed);
  }
  const std::size_t begin = archive.size();
  archive = joined(std::move(archive), directory);
  if (wide) {
    const std::size_t record = archive.size();
    append_number(archive, 0x06064B50, 4);
    append_number(archive, 44, 8);
    append_number(archive, 45, 2);
    append_number(archive, 45, 2);
    append_number(archive, 0, 8);
    for (const std::size_t number : {files.size(), files.size(), directory.size(), begin})
      append_number(archive, number, 8);
    append_number(archive, 0x07064B50, 4);
    append_number(archive, 0, 4);
    append_number(archive, record, 8);
    append_number(archive, 1, 4);
  }
  append_number(archive, 0x06054B50, 4);
  append_number(archive, 0, 4);
  append_number(archive, wide ? 0xFFFF : files.size(), 2);
  append_number(archive, wide ? 0xFFFF : files.size(), 2);
  append_number(archive, wide ? 0xFFFF'FFFF : directory.size(), 4);
  append_number(archive, wide ? 0xFFFF'FFFF : begin, 4);
  append_number(archive, 0, 2);
  return archive;
}

}  // namespace treadle::test
