// y = x W + bias.
#pragma once

#include <cstddef>
#include <string_view>

#include "calls/call.hpp"
#include "calls/gemm_tiles.hpp"
#include "calls/work.hpp"
#include "layers/dense_slices.hpp"

namespace treadle::layers {

struct DenseForward {
  calls::BufferId x, values, y;
  std::size_t weight_offset, bias_offset, in, columns, units, x_stride, y_stride;
  bool relu;

  static constexpr std::string_view name = "forward";
  calls::Work work(const calls::RunContext& context) const noexcept {
    return calls::product_work(context.rows, units, in);
  }
  calls::GemmTiles cut(const calls::RunContext& context) const noexcept {
    return calls::gemm_tiles(*context.kernels, context.rows, units, in);
  }
  std::size_t tiles(const calls::RunContext& context) const noexcept { return cut(context).count(); }
  calls::Work tile_work(const calls::RunContext& context) const noexcept {
    return calls::longest_tile_work(*context.kernels, cut(context), context.rows, units, in);
  }
  void run(const calls::RunContext& context, std::size_t tile) const noexcept {
    calls::run_gemm_tile(*context.kernels, product(context), tile);
  }
  kernels::GemmArgs product(const calls::RunContext& context) const noexcept {
    const std::size_t panel = context.kernels->panel;
    const float* parameters = context.floats(values);
    return {.a = context.floats(x),
            .a_row_stride = x_stride,
            .a_k_stride = 1,
            .b = parameters + weight_offset,
            .b_panel_stride = in * panel,
            .b_k_stride = panel,
            .c = context.floats(y),
            .c_panel_stride = panel,
            .c_row_stride = y_stride,
            .bias = bias_offset == no_offset ? nullptr : parameters + bias_offset,
            .m = context.rows,
            .columns = columns,
            .k = in,
            .start = bias_offset == no_offset ? kernels::GemmStart::zero : kernels::GemmStart::bias,
            .padding = columns - units,
            .finish = relu ? kernels::GemmFinish::relu : kernels::GemmFinish::none};
  }
};

/// The same slice by slice.
struct DenseForwardInTurn {
  DenseForward whole;
  InputSlices slices;

  static constexpr std::string_view name = DenseForward::name;
  static constexpr bool in_turn = true;
  calls::Work work(const calls::RunContext& context) const noexcept { return whole.work(context); }
  std::size_t tiles(const calls::RunContext&) const noexcept { return slices.count(whole.in); }
  void run(const calls::RunContext& context, std::size_t tile) const noexcept {
    const std::size_t first = tile * slices.inputs, left = whole.in - first;
    kernels::GemmArgs args = whole.product(context);
    args.a += first;
    args.b += first * context.kernels->panel;
    args.k = left < slices.inputs ? left : slices.inputs;
    if (first != 0) args.start = kernels::GemmStart::c;
    if (left > slices.inputs) args.finish = kernels::GemmFinish::none;
    context.kernels->gemm(args);
  }
};

}  // namespace treadle::layers
