// What happens to the elements of C once their chains are complete: see GemmFinish.
#pragma once

#include <cstddef>

#include "kernels/elementwise.hpp"
#include "kernels/gemm_args.hpp"
#include "kernels/register_tiles.hpp"
#include "simd/batch.hpp"

namespace treadle::kernels::gemm_detail {

/// Finishes the chains of `columns` columns from `panel` on, which are still in the first cache.
template <class S, std::size_t nr>
TREADLE_INLINE void finish(const GemmArgs& args, Runs rows, std::size_t panel, std::size_t columns) {
  const bool gated = args.finish == GemmFinish::gate;
  for (std::size_t in_panel = 0; columns != 0; ++panel, columns -= in_panel) {
    in_panel = columns < nr ? columns : nr;
    std::size_t offset = panel * args.c_panel_stride;
    for (std::size_t past = 0; past < args.m; past += rows.length, offset += rows.stride) {
      float* c = args.c + offset;
      const float* gate = gated ? args.gate + offset : c;
      for (std::size_t row = 0; row < rows.length; ++row, c += args.c_row_stride, gate += args.c_row_stride)
        for_each_batch<S>(in_panel, [=](auto at) TREADLE_INLINE_LAMBDA {
          const auto sum = at.load(c), zero = decltype(sum)::zero();
          at.store(c, gated ? select(greater(at.load(gate), zero), sum, zero) : max(zero, sum));
        });
    }
  }
}

}  // namespace treadle::kernels::gemm_detail
