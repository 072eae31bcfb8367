// How a matrix product is cut into tiles: from its shape alone.
#pragma once

#include <cstddef>

#include "base/checked.hpp"
#include "kernels/gemm.hpp"
#include "kernels/table.hpp"

namespace treadle::calls {

/// Blocks of rows times blocks of panels of C. A tile's share of A stays in the second cache while its panels of B pass
/// through the first.
struct GemmTiles {
  std::size_t rows_each;
  std::size_t panels_each;
  std::size_t row_blocks;
  std::size_t panel_blocks;

  std::size_t count() const noexcept { return row_blocks * panel_blocks; }
};

/// Multiply-adds that make a tile worth handing to a thread.
inline constexpr std::size_t gemm_tile_work = 256 * 1024;

inline GemmTiles gemm_tiles(const kernels::KernelTable& kernels, std::size_t m, std::size_t columns,
                            std::size_t k) noexcept {
  const std::size_t panels = base::ceil_div(columns, kernels.panel);
  const std::size_t most_rows = 8 * kernels.rows;
  const std::size_t rows_each = m < most_rows ? (m == 0 ? 1 : m) : most_rows;
  const std::size_t panel_work = rows_each * kernels.panel * (k == 0 ? 1 : k);
  const std::size_t panels_wanted = base::ceil_div(gemm_tile_work, panel_work);
  const std::size_t panels_each = panels_wanted < panels ? panels_wanted : (panels == 0 ? 1 : panels);
  return {.rows_each = rows_each,
          .panels_each = panels_each,
          .row_blocks = base::ceil_div(m, rows_each),
          .panel_blocks = base::ceil_div(panels, panels_each)};
}

/// Columns of a matrix whose rows have room for whole panels: up to a whole register, which no kernel has to cut off.
inline std::size_t padded_columns(const kernels::KernelTable& kernels, std::size_t columns) noexcept {
  return base::round_up(columns, kernels.lanes);
}

/// Computes one tile of the product that `whole` describes, whose A is in one run.
inline void run_gemm_tile(const kernels::KernelTable& kernels, const kernels::GemmArgs& whole,
                          std::size_t tile) noexcept {
  const GemmTiles tiles = gemm_tiles(kernels, whole.m, whole.columns, whole.k);
  const std::size_t row = tile / tiles.panel_blocks * tiles.rows_each;
  const std::size_t panel = tile % tiles.panel_blocks * tiles.panels_each;
  kernels::GemmArgs part = whole;
  part.a += row * whole.a_row_stride;
  part.b += panel * whole.b_panel_stride;
  part.c += panel * whole.c_panel_stride + row * whole.c_row_stride;
  if (part.bias != nullptr) part.bias += panel * kernels.panel;
  part.m = whole.m - row < tiles.rows_each ? whole.m - row : tiles.rows_each;
  const std::size_t columns = whole.columns - panel * kernels.panel, most = tiles.panels_each * kernels.panel;
  part.columns = columns < most ? columns : most;
  kernels.gemm(part);
}

}  // namespace treadle::calls
