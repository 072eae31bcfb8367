// Registers of one instruction set as values. Kernels are templates over an instruction set `S`, one of the structs in
// this folder (Scalar, Sse2, Avx2, ...), and use nothing but Float<S>, Int<S> and Mask<S>.
//
// What every instruction set must agree on, because the bits are promised:
//   fma(a, b, c)  a * b + c rounded once where S::fused, else twice;
//   / and sqrt    correctly rounded, never an estimate;
//   max(a, b)     a > b ? a : b, so b when either is NaN and when both are zeros; min(a, b) likewise with <;
//   to_int        rounds to nearest, ties to even; only for values that fit into an int32.
//
// S may have `FourFactors`, four numbers that fma_lane<0 ... 3>(factors, b, c) takes one of, where that is cheaper than
// a register for each of them; load_factors and load_first_factors read them.
//
// S may have `prefetch`, which asks for the cache line of a float, where the processors that have S read any line of
// the second cache in time once they were asked; or `prefetch_far`, which has a line brought into the second cache.
//
// S may have store_fours, repeat_four and spread: registers as blocks of four lanes, where there are several.
//
// S may have `Tile`, whose functions are whole register tiles of a matrix product (cortex_m_tile.hpp).
//
// S supplies: `lanes`, `fused`, the types FloatRegister, IntRegister, MaskRegister and static functions on them, each
// named as the function here that calls it.
#pragma once

#include <cstddef>
#include <cstdint>

#define TREADLE_INLINE [[gnu::always_inline]] inline
/// After the parameters of a lambda: without it clang calls one that is used in a loop and for the rest of it.
#define TREADLE_INLINE_LAMBDA __attribute__((always_inline))

namespace treadle::simd {

/// Copies the first `count` < 2 * half values in at most one move of each power of two.
template <std::size_t half, class T>
TREADLE_INLINE void copy_first(T* to, const T* from, std::size_t count) {
  if constexpr (half != 0) {
    if (count & half) {
      __builtin_memcpy(to, from, half * sizeof(T));
      to += half;
      from += half;
    }
    copy_first<half / 2>(to, from, count);
  }
}

template <class S>
struct Mask {
  typename S::MaskRegister value;
};

template <class S>
struct Int {
  typename S::IntRegister value;

  TREADLE_INLINE static Int broadcast(std::int32_t x) { return {S::broadcast_int(x)}; }
  TREADLE_INLINE static Int load(const std::int32_t* from) { return {S::load_int(from)}; }

  TREADLE_INLINE friend Int operator+(Int a, Int b) { return {S::add(a.value, b.value)}; }
  TREADLE_INLINE friend Int operator-(Int a, Int b) { return {S::subtract(a.value, b.value)}; }
  TREADLE_INLINE friend Int operator&(Int a, Int b) { return {S::bit_and(a.value, b.value)}; }
  TREADLE_INLINE friend Int operator|(Int a, Int b) { return {S::bit_or(a.value, b.value)}; }
};

/// Shifts by a constant; the right shift fills with zeros.
template <int count, class S>
TREADLE_INLINE Int<S> shift_left(Int<S> a) {
  return {S::template shift_left<count>(a.value)};
}
template <int count, class S>
TREADLE_INLINE Int<S> shift_right(Int<S> a) {
  return {S::template shift_right<count>(a.value)};
}
template <class S>
TREADLE_INLINE Mask<S> equal(Int<S> a, Int<S> b) {
  return {S::equal_int(a.value, b.value)};
}

template <class S>
struct Float {
  static constexpr std::size_t lanes = S::lanes;
  typename S::FloatRegister value;

  TREADLE_INLINE static Float broadcast(float x) { return {S::broadcast(x)}; }
  TREADLE_INLINE static Float zero() { return {S::broadcast(0.0f)}; }
  /// Reads `lanes` floats from any address that is a multiple of 4.
  TREADLE_INLINE static Float load(const float* from) { return {S::load(from)}; }
  /// Reads `lanes` bytes as the numbers 0 ... 255.
  TREADLE_INLINE static Float load_bytes(const std::uint8_t* from) { return {S::load_bytes(from)}; }
  /// Reads the first `count` < lanes floats; the other lanes are `fill`.
  TREADLE_INLINE static Float load_first(const float* from, std::size_t count, float fill) {
    float lane[lanes];
    broadcast(fill).store(lane);
    copy_first<lanes / 2>(lane, from, count);
    return load(lane);
  }
  /// Reads the first `count` < lanes bytes; the other lanes are 0.
  TREADLE_INLINE static Float load_first_bytes(const std::uint8_t* from, std::size_t count) {
    std::uint8_t lane[lanes] = {};
    copy_first<lanes / 2>(lane, from, count);
    return load_bytes(lane);
  }
  TREADLE_INLINE void store(float* to) const { S::store(to, value); }
  /// Writes the first `count` < lanes floats and nothing else.
  TREADLE_INLINE void store_first(float* to, std::size_t count) const {
    float lane[lanes];
    store(lane);
    copy_first<lanes / 2>(to, lane, count);
  }

  /// The value in lane 0.
  TREADLE_INLINE float first() const { return S::first(value); }
  /// Moves lane i + count to lane i, for 0 < count < lanes; the last `count` lanes are any.
  template <std::size_t count>
  TREADLE_INLINE Float down() const {
    return {S::template down<count>(value)};
  }

  TREADLE_INLINE friend Float operator+(Float a, Float b) { return {S::add(a.value, b.value)}; }
  TREADLE_INLINE friend Float operator-(Float a, Float b) { return {S::subtract(a.value, b.value)}; }
  TREADLE_INLINE friend Float operator*(Float a, Float b) { return {S::multiply(a.value, b.value)}; }
  TREADLE_INLINE friend Float operator/(Float a, Float b) { return {S::divide(a.value, b.value)}; }
};

template <class S>
TREADLE_INLINE Float<S> fma(Float<S> a, Float<S> b, Float<S> c) {
  return {S::fma(a.value, b.value, c.value)};
}
template <class S>
TREADLE_INLINE Float<S> sqrt(Float<S> a) {
  return {S::sqrt(a.value)};
}
template <class S>
TREADLE_INLINE Float<S> max(Float<S> a, Float<S> b) {
  return {S::max(a.value, b.value)};
}
template <class S>
TREADLE_INLINE Float<S> min(Float<S> a, Float<S> b) {
  return {S::min(a.value, b.value)};
}
/// a > b, false where either is NaN.
template <class S>
TREADLE_INLINE Mask<S> greater(Float<S> a, Float<S> b) {
  return {S::greater(a.value, b.value)};
}
/// a == b, false where either is NaN.
template <class S>
TREADLE_INLINE Mask<S> equal(Float<S> a, Float<S> b) {
  return {S::equal(a.value, b.value)};
}
/// mask ? a : b, in each lane.
template <class S>
TREADLE_INLINE Float<S> select(Mask<S> mask, Float<S> a, Float<S> b) {
  return {S::select(mask.value, a.value, b.value)};
}
template <class S>
TREADLE_INLINE Int<S> to_int(Float<S> a) {
  return {S::to_int(a.value)};
}
template <class S>
TREADLE_INLINE Float<S> to_float(Int<S> a) {
  return {S::to_float(a.value)};
}
/// The same bits seen as the other type.
template <class S>
TREADLE_INLINE Int<S> bits(Float<S> a) {
  return {S::bits(a.value)};
}
template <class S>
TREADLE_INLINE Float<S> from_bits(Int<S> a) {
  return {S::from_bits(a.value)};
}

}  // namespace treadle::simd
