#include "formats/idx.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/checked.hpp"
#include "formats/gzip.hpp"

namespace treadle::formats {
namespace {

constexpr std::uint8_t unsigned_byte = 0x08;

std::string_view element_type(std::uint8_t code) noexcept {
  switch (code) {
    case unsigned_byte:
      return "unsigned byte";
    case 0x09:
      return "signed byte";
    case 0x0B:
      return "int16";
    case 0x0C:
      return "int32";
    case 0x0D:
      return "float32";
    case 0x0E:
      return "float64";
    default:
      return "";
  }
}

std::size_t big_endian_32(Bytes bytes) noexcept {
  return std::size_t{bytes[0]} << 24 | std::size_t{bytes[1]} << 16 | std::size_t{bytes[2]} << 8 | std::size_t{bytes[3]};
}

Error bad_idx(ErrorCode code, const Message& message) noexcept { return {code, Message{"IDX: "} << message.text()}; }

/// Checks the four bytes of the magic number and returns the rank.
Result<std::size_t> parse_magic(Bytes file) {
  if (file.size() < 4)
    return bad_idx(ErrorCode::bad_format,
                   Message{"the magic number at byte 0 needs 4 bytes, the file has "} << file.size());
  const std::string_view type = element_type(file[2]);
  if (file[0] != 0 || file[1] != 0 || type.empty())
    return bad_idx(ErrorCode::bad_format, Message{"the magic number at byte 0 is "} << file[0] << ' ' << file[1] << ' '
                                                                                    << file[2] << ' ' << file[3]
                                                                                    << ", expected 0 0 8 and a rank");
  if (file[2] != unsigned_byte)
    return bad_idx(ErrorCode::unsupported,
                   Message{"byte 2 says elements of "} << type << ", only unsigned bytes are read");
  const std::size_t rank = file[3];
  if (rank == 0 || rank > Shape::max_rank)
    return bad_idx(ErrorCode::unsupported,
                   Message{"byte 3 says rank "} << rank << ", expected 1 ... " << Shape::max_rank);
  return rank;
}

}  // namespace

Result<IdxHeader> parse_idx_header(Bytes file, std::size_t most) {
  const Result<std::size_t> rank = parse_magic(file);
  if (!rank) return rank.error();
  IdxHeader header;
  header.bytes = 4 + 4 * *rank;
  std::array<std::size_t, Shape::max_rank> extents{};
  base::CheckedSize elements{1};
  for (std::size_t axis = 0; axis < *rank; ++axis) {
    const std::size_t position = 4 + 4 * axis;
    if (file.size() < position + 4)
      return bad_idx(ErrorCode::bad_format, Message{"extent "} << axis << " at byte " << position
                                                               << " needs 4 bytes, the file ends at " << file.size());
    extents[axis] = big_endian_32(file.subspan(position, 4));
    if (extents[axis] == 0)
      return bad_idx(ErrorCode::bad_format, Message{"extent "} << axis << " at byte " << position << " is 0");
    elements *= extents[axis];
  }
  header.shape = Shape{std::span<const std::size_t>(extents.data(), *rank)};
  const base::CheckedSize total = elements + header.bytes;
  if (!total.valid() || total.saturated() > most)
    return bad_idx(ErrorCode::too_large,
                   Message{"elements "} << header.shape << " are more than the " << most << " bytes that are read");
  header.elements = elements.saturated();
  return header;
}

Result<IdxArray> parse_idx(std::vector<std::uint8_t> file) {
  const bool compressed = is_gzip(file);
  std::vector<std::uint8_t> start;
  if (compressed) {
    Result<std::vector<std::uint8_t>> first = gunzip_first(file, max_idx_header);
    if (!first) return first.error();
    start = std::move(*first);
  }
  const Result<IdxHeader> header = parse_idx_header(compressed ? Bytes{start} : Bytes{file});
  if (!header) return header.error();
  if (compressed) {
    Result<std::vector<std::uint8_t>> all = gunzip(file, header->file_bytes());
    if (!all) return all.error();
    file = std::move(*all);
  }
  if (file.size() != header->file_bytes())
    return bad_idx(ErrorCode::bad_format, Message{"elements "} << header->shape << " from byte " << header->bytes
                                                               << " on make " << header->file_bytes()
                                                               << " bytes, the file has " << file.size());
  file.erase(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(header->bytes));
  return IdxArray{header->shape, std::move(file)};
}

}  // namespace treadle::formats
