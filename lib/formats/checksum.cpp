#include "formats/checksum.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>
#include <new>

#include "formats/little_endian.hpp"

namespace treadle::formats {
namespace {

using CrcTables = std::array<std::array<std::uint32_t, 256>, 8>;

/// tables[n][b] is what byte b does to the checksum when n bytes follow it, so that eight bytes go in one step
/// (Kounavis and Berry, "Novel table lookup-based algorithms for high-performance CRC generation", 2008).
constexpr CrcTables make_tables() noexcept {
  CrcTables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0x82F63B78 : 0);
    tables[0][byte] = crc;
  }
  for (std::size_t n = 1; n < tables.size(); ++n)
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t shorter = tables[n - 1][byte];
      tables[n][byte] = shorter >> 8 ^ tables[0][shorter & 0xFF];
    }
  return tables;
}

constexpr CrcTables crc_tables = make_tables();

}  // namespace

std::uint32_t crc32c(Bytes bytes, std::uint32_t before) noexcept {
  std::uint32_t crc = ~before;
  for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
    const std::uint64_t eight = load_little_endian<std::uint64_t>(bytes.data()) ^ crc;
    crc = 0;
    for (std::size_t n = 0; n < 8; ++n) crc ^= crc_tables[7 - n][eight >> 8 * n & 0xFF];
  }
  for (const std::uint8_t byte : bytes) crc = crc >> 8 ^ crc_tables[0][(crc ^ byte) & 0xFF];
  return ~crc;
}

struct Hash::State {
  XXH3_state_t xxh3;
};

void Hash::Release::operator()(State* state) const noexcept { delete state; }

Hash::Hash() : state_(new State) { XXH3_64bits_reset(&state_->xxh3); }

void Hash::update(Bytes bytes) noexcept { XXH3_64bits_update(&state_->xxh3, bytes.data(), bytes.size()); }

std::uint64_t Hash::value() const noexcept { return XXH3_64bits_digest(&state_->xxh3); }

}  // namespace treadle::formats
