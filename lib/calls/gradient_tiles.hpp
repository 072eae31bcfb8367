// How the product that is a weight's gradient is cut: into tiles for threads, and these into parts that are updated at
// once.
#pragma once

#include <cstddef>

#include "calls/gemm_tiles.hpp"
#include "calls/update.hpp"

namespace treadle::calls {

/// Rows of one panel of a gradient that are a part of it: whole register tiles.
inline std::size_t gradient_rows(const kernels::KernelTable& kernels) noexcept {
  return gradient_part / (kernels.panel * kernels.rows) * kernels.rows;
}

/// How x^T dy is cut, x of [samples, in]: into so many rows that their part of x stays in the second cache while panels
/// of dy pass by; the fewer samples, the longer the piece of a panel that is updated at a stretch.
inline GemmTiles weight_gradient_tiles(const kernels::KernelTable& kernels, std::size_t in, std::size_t columns,
                                       std::size_t samples) noexcept {
  constexpr std::size_t x_floats = 16384;
  const std::size_t steps = samples < gemm_least_rows ? gemm_least_rows : samples;
  const std::size_t least = gradient_rows(kernels), fit = x_floats / steps;
  return gemm_tiles(kernels, in, columns, steps, fit < least ? least : fit);
}

}  // namespace treadle::calls
