// NEON on AArch64: 4 lanes, 32 registers. Every AArch64 processor has it.
#pragma once

#include "simd/neon_base.hpp"

namespace treadle::simd {

struct Neon64 : NeonBase<xsimd::neon64> {
  TREADLE_INLINE static FloatRegister divide(FloatRegister a, FloatRegister b) { return vdivq_f32(a, b); }
  TREADLE_INLINE static FloatRegister sqrt(FloatRegister a) { return vsqrtq_f32(a); }
  /// Four factors in one register: a multiply-add takes any lane of it.
  using FourFactors = float32x4_t;
  TREADLE_INLINE static FourFactors load_factors(const float* from) { return vld1q_f32(from); }
  /// `count` < 4 factors; the others are any.
  template <std::size_t count>
  TREADLE_INLINE static FourFactors load_first_factors(const float* from) {
    if constexpr (count == 1) return vld1q_dup_f32(from);
    const float32x4_t two = vcombine_f32(vld1_f32(from), vdup_n_f32(0.0f));
    if constexpr (count == 2) return two;
    return vld1q_lane_f32(from + 2, two, 2);
  }
  template <int lane>
  TREADLE_INLINE static FloatRegister fma_lane(FourFactors a, FloatRegister b, FloatRegister c) {
    return vfmaq_laneq_f32(c, b, a, lane);
  }
  TREADLE_INLINE static IntRegister to_int(FloatRegister a) { return vcvtnq_s32_f32(a); }
};

}  // namespace treadle::simd
