// The types of numbers that files of arrays hold, least significant byte first, and what becomes of them.
#pragma once

#include <treadle/result.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "formats/little_endian.hpp"

namespace treadle::formats {

enum class NumberType : std::uint8_t {
  boolean,
  uint8,
  int8,
  uint16,
  int16,
  uint32,
  int32,
  uint64,
  int64,
  float16,
  float32,
  float64,
};

/// As NumPy calls it: "float32", "bool".
std::string_view name(NumberType type) noexcept;
/// The type of that name.
std::optional<NumberType> number_type(std::string_view name) noexcept;
/// Of one number.
std::size_t bytes_of(NumberType type) noexcept;
/// Whether it is none of the floating-point types, and so may number classes.
constexpr bool is_whole(NumberType type) noexcept { return type < NumberType::float16; }

/// A byte of which any but 0 is true, as NumPy takes it.
struct Boolean {
  std::uint8_t byte;
};
/// IEEE 754 binary16.
struct Half {
  std::uint16_t bits;
};

/// Every one of them is a float32.
float to_float(Half half) noexcept;

/// Calls f(std::type_identity<T>) with the type of C++ that holds such numbers.
template <class F>
decltype(auto) with_type(NumberType type, F&& f) {
  switch (type) {
    case NumberType::boolean:
      return f(std::type_identity<Boolean>{});
    case NumberType::uint8:
      return f(std::type_identity<std::uint8_t>{});
    case NumberType::int8:
      return f(std::type_identity<std::int8_t>{});
    case NumberType::uint16:
      return f(std::type_identity<std::uint16_t>{});
    case NumberType::int16:
      return f(std::type_identity<std::int16_t>{});
    case NumberType::uint32:
      return f(std::type_identity<std::uint32_t>{});
    case NumberType::int32:
      return f(std::type_identity<std::int32_t>{});
    case NumberType::uint64:
      return f(std::type_identity<std::uint64_t>{});
    case NumberType::int64:
      return f(std::type_identity<std::int64_t>{});
    case NumberType::float16:
      return f(std::type_identity<Half>{});
    case NumberType::float32:
      return f(std::type_identity<float>{});
    case NumberType::float64:
      break;
  }
  return f(std::type_identity<double>{});
}

/// The number as the model sees it: exactly where float32 has it, else rounded to the nearest, ties to even.
template <class T>
float load_float(const std::uint8_t* from) noexcept {
  if constexpr (std::is_same_v<T, Boolean>)
    return *from != 0 ? 1.0f : 0.0f;
  else if constexpr (std::is_same_v<T, Half>)
    return to_float(Half{load_little_endian<std::uint16_t>(from)});
  else
    return static_cast<float>(load_little_endian<T>(from));
}

/// `count` numbers at `from` as float32 in this machine's order to `to`, neither aligned. The index of the first that
/// is not finite, or `count`.
std::size_t convert_floats(NumberType type, const std::byte* from, std::size_t count, std::byte* to) noexcept;

/// `count` whole numbers at `from` as class numbers to `to`. The index of the first that is not one of `classes`, or
/// `count`.
std::size_t convert_labels(NumberType type, const std::byte* from, std::size_t count, std::size_t classes,
                           std::int32_t* to) noexcept;

/// The whole number at `from` in a message.
Message shown_whole(NumberType type, const std::byte* from) noexcept;

}  // namespace treadle::formats
