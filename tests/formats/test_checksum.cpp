#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <string_view>

#include "formats/checksum.hpp"
#include "support/files.hpp"

namespace treadle::formats {
namespace {

using test::ByteVector, test::counting;

Bytes bytes_of(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

TEST_CASE("CRC-32C gives the values of RFC 3720, appendix B.4") {
  const ByteVector zeros(32, 0), ones(32, 0xFF);
  ByteVector up(32), down(32);
  std::iota(up.begin(), up.end(), std::uint8_t{0});
  std::reverse_copy(up.begin(), up.end(), down.begin());
  CHECK(crc32c(zeros) == 0x8A9136AA);
  CHECK(crc32c(ones) == 0x62A8AB43);
  CHECK(crc32c(up) == 0x46DD794E);
  CHECK(crc32c(down) == 0x113FDB5C);
  CHECK(crc32c(bytes_of("123456789")) == 0xE3069283);
  CHECK(crc32c({}) == 0);
}

TEST_CASE("CRC-32C of pieces is that of the whole, wherever it is cut") {
  const ByteVector bytes = counting(45);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut)
    CHECK(crc32c(Bytes(bytes).subspan(cut), crc32c(Bytes(bytes).first(cut))) == crc32c(bytes));
}

TEST_CASE("XXH3 gives the values of its own tests, in any pieces") {
  // xxhsum's sanity checks: XXH3 with 64 bits and seed 0 over nothing.
  CHECK(Hash{}.value() == 0x2D06800538D394C2);
  const ByteVector bytes = counting(3000);
  Hash whole;
  whole.update(bytes);
  for (std::size_t cut : {1, 7, 256, 1024, 2999}) {
    Hash pieces;
    pieces.update(Bytes(bytes).first(cut));
    pieces.update(Bytes(bytes).subspan(cut));
    CHECK(pieces.value() == whole.value());
  }
  ByteVector changed = bytes;
  changed[1234] ^= 1;
  Hash other;
  other.update(changed);
  CHECK(other.value() != whole.value());
}

}  // namespace
}  // namespace treadle::formats
