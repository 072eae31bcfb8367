// A square of lanes x lanes values, transposed on its way from memory to memory.
#pragma once

#include <cstddef>

#include "simd/batch.hpp"

namespace treadle::simd {

/// to[i * to_stride + j] = from[j * from_stride + i], for i below S::lanes >= 4 and j below `rows` <= S::lanes. Reads
/// all of `lanes` rows. Four columns at a time: their blocks of 4x4 are laid side by side as they are read, and
/// transposed each within itself.
template <class S>
TREADLE_INLINE void transpose(const float* from, std::size_t from_stride, float* to, std::size_t to_stride,
                              std::size_t rows = S::lanes) {
  const auto store = [=](std::size_t i, typename S::FloatRegister row) TREADLE_INLINE_LAMBDA {
    if (rows == S::lanes)
      S::store(to + i * to_stride, row);
    else
      Float<S>{row}.store_first(to + i * to_stride, rows);
  };
  for (std::size_t column = 0; column < S::lanes; column += 4, from += 4) {
    typename S::FloatRegister fours[4];
    for (std::size_t row = 0; row < 4; ++row) fours[row] = S::load_fours(from + row * from_stride, 4 * from_stride);
    const auto low01 = S::template interleave<false>(fours[0], fours[1]);
    const auto high01 = S::template interleave<true>(fours[0], fours[1]);
    const auto low23 = S::template interleave<false>(fours[2], fours[3]);
    const auto high23 = S::template interleave<true>(fours[2], fours[3]);
    store(column, S::template halves<false>(low01, low23));
    store(column + 1, S::template halves<true>(low01, low23));
    store(column + 2, S::template halves<false>(high01, high23));
    store(column + 3, S::template halves<true>(high01, high23));
  }
}

}  // namespace treadle::simd
