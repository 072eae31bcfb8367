// AVX-512 (F, DQ, BW, VL): 16 lanes, 32 registers. Compiled with those flags and -mfma.
#pragma once

#include <immintrin.h>

#include "simd/xsimd_base.hpp"

namespace treadle::simd {

struct Avx512 : XsimdBase<xsimd::avx512f> {
  static constexpr bool fused = true;

  TREADLE_INLINE static FloatRegister fma(FloatRegister a, FloatRegister b, FloatRegister c) {
    return _mm512_fmadd_ps(a, b, c);
  }
  TREADLE_INLINE static FloatRegister divide(FloatRegister a, FloatRegister b) { return _mm512_div_ps(a, b); }
  TREADLE_INLINE static FloatRegister sqrt(FloatRegister a) { return _mm512_sqrt_ps(a); }
  TREADLE_INLINE static FloatRegister max(FloatRegister a, FloatRegister b) { return _mm512_max_ps(a, b); }
  TREADLE_INLINE static FloatRegister min(FloatRegister a, FloatRegister b) { return _mm512_min_ps(a, b); }
  TREADLE_INLINE static FloatRegister load_bytes(const std::uint8_t* from) {
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))));
  }

  TREADLE_INLINE static void prefetch(const float* from) { _mm_prefetch(from, _MM_HINT_T0); }

  /// Four blocks of four floats each, `stride` apart.
  TREADLE_INLINE static FloatRegister load_fours(const float* from, std::size_t stride) {
    const __m256 first =
        _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(from)), _mm_loadu_ps(from + stride), 1);
    from += 2 * stride;
    const __m256 last =
        _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(from)), _mm_loadu_ps(from + stride), 1);
    return _mm512_insertf32x8(_mm512_castps256_ps512(first), last, 1);
  }
  TREADLE_INLINE static void store_fours(float* to, std::size_t stride, FloatRegister a) {
    _mm_storeu_ps(to, _mm512_castps512_ps128(a));
    _mm_storeu_ps(to + stride, _mm512_extractf32x4_ps(a, 1));
    _mm_storeu_ps(to + 2 * stride, _mm512_extractf32x4_ps(a, 2));
    _mm_storeu_ps(to + 3 * stride, _mm512_extractf32x4_ps(a, 3));
  }
  /// The same four floats in every block.
  TREADLE_INLINE static FloatRegister repeat_four(const float* from) {
    return _mm512_broadcast_f32x4(_mm_loadu_ps(from));
  }
  /// Float `i` of each block, in all of it.
  template <int i>
  TREADLE_INLINE static FloatRegister spread(FloatRegister a) {
    return _mm512_permute_ps(a, 0x55 * i);
  }

  TREADLE_INLINE static MaskRegister equal_int(IntRegister a, IntRegister b) {
    return MaskRegister(_mm512_cmpeq_epi32_mask(a, b));
  }
  template <int count>
  TREADLE_INLINE static IntRegister shift_left(IntRegister a) {
    return _mm512_slli_epi32(a, count);
  }
  template <int count>
  TREADLE_INLINE static IntRegister shift_right(IntRegister a) {
    return _mm512_srli_epi32(a, count);
  }
  TREADLE_INLINE static IntRegister to_int(FloatRegister a) { return _mm512_cvtps_epi32(a); }
  TREADLE_INLINE static FloatRegister to_float(IntRegister a) { return _mm512_cvtepi32_ps(a); }
  TREADLE_INLINE static IntRegister bits(FloatRegister a) { return _mm512_castps_si512(a); }
  TREADLE_INLINE static FloatRegister from_bits(IntRegister a) { return _mm512_castsi512_ps(a); }
};

}  // namespace treadle::simd
