// Turns B[k, n] in packed panels into its transpose [n, k] in packed panels: what the gradient with respect to a
// layer's input multiplies with. Columns that pad the last panel become 0. The weight of a convolution is such a matrix
// for each of its kernel's elements, in panels that hold all of them.
#pragma once

#include <cstddef>

#include "simd/batch.hpp"

namespace treadle::kernels {

struct TransposePanelsArgs {
  const float* from;        // [ceil(columns / panel), rows, panel], panels from_panel_stride apart
  float* to;                // [ceil(rows / panel), columns, panel], panels to_panel_stride apart
  std::size_t rows;         // of `from`
  std::size_t columns;      // of `from`, without padding
  std::size_t panel;        // the table's `panel`
  std::size_t first_panel;  // the panels of `to` to write
  std::size_t panels;
  std::size_t from_panel_stride;  // rows * panel when they lie close
  std::size_t to_panel_stride;    // columns * panel
};

template <class S>
void transpose_panels(const TransposePanelsArgs& args) noexcept {
  for (std::size_t to_panel = args.first_panel; to_panel < args.first_panel + args.panels; ++to_panel) {
    const std::size_t first_row = to_panel * args.panel;
    const std::size_t rest = args.rows - first_row;
    const std::size_t rows = rest < args.panel ? rest : args.panel;
    float* to = args.to + to_panel * args.to_panel_stride;
    for (std::size_t column = 0; column < args.columns; ++column, to += args.panel) {
      const float* from = args.from + column / args.panel * args.from_panel_stride + column % args.panel;
      for (std::size_t row = 0; row < rows; ++row) to[row] = from[(first_row + row) * args.panel];
      for (std::size_t row = rows; row < args.panel; ++row) to[row] = 0.0f;
    }
  }
}

namespace reference {
template <class Arithmetic>
void transpose_panels(const TransposePanelsArgs& args) noexcept {
  for (std::size_t row = args.first_panel * args.panel; row < (args.first_panel + args.panels) * args.panel; ++row)
    for (std::size_t column = 0; column < args.columns; ++column)
      args.to[row / args.panel * args.to_panel_stride + column * args.panel + row % args.panel] =
          row < args.rows
              ? args.from[column / args.panel * args.from_panel_stride + row * args.panel + column % args.panel]
              : 0.0f;
}
}  // namespace reference

}  // namespace treadle::kernels
