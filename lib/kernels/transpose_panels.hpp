// Turns B[k, n] in packed panels into its transpose [n, k] in packed panels: what the gradient with respect to a
// layer's input multiplies with. Columns that pad the last panel become 0. The weight of a convolution is such a matrix
// for each of its kernel's elements, in panels that hold all of them.
#pragma once

#include <cstddef>

#include "simd/batch.hpp"
#include "simd/transpose.hpp"

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

namespace transpose_panels_detail {

/// to[column][row] = from[row][column], one by one.
template <class S>
TREADLE_INLINE void part(const float* from, float* to, std::size_t rows, std::size_t columns, std::size_t panel) {
  for (std::size_t column = 0; column < columns; ++column)
    for (std::size_t row = 0; row < rows; ++row) to[column * panel + row] = from[row * panel + column];
}

/// Up to a panel of rows and columns, squares first.
template <class S>
TREADLE_INLINE void block(const float* from, float* to, std::size_t rows, std::size_t columns, std::size_t panel) {
  constexpr std::size_t lanes = S::lanes;
  const std::size_t whole_rows = lanes == 1 ? 0 : rows / lanes * lanes, whole_columns = columns / lanes * lanes;
  if constexpr (lanes > 1)
    for (std::size_t row = 0; row < whole_rows; row += lanes)
      for (std::size_t column = 0; column < whole_columns; column += lanes)
        simd::transpose<S>(from + row * panel + column, panel, to + column * panel + row, panel);
  part<S>(from + whole_columns, to + whole_columns * panel, whole_rows, columns - whole_columns, panel);
  part<S>(from + whole_rows * panel, to + whole_rows, rows - whole_rows, columns, panel);
}

}  // namespace transpose_panels_detail

template <class S>
[[gnu::flatten]] void transpose_panels(const TransposePanelsArgs& args) noexcept {
  const std::size_t panel = args.panel;
  for (std::size_t to_panel = args.first_panel; to_panel < args.first_panel + args.panels; ++to_panel) {
    const std::size_t first_row = to_panel * panel, rest = args.rows - first_row;
    const std::size_t rows = rest < panel ? rest : panel;
    const float* from = args.from + first_row * panel;
    float* to = args.to + to_panel * args.to_panel_stride;
    for (std::size_t column = 0; column < args.columns; column += panel, from += args.from_panel_stride) {
      const std::size_t left = args.columns - column, columns = left < panel ? left : panel;
      transpose_panels_detail::block<S>(from, to + column * panel, rows, columns, panel);
    }
    if (rows < panel)
      for (std::size_t column = 0; column < args.columns; ++column)
        for (std::size_t row = rows; row < panel; ++row) to[column * panel + row] = 0.0f;
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
