// The gradients of a Dense layer's weight, x^T dy, and bias, and with them the update.
#pragma once

#include <cstddef>
#include <cstring>
#include <string_view>

#include "base/checked.hpp"
#include "calls/gradient_tiles.hpp"
#include "calls/update.hpp"
#include "calls/work.hpp"
#include "kernels/column_sum.hpp"
#include "layers/dense_slices.hpp"

namespace treadle::layers {

/// Gradients start anew with the first micro-batch of an iteration and are continued by the others.
inline kernels::GemmStart gradient_start(const calls::RunContext& context) noexcept {
  return context.first_row == 0 ? kernels::GemmStart::zero : kernels::GemmStart::c;
}

struct DenseWeightGradient {
  calls::BufferId x, dy, gradients;
  InputSlices slices;
  std::size_t weight_offset, in, columns, units, x_stride, dy_stride;

  static constexpr std::string_view name = "weight gradient";
  calls::Work work(const calls::RunContext& context) const noexcept {
    calls::Work work = calls::product_work(in, units, context.rows);
    work.updated = calls::elements(in, units);
    if (gradients == calls::no_buffer) work.bytes -= calls::bytes_of(work.updated);
    return work;
  }
  std::size_t tiles(const calls::RunContext& context) const noexcept { return cut(context).count(); }
  calls::Work tile_work(const calls::RunContext& context) const noexcept {
    const calls::GemmTile tile = calls::gemm_tile(*context.kernels, cut(context), in, units, 0);
    DenseWeightGradient part = *this;
    part.in = tile.rows;
    if (tile.panels * context.kernels->panel < units) part.units = tile.panels * context.kernels->panel;
    return part.work(context);
  }
  /// Panel by panel, rows by rows: each part is updated while it is in the first cache.
  void run(const calls::RunContext& context, std::size_t tile) const noexcept {
    const kernels::KernelTable& kernels = *context.kernels;
    const std::size_t panel = kernels.panel;
    const calls::GemmTile whole = calls::gemm_tile(kernels, cut(context), in, units, tile);
    const std::size_t row_end = whole.row + whole.rows, panel_end = whole.panel + whole.panels;
    for (std::size_t part_panel = whole.panel; part_panel < panel_end; ++part_panel) {
      const auto [used, padding] = in_panel(part_panel, panel);
      const std::size_t row_step = calls::gradient_row_step(kernels, used + padding, padding, context.rows);
      const std::size_t parts = base::ceil_div(whole.rows, calls::gradient_rows(kernels, row_step));
      const std::size_t most_rows = base::round_up(base::ceil_div(whole.rows, parts), row_step);
      for (std::size_t row = whole.row, rows = 0; row < row_end; row += rows) {
        rows = row_end - row < most_rows ? row_end - row : most_rows;
        const calls::GemmTile part{.row = row, .rows = rows, .panel = part_panel, .panels = 1};
        calls::finish_gradient(context, gradients, weight_offset + (part_panel * in + row) * panel, rows * panel,
                               [&](float* gradient) { compute(context, part, gradient); });
      }
    }
  }

 private:
  calls::GemmTiles cut(const calls::RunContext& context) const noexcept {
    if (slices)
      return {.rows_each = slices.inputs,
              .panels_each = base::ceil_div(columns, context.kernels->panel),
              .row_blocks = slices.count(in),
              .panel_blocks = 1};
    return calls::weight_gradient_tiles(*context.kernels, in, columns, columns - units, context.rows);
  }

  /// Units of a panel, and columns that pad them.
  struct InPanel {
    std::size_t used, padding;
  };
  InPanel in_panel(std::size_t index, std::size_t panel) const noexcept {
    const std::size_t left = units - index * panel;
    return left < panel ? InPanel{left, columns - units} : InPanel{panel, 0};
  }

  void compute(const calls::RunContext& context, const calls::GemmTile& part, float* gradient) const noexcept {
    const std::size_t panel = context.kernels->panel;
    const auto [used, padding] = in_panel(part.panel, panel);
    // What pads the last panel is updated too, and must stay zero.
    if (used + padding < panel && gradients == calls::no_buffer)
      std::memset(gradient, 0, part.rows * panel * sizeof(float));
    context.kernels->gemm({.a = context.floats(x) + part.row,
                           .a_row_stride = 1,
                           .a_k_stride = x_stride,
                           .b = context.floats(dy) + part.panel * panel,
                           .b_panel_stride = panel,
                           .b_k_stride = dy_stride,
                           .c = gradient,
                           .c_panel_stride = 0,
                           .c_row_stride = panel,
                           .bias = nullptr,
                           .m = part.rows,
                           .columns = used + padding,
                           .k = context.rows,
                           .start = gradient_start(context),
                           .padding = padding});
  }
};

struct DenseBiasGradient {
  calls::BufferId dy, gradients;
  std::size_t bias_offset, columns, dy_stride;

  static constexpr std::string_view name = "bias gradient";
  calls::Work work(const calls::RunContext& context) const noexcept {
    const double elements = calls::elements(context.rows, columns);
    return {.flops = elements, .bytes = calls::bytes_of(elements), .updated = static_cast<double>(columns)};
  }
  std::size_t tiles(const calls::RunContext&) const noexcept { return 1; }
  void run(const calls::RunContext& context, std::size_t) const noexcept {
    for (std::size_t column = 0, count = 0; column < columns; column += count) {
      count = columns - column < calls::gradient_part ? columns - column : calls::gradient_part;
      calls::finish_gradient(context, gradients, bias_offset + column, count, [&](float* gradient) {
        context.kernels->column_sum({.in = context.floats(dy) + column,
                                     .out = gradient,
                                     .rows = context.rows,
                                     .columns = count,
                                     .row_stride = dy_stride,
                                     .accumulate = context.first_row != 0});
      });
    }
  }
};

}  // namespace treadle::layers
