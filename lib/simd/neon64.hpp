// NEON on AArch64: 4 lanes, 32 registers. Every AArch64 processor has it.
#pragma once

#include "simd/neon_base.hpp"

namespace treadle::simd {

struct Neon64 : NeonBase<xsimd::neon64> {
  TREADLE_INLINE static FloatRegister divide(FloatRegister a, FloatRegister b) { return vdivq_f32(a, b); }
  TREADLE_INLINE static FloatRegister sqrt(FloatRegister a) { return vsqrtq_f32(a); }
  TREADLE_INLINE static IntRegister to_int(FloatRegister a) { return vcvtnq_s32_f32(a); }
};

}  // namespace treadle::simd
