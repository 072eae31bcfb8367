// Helium, the vector unit of the Cortex-M55 and M85: 4 lanes, 8 registers. Compiled with -mcpu=cortex-m55. The hardware
// flushes subnormals to zero in vector arithmetic, whatever the control register says.
#pragma once

#include <arm_mve.h>

#include <cstddef>
#include <cstdint>

#include "simd/batch.hpp"
#include "simd/helium_tile.hpp"

namespace treadle::simd {

struct Helium {
  static constexpr std::size_t lanes = 4;
  static constexpr bool fused = true;
  using FloatRegister = float32x4_t;
  using IntRegister = int32x4_t;
  using MaskRegister = mve_pred16_t;
  using Tile = HeliumTile;

  TREADLE_INLINE static FloatRegister broadcast(float x) { return vdupq_n_f32(x); }
  TREADLE_INLINE static FloatRegister load(const float* from) { return vld1q_f32(from); }
  TREADLE_INLINE static FloatRegister load_bytes(const std::uint8_t* from) { return vcvtq_f32_u32(vldrbq_u32(from)); }
  TREADLE_INLINE static void store(float* to, FloatRegister a) { vst1q_f32(to, a); }
  TREADLE_INLINE static FloatRegister add(FloatRegister a, FloatRegister b) { return vaddq_f32(a, b); }
  TREADLE_INLINE static FloatRegister subtract(FloatRegister a, FloatRegister b) { return vsubq_f32(a, b); }
  TREADLE_INLINE static FloatRegister multiply(FloatRegister a, FloatRegister b) { return vmulq_f32(a, b); }
  TREADLE_INLINE static FloatRegister fma(FloatRegister a, FloatRegister b, FloatRegister c) {
    return vfmaq_f32(c, a, b);
  }
  // The vector unit has neither quotients nor roots; the scalar one rounds them correctly.
  TREADLE_INLINE static FloatRegister divide(FloatRegister a, FloatRegister b) {
    float x[lanes], y[lanes];
    store(x, a);
    store(y, b);
    for (std::size_t i = 0; i < lanes; ++i) x[i] /= y[i];
    return load(x);
  }
  TREADLE_INLINE static FloatRegister sqrt(FloatRegister a) {
    float x[lanes];
    store(x, a);
    for (std::size_t i = 0; i < lanes; ++i) x[i] = __builtin_sqrtf(x[i]);
    return load(x);
  }
  // Not vmaxnmq_f32, which is the other one when one is NaN and +0 for +0 and -0.
  TREADLE_INLINE static FloatRegister max(FloatRegister a, FloatRegister b) { return select(greater(a, b), a, b); }
  TREADLE_INLINE static FloatRegister min(FloatRegister a, FloatRegister b) { return select(greater(b, a), a, b); }
  TREADLE_INLINE static MaskRegister greater(FloatRegister a, FloatRegister b) { return vcmpgtq_f32(a, b); }
  TREADLE_INLINE static MaskRegister equal(FloatRegister a, FloatRegister b) { return vcmpeqq_f32(a, b); }
  TREADLE_INLINE static FloatRegister select(MaskRegister mask, FloatRegister a, FloatRegister b) {
    return vpselq_f32(a, b, mask);
  }
  TREADLE_INLINE static float first(FloatRegister a) { return vgetq_lane_f32(a, 0); }
  template <std::size_t count>
  TREADLE_INLINE static FloatRegister down(FloatRegister a) {
    float lane[2 * lanes];
    store(lane, a);
    store(lane + lanes, a);
    return load(lane + count);
  }
  /// One block of four floats.
  TREADLE_INLINE static FloatRegister load_fours(const float* from, std::size_t) { return load(from); }
  /// a0 b0 a1 b1, or (second) a2 b2 a3 b3.
  template <bool second>
  TREADLE_INLINE static FloatRegister interleave(FloatRegister a, FloatRegister b) {
    constexpr int first = second ? 2 : 0;
    return FloatRegister{a[first], b[first], a[first + 1], b[first + 1]};
  }
  /// a0 a1 b0 b1, or (second) a2 a3 b2 b3.
  template <bool second>
  TREADLE_INLINE static FloatRegister halves(FloatRegister a, FloatRegister b) {
    constexpr int first = second ? 2 : 0;
    return FloatRegister{a[first], a[first + 1], b[first], b[first + 1]};
  }

  TREADLE_INLINE static IntRegister broadcast_int(std::int32_t x) { return vdupq_n_s32(x); }
  TREADLE_INLINE static IntRegister load_int(const std::int32_t* from) { return vld1q_s32(from); }
  TREADLE_INLINE static IntRegister add(IntRegister a, IntRegister b) { return vaddq_s32(a, b); }
  TREADLE_INLINE static IntRegister subtract(IntRegister a, IntRegister b) { return vsubq_s32(a, b); }
  TREADLE_INLINE static IntRegister bit_and(IntRegister a, IntRegister b) { return vandq_s32(a, b); }
  TREADLE_INLINE static IntRegister bit_or(IntRegister a, IntRegister b) { return vorrq_s32(a, b); }
  TREADLE_INLINE static MaskRegister equal_int(IntRegister a, IntRegister b) { return vcmpeqq_s32(a, b); }
  template <int count>
  TREADLE_INLINE static IntRegister shift_left(IntRegister a) {
    return vshlq_n_s32(a, count);
  }
  template <int count>
  TREADLE_INLINE static IntRegister shift_right(IntRegister a) {
    return vreinterpretq_s32_u32(vshrq_n_u32(vreinterpretq_u32_s32(a), count));
  }
  TREADLE_INLINE static IntRegister to_int(FloatRegister a) { return vcvtnq_s32_f32(a); }
  TREADLE_INLINE static FloatRegister to_float(IntRegister a) { return vcvtq_f32_s32(a); }
  TREADLE_INLINE static IntRegister bits(FloatRegister a) { return vreinterpretq_s32_f32(a); }
  TREADLE_INLINE static FloatRegister from_bits(IntRegister a) { return vreinterpretq_f32_s32(a); }
};

}  // namespace treadle::simd
