// A panel of B on its way to the register tiles: gathered where its rows lie apart, and brought along ahead.
#pragma once

#include <cstddef>

#include "kernels/register_tiles.hpp"
#include "kernels/unroll.hpp"
#include "simd/batch.hpp"

namespace treadle::kernels::gemm_detail {

/// Copies `columns` columns of `k` rows of a panel together, with zeros up to a whole register: rows that lie a power
/// of two apart would fight over a few lines of the first cache.
template <class S, std::size_t nr>
TREADLE_INLINE void gather_panel(const float* b, std::size_t b_k_stride, std::size_t k, std::size_t columns,
                                 float* gathered) {
  using Batch = simd::Float<S>;
  if (columns == nr) {
    for (std::size_t step = 0; step < k; ++step, b += b_k_stride, gathered += nr)
      unroll<S, nr / Batch::lanes>(
          [&](auto v) { Batch::load(b + v * Batch::lanes).store(gathered + v * Batch::lanes); });
    return;
  }
  const std::size_t rest = columns % Batch::lanes, whole = columns - rest;
  for (std::size_t step = 0; step < k; ++step, b += b_k_stride, gathered += nr) {
    for (std::size_t column = 0; column < whole; column += Batch::lanes)
      Batch::load(b + column).store(gathered + column);
    if (rest != 0) Batch::load_first(b + whole, rest, 0.0f).store(gathered + whole);
  }
}

/// The panel of B that comes next in a deep product. Each tile of rows has a share of its lines brought into the second
/// cache: the processor's own prefetching ends with a page, and the first tile of a panel would wait for memory.
template <class S>
struct NextPanel {
  const float* from;
  std::size_t lines;  // of a share; may be 0

  static constexpr std::size_t line = 16;  // floats

  TREADLE_INLINE void fetch_share() {
    if constexpr (has_far_prefetch<S>)
      for (const float* const end = from + lines * line; from != end; from += line) S::prefetch_far(from);
  }
};

}  // namespace treadle::kernels::gemm_detail
