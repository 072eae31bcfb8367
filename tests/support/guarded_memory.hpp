// Memory that shows when something was written beside it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <vector>

namespace treadle::test {

/// Memory for a plan, aligned, with guards on both sides.
class GuardedMemory {
 public:
  explicit GuardedMemory(std::size_t bytes) : bytes_(bytes), lines_((2 * guard + bytes) / 64 + 1) {
    std::memset(lines_.data(), static_cast<int>(guard_byte), lines_.size() * 64);
  }
  std::span<std::byte> memory() { return {begin() + guard, bytes_}; }
  bool guards_whole() {
    const auto untouched = [](std::byte b) { return b == guard_byte; };
    return std::all_of(begin(), begin() + guard, untouched) &&
           std::all_of(begin() + guard + bytes_, begin() + lines_.size() * 64, untouched);
  }

 private:
  static constexpr std::size_t guard = 4096;
  static constexpr std::byte guard_byte{0xA5};

  struct alignas(64) Line {
    std::byte bytes[64];
  };
  std::byte* begin() { return lines_.data()->bytes; }

  std::size_t bytes_;
  std::vector<Line> lines_;
};

}  // namespace treadle::test
