#include "formats/number_type.hpp"

#include <array>
#include <bit>

namespace treadle::formats {
namespace {

constexpr std::array<std::string_view, 12> names = {"bool",  "uint8",  "int8",  "uint16",  "int16",   "uint32",
                                                    "int32", "uint64", "int64", "float16", "float32", "float64"};

const std::uint8_t* as_numbers(const std::byte* bytes) noexcept { return reinterpret_cast<const std::uint8_t*>(bytes); }

}  // namespace

std::string_view name(NumberType type) noexcept { return names[static_cast<std::size_t>(type)]; }

std::optional<NumberType> number_type(std::string_view name) noexcept {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) return static_cast<NumberType>(i);
  return std::nullopt;
}

std::size_t bytes_of(NumberType type) noexcept {
  return with_type(type, []<class T>(std::type_identity<T>) { return sizeof(T); });
}

float to_float(Half half) noexcept {
  const std::uint32_t sign = std::uint32_t{half.bits & 0x8000u} << 16, exponent = (half.bits >> 10) & 0x1Fu;
  const std::uint32_t fraction = half.bits & 0x3FFu;
  if (exponent == 0) {  // zero, or subnormal: fraction * 2^-24
    const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    return sign != 0 ? -magnitude : magnitude;
  }
  constexpr std::uint32_t bias = 127 - 15;
  return std::bit_cast<float>(sign | (exponent == 0x1F ? 0xFFu : exponent + bias) << 23 | fraction << 13);
}

std::size_t convert_floats(NumberType type, const std::byte* from, std::size_t count, std::byte* to) noexcept {
  return with_type(type, [&]<class T>(std::type_identity<T>) {
    for (std::size_t i = 0; i < count; ++i) {
      const float value = load_float<T>(as_numbers(from) + i * sizeof(T));
      if (!std::isfinite(value)) return i;
      std::memcpy(to + i * sizeof value, &value, sizeof value);
    }
    return count;
  });
}

std::size_t convert_labels(NumberType type, const std::byte* from, std::size_t count, std::size_t classes,
                           std::int32_t* to) noexcept {
  return with_type(type, [&]<class T>(std::type_identity<T>) {
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint8_t* const number = as_numbers(from) + i * sizeof(T);
      if constexpr (std::is_integral_v<T>) {
        const T label = load_little_endian<T>(number);
        if (std::cmp_less(label, 0) || std::cmp_greater_equal(label, classes)) return i;
        to[i] = static_cast<std::int32_t>(label);
      } else {
        to[i] = *number != 0;
        if (classes <= static_cast<std::size_t>(to[i])) return i;
      }
    }
    return count;
  });
}

Message shown_whole(NumberType type, const std::byte* from) noexcept {
  return with_type(type, [&]<class T>(std::type_identity<T>) {
    Message message;
    if constexpr (std::is_integral_v<T>)
      message << load_little_endian<T>(as_numbers(from));
    else
      message << (*as_numbers(from) != 0 ? 1 : 0);
    return message;
  });
}

}  // namespace treadle::formats
