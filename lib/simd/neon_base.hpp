// What both NEONs do alike where xsimd lacks it, estimates, or does otherwise in some release.
#pragma once

#include <arm_neon.h>

#include "simd/xsimd_base.hpp"

namespace treadle::simd {

template <class Arch>
struct NeonBase : XsimdBase<Arch> {
  using typename XsimdBase<Arch>::FloatRegister;
  using typename XsimdBase<Arch>::IntRegister;
  using typename XsimdBase<Arch>::MaskRegister;
  static constexpr bool fused = true;

  TREADLE_INLINE static FloatRegister fma(FloatRegister a, FloatRegister b, FloatRegister c) {
    return vfmaq_f32(c, a, b);
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
  TREADLE_INLINE static FloatRegister to_float(IntRegister a) { return vcvtq_f32_s32(a); }
  TREADLE_INLINE static IntRegister bits(FloatRegister a) { return vreinterpretq_s32_f32(a); }
  TREADLE_INLINE static FloatRegister from_bits(IntRegister a) { return vreinterpretq_f32_s32(a); }
};

}  // namespace treadle::simd
