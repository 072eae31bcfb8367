// AVX2 with FMA: 8 lanes, 16 registers. Compiled with -mavx2 -mfma.
#pragma once

#include <immintrin.h>

#include "simd/xsimd_base.hpp"

namespace treadle::simd {

struct Avx2 : XsimdBase<xsimd::fma3<xsimd::avx2>> {
  static constexpr bool fused = true;

  TREADLE_INLINE static FloatRegister fma(FloatRegister a, FloatRegister b, FloatRegister c) {
    return _mm256_fmadd_ps(a, b, c);
  }
  TREADLE_INLINE static FloatRegister divide(FloatRegister a, FloatRegister b) { return _mm256_div_ps(a, b); }
  TREADLE_INLINE static FloatRegister sqrt(FloatRegister a) { return _mm256_sqrt_ps(a); }
  TREADLE_INLINE static FloatRegister max(FloatRegister a, FloatRegister b) { return _mm256_max_ps(a, b); }
  TREADLE_INLINE static FloatRegister min(FloatRegister a, FloatRegister b) { return _mm256_min_ps(a, b); }
  TREADLE_INLINE static FloatRegister load_bytes(const std::uint8_t* from) {
    return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from))));
  }

  TREADLE_INLINE static void prefetch_far(const float* from) { _mm_prefetch(from, _MM_HINT_T1); }

  /// Two blocks of four floats each, `stride` apart.
  TREADLE_INLINE static FloatRegister load_fours(const float* from, std::size_t stride) {
    return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(from)), _mm_loadu_ps(from + stride), 1);
  }
  TREADLE_INLINE static void store_fours(float* to, std::size_t stride, FloatRegister a) {
    _mm_storeu_ps(to, _mm256_castps256_ps128(a));
    _mm_storeu_ps(to + stride, _mm256_extractf128_ps(a, 1));
  }
  /// The same four floats in every block.
  TREADLE_INLINE static FloatRegister repeat_four(const float* from) {
    const __m128 four = _mm_loadu_ps(from);
    return _mm256_set_m128(four, four);
  }
  /// Float `i` of each block, in all of it.
  template <int i>
  TREADLE_INLINE static FloatRegister spread(FloatRegister a) {
    return _mm256_permute_ps(a, 0x55 * i);
  }

  TREADLE_INLINE static MaskRegister equal_int(IntRegister a, IntRegister b) {
    return MaskRegister(_mm256_castsi256_ps(_mm256_cmpeq_epi32(a, b)));
  }
  template <int count>
  TREADLE_INLINE static IntRegister shift_left(IntRegister a) {
    return _mm256_slli_epi32(a, count);
  }
  template <int count>
  TREADLE_INLINE static IntRegister shift_right(IntRegister a) {
    return _mm256_srli_epi32(a, count);
  }
  TREADLE_INLINE static IntRegister to_int(FloatRegister a) { return _mm256_cvtps_epi32(a); }
  TREADLE_INLINE static FloatRegister to_float(IntRegister a) { return _mm256_cvtepi32_ps(a); }
  TREADLE_INLINE static IntRegister bits(FloatRegister a) { return _mm256_castps_si256(a); }
  TREADLE_INLINE static FloatRegister from_bits(IntRegister a) { return _mm256_castsi256_ps(a); }
};

}  // namespace treadle::simd
