#include "memory.hpp"

#include <bit>
#include <cmath>
#include <limits>

namespace treadle::kernels::test {
namespace {

// The address sanitizer sees what is read or written behind an array itself, if nothing else lies there.
#if defined(__SANITIZE_ADDRESS__)
constexpr std::size_t guards = 0;
#else
constexpr std::size_t guards = 33;
#endif

constexpr float guard_value = -1234.5f;

float awkward(std::uint32_t choice) {
  using Limits = std::numeric_limits<float>;
  constexpr float values[] = {0.0f,
                              -0.0f,
                              Limits::infinity(),
                              -Limits::infinity(),
                              Limits::quiet_NaN(),
                              Limits::denorm_min(),
                              -Limits::denorm_min(),
                              0x0.fffffep-126f,
                              -0x0.fffffep-126f,
                              Limits::min(),
                              Limits::max(),
                              Limits::lowest(),
                              1.0f,
                              -1.0f,
                              88.7228f,
                              -87.4f,
                              -103.97f};
  const std::size_t count = std::size(values);
  return choice % 24 < count ? values[choice % 24] : std::bit_cast<float>(choice);
}

bool same(float a, float b, float tolerance) {
  if (std::isnan(a) && std::isnan(b)) return true;
  if (std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b)) return true;
  return tolerance != 0.0f && std::abs(a - b) <= tolerance;
}

template <class T, class Same>
std::string first_difference(const std::deque<std::vector<T>>& a, const std::deque<std::vector<T>>& b,
                             std::size_t misalignment, Same same) {
  for (std::size_t array = 0; array < a.size(); ++array)
    for (std::size_t i = 0; i < a[array].size(); ++i)
      if (!same(a[array][i], b[array][i])) {
        const long long index = static_cast<long long>(i) - static_cast<long long>(misalignment);
        const auto end = static_cast<long long>(a[array].size()) - static_cast<long long>(misalignment + guards);
        std::string text = "array " + std::to_string(array) + " [" + std::to_string(index) + "]";
        if (index < 0 || index >= end) text += " (outside its " + std::to_string(end) + " elements)";
        // Not %a, which C libraries of microcontrollers lack.
        char values[80];
        std::snprintf(values, sizeof values, ": %.9g, expected %.9g", static_cast<double>(a[array][i]),
                      static_cast<double>(b[array][i]));
        return text + values;
      }
  return "";
}

}  // namespace

std::uint32_t Memory::next() noexcept {  // splitmix64 (Steele, Lea, Flood 2014)
  std::uint64_t z = random_ += 0x9E3779B97F4A7C15;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return static_cast<std::uint32_t>(z >> 32);
}

float Memory::next_float(Values values) noexcept {
  const std::uint32_t bits = next();
  const float plain = static_cast<float>(static_cast<std::int32_t>(bits)) * 0x1p-29f;
  switch (values) {
    case Values::plain:
      return plain;
    case Values::integers:
      return static_cast<float>(bits % 5) - 2.0f;
    case Values::awkward:
      return awkward(bits);
    case Values::mostly_plain:
      return bits % 13 == 0 ? awkward(next()) : plain;
    case Values::positive:
      return std::abs(plain);
  }
  return plain;
}

template <class T>
T* Memory::place(std::deque<std::vector<T>>& arrays, std::size_t n, T guard) {
  // At least one element, so that there is an address.
  return arrays.emplace_back(misalignment_ + n + guards, guard).data() + misalignment_;
}

float* Memory::floats(std::size_t n, Values values) {
  float* array = place(floats_, n, guard_value);
  for (std::size_t i = 0; i < n; ++i) array[i] = next_float(values);
  return array;
}

std::int32_t* Memory::ints(std::size_t n, std::int32_t low, std::int32_t high) {
  std::int32_t* array = place(ints_, n, std::int32_t{-77});
  const auto range = static_cast<std::uint64_t>(std::int64_t{high} - low + 1);
  for (std::size_t i = 0; i < n; ++i)
    array[i] = static_cast<std::int32_t>(low + static_cast<std::int64_t>(next() % range));
  return array;
}

std::uint8_t* Memory::bytes(std::size_t n) {
  std::uint8_t* array = place(bytes_, n, std::uint8_t{77});
  for (std::size_t i = 0; i < n; ++i) array[i] = static_cast<std::uint8_t>(next());
  return array;
}

std::string difference(const Memory& kernel, const Memory& reference, float tolerance) {
  const auto equal = [](auto a, auto b) { return a == b; };
  const auto same_float = [&](float a, float b) { return same(a, b, tolerance); };
  if (auto text = first_difference(kernel.floats_, reference.floats_, kernel.misalignment_, same_float); !text.empty())
    return "float " + text;
  if (auto text = first_difference(kernel.ints_, reference.ints_, kernel.misalignment_, equal); !text.empty())
    return "int " + text;
  if (auto text = first_difference(kernel.bytes_, reference.bytes_, kernel.misalignment_, equal); !text.empty())
    return "byte " + text;
  return "";
}

}  // namespace treadle::kernels::test
