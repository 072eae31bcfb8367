// How the product that is a weight's gradient is cut: into tiles for threads, and these into parts that are updated at
// once.
#pragma once

#include <cstddef>

#include "calls/gemm_tiles.hpp"
#include "calls/update.hpp"

namespace treadle::calls {

/// What the rows of a part of a gradient are a multiple of: a register tile, or a register where few columns are turned
/// (kernels/few_columns.hpp). Of one panel, whose last `padding` columns mean nothing.
inline std::size_t gradient_row_step(const kernels::KernelTable& kernels, std::size_t columns, std::size_t padding,
                                     std::size_t samples) noexcept {
  const bool turned = columns <= kernels.panel && kernels::pays_to_turn(kernels.lanes, columns, padding, samples);
  return turned ? kernels.lanes : kernels.rows;
}

/// Most rows of one panel of a gradient that are a part of it.
inline std::size_t gradient_rows(const kernels::KernelTable& kernels, std::size_t row_step) noexcept {
  return gradient_part / (kernels.panel * row_step) * row_step;
}

/// How x^T dy is cut, x of [samples, in]: into so many rows that their part of x stays in the second cache while panels
/// of dy pass by; the fewer samples, the longer the piece of a panel that is updated at a stretch.
inline GemmTiles weight_gradient_tiles(const kernels::KernelTable& kernels, std::size_t in, std::size_t columns,
                                       std::size_t padding, std::size_t samples) noexcept {
  constexpr std::size_t x_floats = 16384;
  const std::size_t steps = samples < gemm_least_rows ? gemm_least_rows : samples;
  const std::size_t least = gradient_rows(kernels, gradient_row_step(kernels, columns, padding, samples));
  const std::size_t fit = x_floats / steps;
  return gemm_tiles(kernels, in, columns, steps, fit < least ? least : fit);
}

}  // namespace treadle::calls
