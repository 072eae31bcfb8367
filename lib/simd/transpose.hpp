// A square of lanes x lanes values, transposed on its way from memory to memory.
#pragma once

#include <cstddef>

#include "simd/batch.hpp"

namespace treadle::simd {

/// to[i * to_stride + j] = from[j * from_stride + i], for i and j below S::lanes >= 4. Four columns at a time: their
/// blocks of 4x4 are laid side by side as they are read, and transposed each within itself.
template <class S>
TREADLE_INLINE void transpose(const float* from, std::size_t from_stride, float* to, std::size_t to_stride) {
  for (std::size_t column = 0; column < S::lanes; column += 4, from += 4, to += 4 * to_stride) {
    typename S::FloatRegister rows[4];
    for (std::size_t row = 0; row < 4; ++row) rows[row] = S::load_fours(from + row * from_stride, 4 * from_stride);
    const auto low01 = S::template interleave<false>(rows[0], rows[1]);
    const auto high01 = S::template interleave<true>(rows[0], rows[1]);
    const auto low23 = S::template interleave<false>(rows[2], rows[3]);
    const auto high23 = S::template interleave<true>(rows[2], rows[3]);
    S::store(to, S::template halves<false>(low01, low23));
    S::store(to + to_stride, S::template halves<true>(low01, low23));
    S::store(to + 2 * to_stride, S::template halves<false>(high01, high23));
    S::store(to + 3 * to_stride, S::template halves<true>(high01, high23));
  }
}

}  // namespace treadle::simd
