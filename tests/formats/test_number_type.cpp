#include "formats/number_type.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "support/numpy_files.hpp"

namespace treadle::formats {
namespace {

using test::append_number, test::ByteVector;

constexpr NumberType all_types[] = {NumberType::boolean, NumberType::uint8,   NumberType::int8,    NumberType::uint16,
                                    NumberType::int16,   NumberType::uint32,  NumberType::int32,   NumberType::uint64,
                                    NumberType::int64,   NumberType::float16, NumberType::float32, NumberType::float64};

std::vector<float> floats(NumberType type, const ByteVector& numbers) {
  std::vector<float> values(numbers.size() / bytes_of(type));
  const std::size_t good = convert_floats(type, std::as_bytes(std::span(numbers)).data(), values.size(),
                                          std::as_writable_bytes(std::span(values)).data());
  CHECK(good == values.size());
  return values;
}

TEST_CASE("types have the names and sizes that NumPy gives them") {
  for (const NumberType type : all_types) {
    CHECK(number_type(name(type)) == type);
    CHECK(is_whole(type) == !name(type).starts_with("float"));
  }
  CHECK(name(NumberType::int16) == "int16");
  CHECK(name(NumberType::boolean) == "bool");
  CHECK(bytes_of(NumberType::uint64) == 8);
  CHECK(!number_type("int"));
}

TEST_CASE("whole numbers become the nearest float32, ties to even") {
  const auto of = [](NumberType type, std::int64_t value) {
    return floats(type, test::integers({value}, static_cast<int>(bytes_of(type))))[0];
  };
  constexpr std::int64_t exact = 1 << 24;
  CHECK(of(NumberType::boolean, 0) == 0.0f);
  CHECK(of(NumberType::boolean, 1) == 1.0f);
  CHECK(of(NumberType::boolean, 255) == 1.0f);
  CHECK(of(NumberType::uint8, 255) == 255.0f);
  CHECK(of(NumberType::int8, -128) == -128.0f);
  CHECK(of(NumberType::uint16, 65535) == 65535.0f);
  CHECK(of(NumberType::int16, -32768) == -32768.0f);
  CHECK(of(NumberType::int16, 32767) == 32767.0f);
  for (const NumberType type : {NumberType::int32, NumberType::int64, NumberType::uint32, NumberType::uint64}) {
    CHECK(of(type, exact) == 0x1p24f);
    CHECK(of(type, exact + 1) == 0x1p24f);
    CHECK(of(type, exact + 2) == 0x1.000002p24f);
    CHECK(of(type, exact + 3) == 0x1.000004p24f);
  }
  CHECK(of(NumberType::int32, -exact - 3) == -0x1.000004p24f);
  CHECK(of(NumberType::uint32, 0xFFFF'FFFF) == 0x1p32f);
  CHECK(of(NumberType::int64, std::numeric_limits<std::int64_t>::min()) == -0x1p63f);
  CHECK(of(NumberType::uint64, -1) == 0x1p64f);
}

TEST_CASE("every float16 becomes the float32 that it is") {
  for (std::uint32_t bits = 0; bits < 0x1'0000; ++bits) {
    const float value = to_float(Half{static_cast<std::uint16_t>(bits)});
    const int exponent = static_cast<int>(bits >> 10 & 31);
    const auto fraction = static_cast<float>(bits & 1023);
    REQUIRE(std::signbit(value) == (bits >= 0x8000));
    const float size = std::abs(value);
    if (exponent == 31)
      REQUIRE((fraction == 0 ? std::isinf(value) : std::isnan(value)));
    else
      REQUIRE(size == (exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25)));
  }
}

TEST_CASE("floating-point numbers are rounded to the nearest, and must be finite then") {
  ByteVector numbers;
  for (const double value : {0.1, -1e-60, 1e-40, 3e38}) append_number(numbers, std::bit_cast<std::uint64_t>(value), 8);
  CHECK(floats(NumberType::float64, numbers) == std::vector<float>{0.1f, -0.0f, 1e-40f, 3e38f});
  CHECK(floats(NumberType::float32, test::float_bytes({1e-45f, -2})) == std::vector<float>{1e-45f, -2});
  for (const double value : {1e39, -std::numeric_limits<double>::infinity(), std::nan("")}) {
    append_number(numbers, std::bit_cast<std::uint64_t>(value), 8);
    std::byte out[5 * sizeof(float)];
    CHECK(convert_floats(NumberType::float64, std::as_bytes(std::span(numbers)).data(), 5, out) == 4);
    numbers.resize(32);
  }
  const ByteVector halves = test::integers({0x3C00, 0x7C00}, 2);
  std::byte out[2 * sizeof(float)];
  CHECK(convert_floats(NumberType::float16, std::as_bytes(std::span(halves)).data(), 2, out) == 1);
}

TEST_CASE("labels of every type of whole numbers are class numbers or are found") {
  for (const NumberType type : all_types) {
    if (!is_whole(type)) continue;
    CAPTURE(name(type));
    const int bytes = static_cast<int>(bytes_of(type));
    const ByteVector good = test::integers({1, 0, 1}, bytes), bad = test::integers({0, -1}, bytes);
    std::int32_t labels[3] = {7, 7, 7};
    CHECK(convert_labels(type, std::as_bytes(std::span(good)).data(), 3, 2, labels) == 3);
    CHECK(labels[0] == 1);
    CHECK(labels[1] == 0);
    CHECK(convert_labels(type, std::as_bytes(std::span(good)).data(), 3, 1, labels) == 0);
    if (type == NumberType::boolean) continue;
    const std::byte* const second = std::as_bytes(std::span(bad)).data() + bytes;
    CHECK(convert_labels(type, second - bytes, 2, 127, labels) == 1);
    const bool sign = name(type).starts_with("int");
    CHECK(shown_whole(type, second).text() == (sign         ? "-1"
                                               : bytes == 1 ? "255"
                                               : bytes == 2 ? "65535"
                                               : bytes == 4 ? "4294967295"
                                                            : "18446744073709551615"));
  }
  const std::byte truth{2};
  CHECK(shown_whole(NumberType::boolean, &truth).text() == "1");
}

}  // namespace
}  // namespace treadle::formats
