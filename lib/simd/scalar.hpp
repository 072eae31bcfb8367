// One lane of the plain FPU with a fused multiply-add: the Cortex-M, and the measure for all others.
#pragma once

#include <cstddef>
#include <cstdint>

#include "simd/batch.hpp"
#if defined(__thumb__) && defined(__ARM_FEATURE_FMA)
#include "simd/cortex_m_tile.hpp"
#endif

namespace treadle::simd {

// Where intermediate values have more bits than a float (x87), there are no same bits.
static_assert(__FLT_EVAL_METHOD__ == 0);

struct Scalar {
  static constexpr std::size_t lanes = 1;
  static constexpr bool fused = true;
  using FloatRegister = float;
  using IntRegister = std::int32_t;
  using MaskRegister = bool;

  TREADLE_INLINE static float broadcast(float x) { return x; }
  TREADLE_INLINE static float load(const float* from) { return *from; }
  TREADLE_INLINE static float load_bytes(const std::uint8_t* from) { return static_cast<float>(*from); }
  TREADLE_INLINE static void store(float* to, float a) { *to = a; }
  TREADLE_INLINE static float add(float a, float b) { return a + b; }
  TREADLE_INLINE static float subtract(float a, float b) { return a - b; }
  TREADLE_INLINE static float multiply(float a, float b) { return a * b; }
  TREADLE_INLINE static float divide(float a, float b) { return a / b; }
  TREADLE_INLINE static float fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
  TREADLE_INLINE static float sqrt(float a) { return __builtin_sqrtf(a); }
  TREADLE_INLINE static float max(float a, float b) { return a > b ? a : b; }
  TREADLE_INLINE static float min(float a, float b) { return a < b ? a : b; }
  TREADLE_INLINE static bool greater(float a, float b) { return a > b; }
  TREADLE_INLINE static bool equal(float a, float b) { return a == b; }
  TREADLE_INLINE static float select(bool mask, float a, float b) { return mask ? a : b; }
  TREADLE_INLINE static float first(float a) { return a; }

  TREADLE_INLINE static std::int32_t broadcast_int(std::int32_t x) { return x; }
  TREADLE_INLINE static std::int32_t load_int(const std::int32_t* from) { return *from; }
  // Through unsigned: registers wrap around, signed arithmetic in C++ must not.
  TREADLE_INLINE static std::int32_t add(std::int32_t a, std::int32_t b) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) + static_cast<std::uint32_t>(b));
  }
  TREADLE_INLINE static std::int32_t subtract(std::int32_t a, std::int32_t b) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) - static_cast<std::uint32_t>(b));
  }
  TREADLE_INLINE static std::int32_t bit_and(std::int32_t a, std::int32_t b) { return a & b; }
  TREADLE_INLINE static std::int32_t bit_or(std::int32_t a, std::int32_t b) { return a | b; }
  TREADLE_INLINE static bool equal_int(std::int32_t a, std::int32_t b) { return a == b; }
  template <int count>
  TREADLE_INLINE static std::int32_t shift_left(std::int32_t a) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) << count);
  }
  template <int count>
  TREADLE_INLINE static std::int32_t shift_right(std::int32_t a) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) >> count);
  }
  // A value that cannot be an int32 (a NaN that a later select discards) becomes what x86 makes of it, so that the cast
  // is never undefined.
  TREADLE_INLINE static std::int32_t to_int(float a) {
    return a >= -2147483648.0f && a < 2147483648.0f ? static_cast<std::int32_t>(__builtin_rintf(a)) : INT32_MIN;
  }
  TREADLE_INLINE static float to_float(std::int32_t a) { return static_cast<float>(a); }
  TREADLE_INLINE static std::int32_t bits(float a) { return __builtin_bit_cast(std::int32_t, a); }
  TREADLE_INLINE static float from_bits(std::int32_t a) { return __builtin_bit_cast(float, a); }

#if defined(__thumb__) && defined(__ARM_FEATURE_FMA)
  using Tile = CortexMTile;
#endif
};

}  // namespace treadle::simd
