// Checksums that tell a damaged file from a whole one. Neither withstands an attacker: a file is checked for what it
// says as well.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "formats/file.hpp"

namespace treadle::formats {

/// CRC-32C (polynomial 0x1EDC6F41, RFC 3720 appendix B.4) of `bytes`, going on from the checksum of what precedes them.
std::uint32_t crc32c(Bytes bytes, std::uint32_t before = 0) noexcept;

/// XXH3 with 64 bits (https://github.com/Cyan4973/xxHash) over bytes that come in pieces. It is made of libxxhash's
/// header alone, so that nothing is linked, and takes as long as a copy of the bytes.
class Hash {
 public:
  Hash();  // throws bad_alloc
  void update(Bytes bytes) noexcept;
  std::uint64_t value() const noexcept;

 private:
  struct State;
  struct Release {
    void operator()(State* state) const noexcept;
  };
  std::unique_ptr<State, Release> state_;
};

}  // namespace treadle::formats
