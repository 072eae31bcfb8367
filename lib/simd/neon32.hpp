// NEON on ARMv7 with VFPv4: 4 lanes, 16 registers. Compiled with -mfpu=neon-vfpv4. The hardware flushes subnormals to
// zero in vector arithmetic, whatever the control register says.
#pragma once

#include <arm_neon.h>

#include "simd/xsimd_base.hpp"

namespace treadle::simd {

struct Neon32 : XsimdBase<xsimd::neon> {
  static constexpr bool fused = true;

  TREADLE_INLINE static FloatRegister fma(FloatRegister a, FloatRegister b, FloatRegister c) {
    return vfmaq_f32(c, a, b);
  }
  // The vector unit only estimates quotients and roots; the scalar one rounds them correctly.
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
  // Not vmaxq_f32, which is NaN when either is and +0 for +0 and -0.
  TREADLE_INLINE static FloatRegister max(FloatRegister a, FloatRegister b) { return vbslq_f32(vcgtq_f32(a, b), a, b); }
  TREADLE_INLINE static FloatRegister min(FloatRegister a, FloatRegister b) { return vbslq_f32(vcltq_f32(a, b), a, b); }
  TREADLE_INLINE static FloatRegister load_bytes(const std::uint8_t* from) {
    std::uint32_t four_bytes;
    __builtin_memcpy(&four_bytes, from, sizeof(four_bytes));
    return vcvtq_f32_u32(vmovl_u16(vget_low_u16(vmovl_u8(vreinterpret_u8_u32(vdup_n_u32(four_bytes))))));
  }

  TREADLE_INLINE static MaskRegister equal_int(IntRegister a, IntRegister b) { return MaskRegister(vceqq_s32(a, b)); }
  template <int count>
  TREADLE_INLINE static IntRegister shift_left(IntRegister a) {
    return vshlq_n_s32(a, count);
  }
  template <int count>
  TREADLE_INLINE static IntRegister shift_right(IntRegister a) {
    return vreinterpretq_s32_u32(vshrq_n_u32(vreinterpretq_u32_s32(a), count));
  }
  // ARMv7 converts by cutting off. Below 2^23 adding and taking away 2^23 rounds first; from there on all are integers.
  TREADLE_INLINE static IntRegister to_int(FloatRegister a) {
    const uint32x4_t sign = vandq_u32(vreinterpretq_u32_f32(a), vdupq_n_u32(0x80000000));
    const float32x4_t shift = vreinterpretq_f32_u32(vorrq_u32(sign, vreinterpretq_u32_f32(vdupq_n_f32(0x1p23f))));
    const float32x4_t rounded = vsubq_f32(vaddq_f32(a, shift), shift);
    return vcvtq_s32_f32(vbslq_f32(vcaltq_f32(a, shift), rounded, a));
  }
  TREADLE_INLINE static FloatRegister to_float(IntRegister a) { return vcvtq_f32_s32(a); }
  TREADLE_INLINE static IntRegister bits(FloatRegister a) { return vreinterpretq_s32_f32(a); }
  TREADLE_INLINE static FloatRegister from_bits(IntRegister a) { return vreinterpretq_f32_s32(a); }
};

}  // namespace treadle::simd
