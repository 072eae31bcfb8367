// Two registers at once, operation by operation: an instruction set made of another one, with twice its lanes. A long
// chain of operations that each wait for the one before leaves most of a processor idle; two chains side by side do
// not.
#pragma once

#include <cstddef>
#include <cstdint>

#include "simd/batch.hpp"

namespace treadle::simd {

template <class S>
struct Twice {
  static constexpr std::size_t lanes = 2 * S::lanes;
  static constexpr bool fused = S::fused;

  template <class T>
  struct Two {
    T low, high;
  };
  using FloatRegister = Two<typename S::FloatRegister>;
  using IntRegister = Two<typename S::IntRegister>;
  using MaskRegister = Two<typename S::MaskRegister>;

  TREADLE_INLINE static FloatRegister broadcast(float x) { return {S::broadcast(x), S::broadcast(x)}; }
  TREADLE_INLINE static FloatRegister load(const float* from) { return {S::load(from), S::load(from + S::lanes)}; }
  TREADLE_INLINE static void store(float* to, FloatRegister a) {
    S::store(to, a.low);
    S::store(to + S::lanes, a.high);
  }
  template <class T>
  TREADLE_INLINE static Two<T> add(Two<T> a, Two<T> b) {
    return {S::add(a.low, b.low), S::add(a.high, b.high)};
  }
  template <class T>
  TREADLE_INLINE static Two<T> subtract(Two<T> a, Two<T> b) {
    return {S::subtract(a.low, b.low), S::subtract(a.high, b.high)};
  }
  TREADLE_INLINE static FloatRegister multiply(FloatRegister a, FloatRegister b) {
    return {S::multiply(a.low, b.low), S::multiply(a.high, b.high)};
  }
  TREADLE_INLINE static FloatRegister divide(FloatRegister a, FloatRegister b) {
    return {S::divide(a.low, b.low), S::divide(a.high, b.high)};
  }
  TREADLE_INLINE static FloatRegister fma(FloatRegister a, FloatRegister b, FloatRegister c) {
    return {S::fma(a.low, b.low, c.low), S::fma(a.high, b.high, c.high)};
  }
  TREADLE_INLINE static FloatRegister max(FloatRegister a, FloatRegister b) {
    return {S::max(a.low, b.low), S::max(a.high, b.high)};
  }
  TREADLE_INLINE static FloatRegister min(FloatRegister a, FloatRegister b) {
    return {S::min(a.low, b.low), S::min(a.high, b.high)};
  }
  TREADLE_INLINE static MaskRegister greater(FloatRegister a, FloatRegister b) {
    return {S::greater(a.low, b.low), S::greater(a.high, b.high)};
  }
  TREADLE_INLINE static MaskRegister equal(FloatRegister a, FloatRegister b) {
    return {S::equal(a.low, b.low), S::equal(a.high, b.high)};
  }
  TREADLE_INLINE static FloatRegister select(MaskRegister mask, FloatRegister a, FloatRegister b) {
    return {S::select(mask.low, a.low, b.low), S::select(mask.high, a.high, b.high)};
  }

  TREADLE_INLINE static IntRegister broadcast_int(std::int32_t x) { return {S::broadcast_int(x), S::broadcast_int(x)}; }
  TREADLE_INLINE static IntRegister bit_and(IntRegister a, IntRegister b) {
    return {S::bit_and(a.low, b.low), S::bit_and(a.high, b.high)};
  }
  TREADLE_INLINE static IntRegister bit_or(IntRegister a, IntRegister b) {
    return {S::bit_or(a.low, b.low), S::bit_or(a.high, b.high)};
  }
  template <int count>
  TREADLE_INLINE static IntRegister shift_left(IntRegister a) {
    return {S::template shift_left<count>(a.low), S::template shift_left<count>(a.high)};
  }
  template <int count>
  TREADLE_INLINE static IntRegister shift_right(IntRegister a) {
    return {S::template shift_right<count>(a.low), S::template shift_right<count>(a.high)};
  }
  TREADLE_INLINE static IntRegister bits(FloatRegister a) { return {S::bits(a.low), S::bits(a.high)}; }
  TREADLE_INLINE static FloatRegister from_bits(IntRegister a) { return {S::from_bits(a.low), S::from_bits(a.high)}; }
};

}  // namespace treadle::simd
