// Arrays for one call of a kernel. Two memories with the same seed that are asked for the same arrays hold the same
// values, so one can be given to a kernel and the other to its reference, and all of it compared afterwards.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace treadle::kernels::test {

enum class Values {
  plain,         ///< between -4 and 4
  integers,      ///< small ones, so that many are equal
  awkward,       ///< many infinities, NaNs, zeros of both signs, subnormals, and random bits
  mostly_plain,  ///< a few of those
  positive,      ///< between 0 and 4
};

class Memory {
 public:
  /// Every array begins `misalignment` elements beyond a boundary of 16 bytes.
  Memory(std::uint64_t seed, std::size_t misalignment) : random_(seed), misalignment_(misalignment) {}

  float* floats(std::size_t n, Values values);
  std::int32_t* ints(std::size_t n, std::int32_t low, std::int32_t high);
  std::uint8_t* bytes(std::size_t n);

  /// Where the two differ, in words for a person, or "" when they do not. NaNs are equal, whatever their payload. What
  /// lies before and behind each array counts. Values may differ by `tolerance`, relative to the larger one.
  friend std::string difference(const Memory& kernel, const Memory& reference, float tolerance);

 private:
  std::uint32_t next() noexcept;
  float next_float(Values values) noexcept;
  template <class T>
  T* place(std::deque<std::vector<T>>& arrays, std::size_t n, T guard);

  std::uint64_t random_;
  std::size_t misalignment_;
  std::deque<std::vector<float>> floats_;
  std::deque<std::vector<std::int32_t>> ints_;
  std::deque<std::vector<std::uint8_t>> bytes_;
};

}  // namespace treadle::kernels::test
