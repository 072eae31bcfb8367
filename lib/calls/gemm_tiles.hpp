// How a matrix product is cut into tiles: from its shape alone.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/checked.hpp"
#include "calls/work.hpp"
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

/// The part of C that a tile is.
struct GemmTile {
  std::size_t row, rows;
  std::size_t panel, panels;
};

/// Multiply-adds that make a tile worth handing to a thread.
inline constexpr std::size_t gemm_tile_work = 256 * 1024;

/// A product of fewer rows takes as long as one of so many: as reading B takes. Smaller tiles would have a row too few
/// panels to read side by side.
inline constexpr std::size_t gemm_least_rows = 3;

/// Rows of A, of as many steps as a product goes deep at once, that stay in the second cache while panels of B pass
/// through the first: as many as can be, since each block of rows reads all of B. Whole register tiles.
inline std::size_t most_rows(const kernels::KernelTable& kernels) noexcept {
  return kernels.lanes >= 8 ? 224 / kernels.rows * kernels.rows : 16 * kernels.rows;
}

/// Panels of a tile of so many rows. Where one panel after the other would have all of A read again, some steps of it
/// at a time take several.
inline std::size_t gemm_least_panels(const kernels::KernelTable& kernels, std::size_t rows, std::size_t k) noexcept {
  return kernels.lanes == 8 && kernels::is_deep(rows, k) ? 4 : 1;
}

/// `most`: rows of a tile.
inline GemmTiles gemm_tiles(const kernels::KernelTable& kernels, std::size_t m, std::size_t columns, std::size_t k,
                            std::size_t most) noexcept {
  // The smallest products would spend more time on the divisions below than on their multiply-adds.
  const std::size_t paid_rows = m < gemm_least_rows ? gemm_least_rows : m;
  if (m <= most && paid_rows * columns * k <= gemm_tile_work)
    return {.rows_each = m, .panels_each = SIZE_MAX, .row_blocks = 1, .panel_blocks = 1};
  const std::size_t panels = base::ceil_div(columns, kernels.panel);
  // An even number of blocks, as most machines have threads.
  const std::size_t blocks = m <= most ? 1 : base::round_up(base::ceil_div(m, most), 2);
  const std::size_t rows_each = m == 0 ? 1 : base::ceil_div(m, blocks);
  const std::size_t panel_work = (rows_each < paid_rows ? paid_rows : rows_each) * kernels.panel * (k == 0 ? 1 : k);
  const std::size_t worth_a_thread = base::ceil_div(gemm_tile_work, panel_work);
  const std::size_t least = gemm_least_panels(kernels, rows_each, k);
  const std::size_t panels_wanted = worth_a_thread < least ? least : worth_a_thread;
  const std::size_t panels_each = panels_wanted < panels ? panels_wanted : (panels == 0 ? 1 : panels);
  return {.rows_each = rows_each,
          .panels_each = panels_each,
          .row_blocks = base::ceil_div(m, rows_each),
          .panel_blocks = base::ceil_div(panels, panels_each)};
}

inline GemmTiles gemm_tiles(const kernels::KernelTable& kernels, std::size_t m, std::size_t columns,
                            std::size_t k) noexcept {
  return gemm_tiles(kernels, m, columns, k, most_rows(kernels));
}

inline GemmTile gemm_tile(const kernels::KernelTable& kernels, const GemmTiles& tiles, std::size_t m,
                          std::size_t columns, std::size_t tile) noexcept {
  const std::size_t panels = base::ceil_div(columns, kernels.panel);
  if (tiles.count() == 1) return {.row = 0, .rows = m, .panel = 0, .panels = panels};
  const std::size_t row = tile / tiles.panel_blocks * tiles.rows_each;
  const std::size_t panel = tile % tiles.panel_blocks * tiles.panels_each;
  return {.row = row,
          .rows = m - row < tiles.rows_each ? m - row : tiles.rows_each,
          .panel = panel,
          .panels = panels - panel < tiles.panels_each ? panels - panel : tiles.panels_each};
}

/// The work of the longest tile: the first.
inline Work longest_tile_work(const kernels::KernelTable& kernels, const GemmTiles& tiles, std::size_t m,
                              std::size_t columns, std::size_t k) noexcept {
  const GemmTile tile = gemm_tile(kernels, tiles, m, columns, 0);
  const std::size_t most = tile.panels * kernels.panel;
  return product_work(tile.rows, columns < most ? columns : most, k);
}

/// Columns of a matrix whose rows have room for whole panels: up to a whole register, which no kernel has to cut off.
inline std::size_t padded_columns(const kernels::KernelTable& kernels, std::size_t columns) noexcept {
  return base::round_up(columns, kernels.lanes);
}

/// The part of the product `whole`, whose A is in one run, that computes this tile of C.
inline kernels::GemmArgs part_of(const kernels::KernelTable& kernels, const kernels::GemmArgs& whole,
                                 const GemmTile& tile) noexcept {
  kernels::GemmArgs part = whole;
  const std::size_t c = tile.panel * whole.c_panel_stride + tile.row * whole.c_row_stride;
  part.a += tile.row * whole.a_row_stride;
  part.b += tile.panel * whole.b_panel_stride;
  part.c += c;
  if (part.bias != nullptr) part.bias += tile.panel * kernels.panel;
  if (part.gate != nullptr) part.gate += c;
  part.m = tile.rows;
  const std::size_t columns = whole.columns - tile.panel * kernels.panel, most = tile.panels * kernels.panel;
  part.columns = columns < most ? columns : most;
  if (columns > most) part.padding = 0;
  return part;
}

/// Computes one tile of the product `whole`, whose A is in one run.
inline void run_gemm_tile(const kernels::KernelTable& kernels, const kernels::GemmArgs& whole,
                          std::size_t tile) noexcept {
  const GemmTiles tiles = gemm_tiles(kernels, whole.m, whole.columns, whole.k);
  if (tiles.count() == 1) return kernels.gemm(whole);
  kernels.gemm(part_of(kernels, whole, gemm_tile(kernels, tiles, whole.m, whole.columns, tile)));
}

}  // namespace treadle::calls
