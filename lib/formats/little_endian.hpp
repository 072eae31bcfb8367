// Numbers as files keep them, least significant byte first, whatever this machine does.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace treadle::formats {

/// The unsigned number that has as many bytes as T.
template <class T>
using BitsOf = std::conditional_t<
    sizeof(T) == 8, std::uint64_t,
    std::conditional_t<sizeof(T) == 4, std::uint32_t, std::conditional_t<sizeof(T) == 2, std::uint16_t, std::uint8_t>>>;

/// Compilers make one load of this. T has 1, 2, 4 or 8 bytes.
template <class T>
T load_little_endian(const std::uint8_t* from) noexcept {
  static_assert(sizeof(T) == sizeof(BitsOf<T>));
  BitsOf<T> bits = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    bits = static_cast<BitsOf<T>>(bits | static_cast<BitsOf<T>>(from[i]) << (8 * i));
  return std::bit_cast<T>(bits);
}

template <class T>
void store_little_endian(T value, std::uint8_t* to) noexcept {
  static_assert(sizeof(T) == sizeof(BitsOf<T>));
  const auto bits = std::bit_cast<BitsOf<T>>(value);
  for (std::size_t i = 0; i < sizeof(T); ++i) to[i] = static_cast<std::uint8_t>(bits >> (8 * i));
}

}  // namespace treadle::formats
