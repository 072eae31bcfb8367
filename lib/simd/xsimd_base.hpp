// What xsimd gives every instruction set alike. Each set adds what xsimd lacks or does otherwise in some release: fma
// (not fused on AVX-512 before 11.0), division and square root (estimates on NEON), casts of bits, bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <xsimd/xsimd.hpp>

#include "simd/batch.hpp"

namespace treadle::simd {

template <class Arch>
struct XsimdBase {
  using FloatRegister = xsimd::batch<float, Arch>;
  using IntRegister = xsimd::batch<std::int32_t, Arch>;
  using MaskRegister = xsimd::batch_bool<float, Arch>;
  static constexpr std::size_t lanes = FloatRegister::size;

  TREADLE_INLINE static FloatRegister broadcast(float x) { return FloatRegister(x); }
  TREADLE_INLINE static FloatRegister load(const float* from) { return FloatRegister::load_unaligned(from); }
  TREADLE_INLINE static void store(float* to, FloatRegister a) { a.store_unaligned(to); }
  TREADLE_INLINE static FloatRegister add(FloatRegister a, FloatRegister b) { return a + b; }
  TREADLE_INLINE static FloatRegister subtract(FloatRegister a, FloatRegister b) { return a - b; }
  TREADLE_INLINE static FloatRegister multiply(FloatRegister a, FloatRegister b) { return a * b; }
  TREADLE_INLINE static MaskRegister greater(FloatRegister a, FloatRegister b) { return a > b; }
  TREADLE_INLINE static MaskRegister equal(FloatRegister a, FloatRegister b) { return a == b; }
  TREADLE_INLINE static FloatRegister select(MaskRegister mask, FloatRegister a, FloatRegister b) {
    return xsimd::select(mask, a, b);
  }
  /// One block of four floats: sets with more lanes have their own.
  TREADLE_INLINE static FloatRegister load_fours(const float* from, std::size_t) { return load(from); }
  // Registers are vectors to GCC and clang, whose own subscript and shuffle are the same on every architecture.
  TREADLE_INLINE static float first(FloatRegister a) {
    const typename FloatRegister::register_type vector = a;
    return vector[0];
  }
  template <std::size_t count>
  TREADLE_INLINE static FloatRegister down(FloatRegister a) {
    return down<count>(a, std::make_index_sequence<lanes>{});
  }
  template <std::size_t count, std::size_t... lane>
  TREADLE_INLINE static FloatRegister down(FloatRegister a, std::index_sequence<lane...>) {
    const typename FloatRegister::register_type vector = a;
    return FloatRegister(__builtin_shufflevector(vector, vector, ((lane + count) % lanes)...));
  }
  /// Of every four lanes a0 ... a3 and b0 ... b3: a0 b0 a1 b1, or (second) a2 b2 a3 b3.
  template <bool second>
  TREADLE_INLINE static FloatRegister interleave(FloatRegister a, FloatRegister b) {
    return interleave<second>(a, b, std::make_index_sequence<lanes>{});
  }
  template <bool second, std::size_t... lane>
  TREADLE_INLINE static FloatRegister interleave(FloatRegister a, FloatRegister b, std::index_sequence<lane...>) {
    const typename FloatRegister::register_type x = a, y = b;
    return FloatRegister(__builtin_shufflevector(
        x, y, (lane / 4 * 4 + lane % 4 / 2 + (second ? 2 : 0) + (lane % 2 == 0 ? 0 : lanes))...));
  }
  /// Of every four lanes a0 ... a3 and b0 ... b3: a0 a1 b0 b1, or (second) a2 a3 b2 b3.
  template <bool second>
  TREADLE_INLINE static FloatRegister halves(FloatRegister a, FloatRegister b) {
    return halves<second>(a, b, std::make_index_sequence<lanes>{});
  }
  template <bool second, std::size_t... lane>
  TREADLE_INLINE static FloatRegister halves(FloatRegister a, FloatRegister b, std::index_sequence<lane...>) {
    const typename FloatRegister::register_type x = a, y = b;
    return FloatRegister(
        __builtin_shufflevector(x, y, (lane / 4 * 4 + lane % 2 + (second ? 2 : 0) + (lane % 4 < 2 ? 0 : lanes))...));
  }

  TREADLE_INLINE static IntRegister broadcast_int(std::int32_t x) { return IntRegister(x); }
  TREADLE_INLINE static IntRegister load_int(const std::int32_t* from) { return IntRegister::load_unaligned(from); }
  TREADLE_INLINE static IntRegister add(IntRegister a, IntRegister b) { return a + b; }
  TREADLE_INLINE static IntRegister subtract(IntRegister a, IntRegister b) { return a - b; }
  TREADLE_INLINE static IntRegister bit_and(IntRegister a, IntRegister b) { return a & b; }
  TREADLE_INLINE static IntRegister bit_or(IntRegister a, IntRegister b) { return a | b; }
};

}  // namespace treadle::simd
