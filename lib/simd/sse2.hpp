// SSE2: 4 lanes, 16 registers, no fused multiply-add. What every x86-64 processor has.
#pragma once

#include <immintrin.h>

#include "simd/xsimd_base.hpp"

namespace treadle::simd {

struct Sse2 : XsimdBase<xsimd::sse2> {
  static constexpr bool fused = false;

  TREADLE_INLINE static FloatRegister fma(FloatRegister a, FloatRegister b, FloatRegister c) {
    return _mm_add_ps(_mm_mul_ps(a, b), c);
  }
  TREADLE_INLINE static FloatRegister divide(FloatRegister a, FloatRegister b) { return _mm_div_ps(a, b); }
  TREADLE_INLINE static FloatRegister sqrt(FloatRegister a) { return _mm_sqrt_ps(a); }
  TREADLE_INLINE static FloatRegister max(FloatRegister a, FloatRegister b) { return _mm_max_ps(a, b); }
  TREADLE_INLINE static FloatRegister min(FloatRegister a, FloatRegister b) { return _mm_min_ps(a, b); }
  TREADLE_INLINE static FloatRegister load_bytes(const std::uint8_t* from) {
    int four_bytes;
    __builtin_memcpy(&four_bytes, from, sizeof(four_bytes));
    const __m128i zero = _mm_setzero_si128();
    const __m128i shorts = _mm_unpacklo_epi8(_mm_cvtsi32_si128(four_bytes), zero);
    return _mm_cvtepi32_ps(_mm_unpacklo_epi16(shorts, zero));
  }

  TREADLE_INLINE static MaskRegister equal_int(IntRegister a, IntRegister b) {
    return MaskRegister(_mm_castsi128_ps(_mm_cmpeq_epi32(a, b)));
  }
  template <int count>
  TREADLE_INLINE static IntRegister shift_left(IntRegister a) {
    return _mm_slli_epi32(a, count);
  }
  template <int count>
  TREADLE_INLINE static IntRegister shift_right(IntRegister a) {
    return _mm_srli_epi32(a, count);
  }
  TREADLE_INLINE static IntRegister to_int(FloatRegister a) { return _mm_cvtps_epi32(a); }
  TREADLE_INLINE static FloatRegister to_float(IntRegister a) { return _mm_cvtepi32_ps(a); }
  TREADLE_INLINE static IntRegister bits(FloatRegister a) { return _mm_castps_si128(a); }
  TREADLE_INLINE static FloatRegister from_bits(IntRegister a) { return _mm_castsi128_ps(a); }
};

}  // namespace treadle::simd
