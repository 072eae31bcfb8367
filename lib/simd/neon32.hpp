// NEON on ARMv7 with VFPv4: 4 lanes, 16 registers. Compiled with -mfpu=neon-vfpv4. The hardware flushes subnormals to
// zero in vector arithmetic, whatever the control register says.
#pragma once

#include "simd/neon_base.hpp"

namespace treadle::simd {

struct Neon32 : NeonBase<xsimd::neon> {
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
  // ARMv7 converts by cutting off. Below 2^23 adding and taking away 2^23 rounds first; from there on all are integers.
  TREADLE_INLINE static IntRegister to_int(FloatRegister a) {
    const uint32x4_t sign = vandq_u32(vreinterpretq_u32_f32(a), vdupq_n_u32(0x80000000));
    const float32x4_t shift = vreinterpretq_f32_u32(vorrq_u32(sign, vreinterpretq_u32_f32(vdupq_n_f32(0x1p23f))));
    const float32x4_t rounded = vsubq_f32(vaddq_f32(a, shift), shift);
    return vcvtq_s32_f32(vbslq_f32(vcaltq_f32(a, shift), rounded, a));
  }
};

}  // namespace treadle::simd
