// NEON on AArch64 processors that begin instructions in their order (Cortex-A53, A55). A load of a whole register there
// holds up the multiply-adds for two cycles. A load of half of one goes beside them (A55) or takes one cycle (A53), and
// one into a general register goes beside them on both; `join` then puts the second half in its place.
#pragma once

#include <cstddef>
#include <cstdint>

#include "simd/neon64.hpp"

namespace treadle::simd {

/// The functions here keep the order in which they are called: the compiler moves none of them past another.
struct Neon64InOrder : Neon64 {
  /// The second half of a register on its way there.
  using Half = std::uint64_t;

  /// Two floats; the other lanes are 0.
  TREADLE_INLINE static void load_low(float32x4_t& to, const float* from) {
    asm volatile("ldr %d0, %1" : "=w"(to) : "m"(*reinterpret_cast<const float(*)[2]>(from)));
  }
  /// One float; the other lanes are 0.
  TREADLE_INLINE static void load_first(float32x4_t& to, const float* from) {
    asm volatile("ldr %s0, %1" : "=w"(to) : "m"(*from));
  }
  TREADLE_INLINE static void load_high(Half& to, const float* from) {
    asm volatile("ldr %0, %1" : "=r"(to) : "m"(*reinterpret_cast<const float(*)[2]>(from)));
  }
  TREADLE_INLINE static void join(float32x4_t& to, Half high) {
    asm volatile("ins %0.d[1], %1" : "+w"(to) : "r"(high));
  }
  TREADLE_INLINE static void advance(const float*& pointer, std::size_t floats) {
    pointer += floats;
    asm volatile("" : "+r"(pointer));
  }
  template <int lane>
  TREADLE_INLINE static void add_product(float32x4_t& sum, float32x4_t factors, float32x4_t b) {
    asm volatile("fmla %0.4s, %1.4s, %2.s[%3]" : "+w"(sum) : "w"(b), "w"(factors), "i"(lane));
  }
};

}  // namespace treadle::simd
