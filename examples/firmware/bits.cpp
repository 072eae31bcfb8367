// Bits in words, to compare machines by.
#include "example.hpp"

#include <bit>

std::uint64_t hash(std::span<const float> values) noexcept {
  std::uint64_t sum = 0xcbf29ce484222325;
  for (float value : values)
    for (std::uint32_t bits = std::bit_cast<std::uint32_t>(value), byte = 0; byte < 4; ++byte, bits >>= 8)
      sum = (sum ^ (bits & 0xff)) * 0x100000001b3;
  return sum;
}

void print_bits(std::uint64_t bits, int digits) noexcept {
  for (int digit = digits - 1; digit >= 0; --digit) {
    const char text = "0123456789abcdef"[bits >> (4 * digit) & 0xf];
    print({&text, 1});
  }
}
