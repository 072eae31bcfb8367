// A square of lanes x lanes values, transposed in registers.
#pragma once

#include <cstddef>
#include <utility>

#include "simd/batch.hpp"

namespace treadle::simd {

namespace transpose_detail {

/// Rows `row` and `row` + distance exchange the blocks of `distance` lanes that lie off the diagonal.
template <std::size_t row, std::size_t distance, class S>
TREADLE_INLINE void exchange(Float<S>* rows) {
  if constexpr ((row & distance) == 0) {
    const Float<S> upper = rows[row], lower = rows[row + distance];
    rows[row] = {S::template blocks<distance, false>(upper.value, lower.value)};
    rows[row + distance] = {S::template blocks<distance, true>(upper.value, lower.value)};
  }
}

template <std::size_t distance, class S, std::size_t... row>
TREADLE_INLINE void stages(Float<S>* rows, std::index_sequence<row...> all) {
  if constexpr (distance < sizeof...(row)) {
    (exchange<row, distance>(rows), ...);
    stages<2 * distance>(rows, all);
  }
}

}  // namespace transpose_detail

/// rows[i] lane j becomes rows[j] lane i, by exchanging blocks of 1, 2, 4, ... lanes.
template <class S>
TREADLE_INLINE void transpose(Float<S> (&rows)[S::lanes]) {
  transpose_detail::stages<1>(static_cast<Float<S>*>(rows), std::make_index_sequence<S::lanes>{});
}

}  // namespace treadle::simd
