// Every operation of a batch behind function pointers, so that tests built for every CPU can call one instruction
// set's.
#pragma once

#include <treadle/isa.hpp>

#include <cstddef>
#include <cstdint>

namespace treadle::simd::test {

/// Arrays hold `lanes` elements, those of the functions named ..._16 hold sixteen.
struct Operations {
  using Unary = void (*)(const float* a, float* out);
  using Binary = void (*)(const float* a, const float* b, float* out);
  using IntBinary = void (*)(const std::int32_t* a, const std::int32_t* b, std::int32_t* out);

  Isa isa;
  std::size_t lanes;
  bool fused;
  Binary add, subtract, multiply, divide, max, min;
  Unary sqrt;
  void (*fma)(const float* a, const float* b, const float* c, float* out);
  /// 1 where it holds, else 0, by way of select.
  Binary greater, equal;
  void (*to_int)(const float* a, std::int32_t* out);
  void (*to_float)(const std::int32_t* a, float* out);
  IntBinary int_add, int_subtract, int_and, int_or, int_equal;
  void (*shift_left_23)(const std::int32_t* a, std::int32_t* out);
  void (*shift_right_23)(const std::int32_t* a, std::int32_t* out);
  void (*load_first)(const float* from, std::size_t count, float fill, float* out);
  void (*store_first)(const float* a, float* to, std::size_t count);
  void (*load_bytes)(const std::uint8_t* from, float* out);
  void (*load_first_bytes)(const std::uint8_t* from, std::size_t count, float* out);
  float (*first)(const float* a);
  void (*load_first_16)(const float* from, std::size_t count, float fill, float* out);
  void (*store_first_16)(const float* a, float* to, std::size_t count);
  float (*reduce_add_16)(const float* a);
  float (*reduce_max_16)(const float* a);
  float (*reduce_min_16)(const float* a);
};

#define TREADLE_ISA(isa) extern const Operations isa##_operations;
#include "kernels/isa_list.inc"
#undef TREADLE_ISA

}  // namespace treadle::simd::test
