// Loops whose index is a constant in each turn.
#pragma once

#include <cstddef>
#include <utility>

#include "simd/batch.hpp"

namespace treadle::kernels::gemm_detail {

/// A constant index. It belongs to one instruction set, as all else here: the linker must not share it with the others.
template <class S, std::size_t i>
struct Index {
  static constexpr int value = i;
  constexpr operator std::size_t() const { return i; }
};

template <class S, class Body, std::size_t... i>
TREADLE_INLINE void unroll(Body&& body, std::index_sequence<i...>) {
  (body(Index<S, i>{}), ...);
}
template <class S, std::size_t count, class Body>
TREADLE_INLINE void unroll(Body&& body) {
  unroll<S>(body, std::make_index_sequence<count>{});
}

}  // namespace treadle::kernels::gemm_detail
