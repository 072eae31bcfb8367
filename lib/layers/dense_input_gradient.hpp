// The gradient of a Dense layer's inputs, dy W^T, and the transposed weight that it multiplies with.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/checked.hpp"
#include "calls/gemm_tiles.hpp"
#include "calls/recorder.hpp"
#include "calls/work.hpp"
#include "kernels/transpose_panels.hpp"
#include "layers/dense_slices.hpp"

namespace treadle::layers {

struct DenseTranspose {
  calls::BufferId values, transposed;
  std::size_t weight_offset, in, units;
  InputSlices slices;

  /// Floats that make a tile worth handing to a thread.
  static constexpr std::size_t tile_floats = 65536;
  std::size_t panels_each(const calls::RunContext& context) const noexcept {
    if (slices) return slices.inputs / context.kernels->panel;
    const std::size_t each = tile_floats / (units * context.kernels->panel);
    return each == 0 ? 1 : each;
  }

  static constexpr std::string_view name = "transpose the weight";
  calls::Work work(const calls::RunContext&) const noexcept {
    return {.flops = 0, .bytes = 2 * calls::bytes_of(calls::elements(in, units))};
  }
  std::size_t tiles(const calls::RunContext& context) const noexcept {
    return base::ceil_div(base::ceil_div(in, context.kernels->panel), panels_each(context));
  }
  void run(const calls::RunContext& context, std::size_t tile) const noexcept {
    const std::size_t panels = base::ceil_div(in, context.kernels->panel);
    const std::size_t each = panels_each(context), first = tile * each;
    context.kernels->transpose_panels({.from = context.floats(values) + weight_offset,
                                       .to = context.floats(transposed),
                                       .rows = in,
                                       .columns = units,
                                       .panel = context.kernels->panel,
                                       .first_panel = first,
                                       .panels = panels - first < each ? panels - first : each,
                                       .from_panel_stride = in * context.kernels->panel,
                                       .to_panel_stride = units * context.kernels->panel});
  }
};

/// dx = dy W^T. `weights` is the transposed W; or for a batch of few samples W itself, of which each part is
/// transposed just before its product, so that nothing is written to memory but the gradient.
struct DenseInputGradient {
  calls::BufferId dy, weights, dx, gate;  // no gate: no relu before
  std::size_t weight_offset;              // of W in the values; no_offset: `weights` is transposed
  std::size_t in, units, dy_stride, dx_stride;
  InputSlices slices;

  /// Panels that one row needs at once, so that its chains hide the latency of a multiply-add.
  static constexpr std::size_t for_one_row = 4;
  /// Floats of W that are transposed at a time, on the stack.
  static constexpr std::size_t most = for_one_row * kernels::widest_panel * kernels::widest_panel;
  /// Narrow panels are those of processors with a small first cache, or without one.
  static constexpr std::size_t least_panel = 16;

  /// Whether to transpose part by part. With more rows than units dx, which then cannot take the place of x as it does
  /// behind the weight's gradient, would be larger than the transposed weight.
  static bool transposes_parts(const calls::Recorder& recorder, std::size_t units) noexcept {
    const std::size_t rows = recorder.rows();
    return kernels::widest_panel >= least_panel && recorder.kernels().panel >= least_panel &&
           rows == recorder.batch_rows() && rows <= 8 * recorder.kernels().rows && rows <= units;
  }

  static constexpr std::string_view name = "input gradient";
  calls::Work work(const calls::RunContext& context) const noexcept {
    return calls::product_work(context.rows, in, units);
  }
  calls::GemmTiles cut(const calls::RunContext& context) const noexcept {
    if (slices)
      return {.rows_each = context.rows,
              .panels_each = slices.inputs / context.kernels->panel,
              .row_blocks = 1,
              .panel_blocks = slices.count(in)};
    return calls::gemm_tiles(*context.kernels, context.rows, in, units);
  }
  std::size_t tiles(const calls::RunContext& context) const noexcept { return cut(context).count(); }
  calls::Work tile_work(const calls::RunContext& context) const noexcept {
    return calls::longest_tile_work(*context.kernels, cut(context), context.rows, in, units);
  }
  void run(const calls::RunContext& context, std::size_t tile) const noexcept {
    if constexpr (kernels::widest_panel >= least_panel)
      if (weight_offset != no_offset) return run_in_parts(context, tile);
    const kernels::GemmArgs whole = product(context);
    const calls::GemmTile part = calls::gemm_tile(*context.kernels, cut(context), whole.m, whole.columns, tile);
    context.kernels->gemm(calls::part_of(*context.kernels, whole, part));
  }

 private:
  kernels::GemmArgs product(const calls::RunContext& context) const noexcept {
    const std::size_t panel = context.kernels->panel, columns = calls::padded_columns(*context.kernels, in);
    return {.a = context.floats(dy),
            .a_row_stride = dy_stride,
            .a_k_stride = 1,
            .b = context.floats(weights),
            .b_panel_stride = units * panel,
            .b_k_stride = panel,
            .c = context.floats(dx),
            .c_panel_stride = panel,
            .c_row_stride = dx_stride,
            .bias = nullptr,
            .m = context.rows,
            .columns = columns,
            .k = units,
            .start = kernels::GemmStart::zero,
            .padding = columns - in,
            .finish = gate == calls::no_buffer ? kernels::GemmFinish::none : kernels::GemmFinish::gate,
            .gate = gate == calls::no_buffer ? nullptr : context.floats(gate)};
  }

  void run_in_parts(const calls::RunContext& context, std::size_t tile) const noexcept {
    const kernels::KernelTable& kernels = *context.kernels;
    const std::size_t panel = kernels.panel;
    const kernels::GemmArgs whole = product(context);
    calls::GemmTile part = calls::gemm_tile(kernels, cut(context), whole.m, whole.columns, tile);
    const std::size_t panel_end = part.panel + part.panels, together = part.rows < for_one_row ? for_one_row : 1;
    const std::size_t units_each = most / (together * panel) / panel * panel;
    alignas(64) float transposed[most];
    for (; part.panel < panel_end; part.panel += part.panels) {
      part.panels = panel_end - part.panel < together ? panel_end - part.panel : together;
      const std::size_t row = part.panel * panel;
      kernels::GemmArgs args = calls::part_of(kernels, whole, part);
      args.b = transposed;
      for (std::size_t unit = 0; unit < units; unit += args.k, args.start = kernels::GemmStart::c) {
        args.k = units - unit < units_each ? units - unit : units_each;
        args.a = whole.a + part.row * dy_stride + unit;
        args.b_panel_stride = args.k * panel;
        args.finish = unit + args.k == units ? whole.finish : kernels::GemmFinish::none;
        kernels.transpose_panels({.from = context.floats(weights) + weight_offset + (unit * in + row * panel),
                                  .to = transposed,
                                  .rows = in - row,
                                  .columns = args.k,
                                  .panel = panel,
                                  .first_panel = 0,
                                  .panels = part.panels,
                                  .from_panel_stride = in * panel,
                                  .to_panel_stride = args.k * panel});
        kernels.gemm(args);
      }
    }
  }
};

}  // namespace treadle::layers
