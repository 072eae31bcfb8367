// What a register tile in assembler works on.
#pragma once

#include <cstddef>

namespace treadle::simd {

/// Strides are in floats. A start of stride 0 is the same row for all rows of the tile.
struct TileArgs {
  const float* a;
  std::size_t a_stride;  ///< from row to row in along_k, from step to step in across_rows
  const float* b;
  std::size_t b_stride;  ///< from step to step
  std::size_t steps;
  const float* start;
  std::size_t start_stride;
  float* c;
  std::size_t c_stride;
};

}  // namespace treadle::simd
