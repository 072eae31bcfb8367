#include "layers/dense.hpp"

#include <cstring>

#include "base/checked.hpp"
#include "calls/gradient_tiles.hpp"
#include "calls/update.hpp"
#include "kernels/column_sum.hpp"
#include "kernels/transpose_panels.hpp"

namespace treadle::layers {
namespace {

using calls::Activation;
using calls::BufferId;
using calls::Phase;
using calls::RunContext;
using kernels::GemmArgs;
using kernels::GemmFinish;
using kernels::GemmStart;

constexpr std::size_t none = SIZE_MAX;

/// Gradients start anew with the first micro-batch of an iteration and are continued by the others.
GemmStart gradient_start(const RunContext& context) noexcept {
  return context.first_row == 0 ? GemmStart::zero : GemmStart::c;
}

/// How all calls that touch a weight are cut where few samples share it: by its inputs, which are rows of the weight,
/// so that a thread finds its own in its cache from call to call. The outputs' sums then go from slice to slice.
struct InputSlices {
  std::size_t inputs;  // of a slice, whole panels; 0: each call is cut as suits it

#ifdef TREADLE_CORE_ONLY  // for microcontrollers, which have one core and no flash to spare
  static constexpr bool available = false;
#else
  static constexpr bool available = true;
#endif
  /// Weights of a slice, about.
  static constexpr std::size_t weights = 51200;
  /// With more samples it takes longer to pass their sums on than to move the weight.
  static constexpr std::size_t most_samples = 8;

  static InputSlices of(const calls::Recorder& recorder, std::size_t in, std::size_t units, bool wants_dx) noexcept {
    const std::size_t panel = recorder.kernels().panel, samples = recorder.rows();
    const std::size_t slices = in * units / weights / 2 * 2;  // even, as most machines have threads
    if (!available || !recorder.training() || !wants_dx || samples > most_samples || samples != recorder.batch_rows() ||
        slices == 0)
      return {0};
    return {panel * base::ceil_div(base::ceil_div(in, panel), slices)};
  }

  explicit operator bool() const noexcept { return available && inputs != 0; }
  std::size_t count(std::size_t in) const noexcept { return base::ceil_div(in, inputs); }
};

struct DenseForward {
  BufferId x, values, y;
  std::size_t weight_offset, bias_offset, in, columns, units, x_stride, y_stride;
  bool relu;

  static constexpr std::string_view name = "forward";
  calls::Work work(const RunContext& context) const noexcept { return calls::product_work(context.rows, units, in); }
  calls::GemmTiles cut(const RunContext& context) const noexcept {
    return calls::gemm_tiles(*context.kernels, context.rows, units, in);
  }
  std::size_t tiles(const RunContext& context) const noexcept { return cut(context).count(); }
  calls::Work tile_work(const RunContext& context) const noexcept {
    return calls::longest_tile_work(*context.kernels, cut(context), context.rows, units, in);
  }
  void run(const RunContext& context, std::size_t tile) const noexcept {
    calls::run_gemm_tile(*context.kernels, product(context), tile);
  }
  GemmArgs product(const RunContext& context) const noexcept {
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
            .bias = bias_offset == none ? nullptr : parameters + bias_offset,
            .m = context.rows,
            .columns = columns,
            .k = in,
            .start = bias_offset == none ? GemmStart::zero : GemmStart::bias,
            .padding = columns - units,
            .finish = relu ? GemmFinish::relu : GemmFinish::none};
  }
};

/// The same slice by slice.
struct DenseForwardInTurn {
  DenseForward whole;
  InputSlices slices;

  static constexpr std::string_view name = DenseForward::name;
  static constexpr bool in_turn = true;
  calls::Work work(const RunContext& context) const noexcept { return whole.work(context); }
  std::size_t tiles(const RunContext&) const noexcept { return slices.count(whole.in); }
  void run(const RunContext& context, std::size_t tile) const noexcept {
    const std::size_t first = tile * slices.inputs, left = whole.in - first;
    GemmArgs args = whole.product(context);
    args.a += first;
    args.b += first * context.kernels->panel;
    args.k = left < slices.inputs ? left : slices.inputs;
    if (first != 0) args.start = GemmStart::c;
    if (left > slices.inputs) args.finish = GemmFinish::none;
    context.kernels->gemm(args);
  }
};

struct DenseWeightGradient {
  BufferId x, dy, gradients;
  InputSlices slices;
  std::size_t weight_offset, in, columns, units, x_stride, dy_stride;

  static constexpr std::string_view name = "weight gradient";
  calls::Work work(const RunContext& context) const noexcept {
    calls::Work work = calls::product_work(in, units, context.rows);
    work.updated = calls::elements(in, units);
    if (gradients == calls::no_buffer) work.bytes -= calls::bytes_of(work.updated);
    return work;
  }
  std::size_t tiles(const RunContext& context) const noexcept { return cut(context).count(); }
  calls::Work tile_work(const RunContext& context) const noexcept {
    const calls::GemmTile tile = calls::gemm_tile(*context.kernels, cut(context), in, units, 0);
    DenseWeightGradient part = *this;
    part.in = tile.rows;
    if (tile.panels * context.kernels->panel < units) part.units = tile.panels * context.kernels->panel;
    return part.work(context);
  }
  /// Panel by panel, rows by rows: each part is updated while it is in the first cache.
  void run(const RunContext& context, std::size_t tile) const noexcept {
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
  calls::GemmTiles cut(const RunContext& context) const noexcept {
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

  void compute(const RunContext& context, const calls::GemmTile& part, float* gradient) const noexcept {
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
  BufferId dy, gradients;
  std::size_t bias_offset, columns, dy_stride;

  static constexpr std::string_view name = "bias gradient";
  calls::Work work(const RunContext& context) const noexcept {
    const double elements = calls::elements(context.rows, columns);
    return {.flops = elements, .bytes = calls::bytes_of(elements), .updated = static_cast<double>(columns)};
  }
  std::size_t tiles(const RunContext&) const noexcept { return 1; }
  void run(const RunContext& context, std::size_t) const noexcept {
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

struct DenseTranspose {
  BufferId values, transposed;
  std::size_t weight_offset, in, units;
  InputSlices slices;

  /// Floats that make a tile worth handing to a thread.
  static constexpr std::size_t tile_floats = 65536;
  std::size_t panels_each(const RunContext& context) const noexcept {
    if (slices) return slices.inputs / context.kernels->panel;
    const std::size_t each = tile_floats / (units * context.kernels->panel);
    return each == 0 ? 1 : each;
  }

  static constexpr std::string_view name = "transpose the weight";
  calls::Work work(const RunContext&) const noexcept {
    return {.flops = 0, .bytes = 2 * calls::bytes_of(calls::elements(in, units))};
  }
  std::size_t tiles(const RunContext& context) const noexcept {
    return base::ceil_div(base::ceil_div(in, context.kernels->panel), panels_each(context));
  }
  void run(const RunContext& context, std::size_t tile) const noexcept {
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
  BufferId dy, weights, dx, gate;  // no gate: no relu before
  std::size_t weight_offset;       // of W in the values; none: `weights` is transposed
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
  calls::Work work(const RunContext& context) const noexcept { return calls::product_work(context.rows, in, units); }
  calls::GemmTiles cut(const RunContext& context) const noexcept {
    if (slices)
      return {.rows_each = context.rows,
              .panels_each = slices.inputs / context.kernels->panel,
              .row_blocks = 1,
              .panel_blocks = slices.count(in)};
    return calls::gemm_tiles(*context.kernels, context.rows, in, units);
  }
  std::size_t tiles(const RunContext& context) const noexcept { return cut(context).count(); }
  calls::Work tile_work(const RunContext& context) const noexcept {
    return calls::longest_tile_work(*context.kernels, cut(context), context.rows, in, units);
  }
  void run(const RunContext& context, std::size_t tile) const noexcept {
    if constexpr (kernels::widest_panel >= least_panel)
      if (weight_offset != none) return run_in_parts(context, tile);
    const GemmArgs whole = product(context);
    const calls::GemmTile part = calls::gemm_tile(*context.kernels, cut(context), whole.m, whole.columns, tile);
    context.kernels->gemm(calls::part_of(*context.kernels, whole, part));
  }

 private:
  GemmArgs product(const RunContext& context) const noexcept {
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
            .start = GemmStart::zero,
            .padding = columns - in,
            .finish = gate == calls::no_buffer ? GemmFinish::none : GemmFinish::gate,
            .gate = gate == calls::no_buffer ? nullptr : context.floats(gate)};
  }

  void run_in_parts(const RunContext& context, std::size_t tile) const noexcept {
    const kernels::KernelTable& kernels = *context.kernels;
    const std::size_t panel = kernels.panel;
    const GemmArgs whole = product(context);
    calls::GemmTile part = calls::gemm_tile(kernels, cut(context), whole.m, whole.columns, tile);
    const std::size_t panel_end = part.panel + part.panels, together = part.rows < for_one_row ? for_one_row : 1;
    const std::size_t units_each = most / (together * panel) / panel * panel;
    alignas(64) float transposed[most];
    for (; part.panel < panel_end; part.panel += part.panels) {
      part.panels = panel_end - part.panel < together ? panel_end - part.panel : together;
      const std::size_t row = part.panel * panel;
      GemmArgs args = calls::part_of(kernels, whole, part);
      args.b = transposed;
      for (std::size_t unit = 0; unit < units; unit += args.k, args.start = GemmStart::c) {
        args.k = units - unit < units_each ? units - unit : units_each;
        args.a = whole.a + part.row * dy_stride + unit;
        args.b_panel_stride = args.k * panel;
        args.finish = unit + args.k == units ? whole.finish : GemmFinish::none;
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

}  // namespace

Result<Shape> output_shape(const Dense& layer, const Shape& input) noexcept {
  if (layer.units == 0) return Error{ErrorCode::invalid_argument, "expected at least 1 unit, got 0"};
  if (input.rank() != 1)
    return Error{ErrorCode::shape_mismatch,
                 Message{"expected input [n], got "} << input << "; put a Flatten before it"};
  if (input[0] == 0) return Error{ErrorCode::shape_mismatch, "expected at least 1 input, got [0]"};
  return Shape{layer.units};
}

ParameterSpecs parameters(const Dense& layer, const Shape& input) noexcept {
  ParameterSpecs specs;
  specs.spec[weight] = {.name = "weight",
                        .shape = {layer.units, input[0]},
                        .layout = Layout::panels,
                        .initializer = layer.initializer,
                        .fan_in = input[0],
                        .fan_out = layer.units};
  specs.spec[bias] = {.name = "bias", .shape = {layer.units}};
  specs.count = layer.bias ? 2 : 1;
  return specs;
}

Flops flops(const Dense& layer, const Shape& input) noexcept {
  const std::uint64_t product = 2 * std::uint64_t{input[0]} * layer.units;
  const std::uint64_t bias_sum = layer.bias ? layer.units : 0;
  return {.forward = product, .backward_parameters = product + bias_sum, .backward_input = product};
}

Activation forward(const Dense& layer, const LayerContext& context, calls::Recorder& recorder) noexcept {
  const Activation y = recorder.activation(layer.units);
  const PlacedParameters& placed = context.parameters;
  const DenseForward whole{.x = context.x.buffer,
                           .values = placed.values,
                           .y = y.buffer,
                           .weight_offset = placed.offset[weight],
                           .bias_offset = layer.bias ? placed.offset[bias] : none,
                           .in = context.input[0],
                           .columns = calls::padded_columns(recorder.kernels(), layer.units),
                           .units = layer.units,
                           .x_stride = context.x.row_stride,
                           .y_stride = y.row_stride,
                           .relu = context.relu};
  if constexpr (InputSlices::available)
    if (const InputSlices slices = InputSlices::of(recorder, whole.in, layer.units, context.wants_dx)) {
      recorder.call(Phase::forward, DenseForwardInTurn{whole, slices}, {whole.x, whole.values, whole.y});
      return y;
    }
  recorder.call(Phase::forward, whole, {whole.x, whole.values, whole.y});
  return y;
}

Activation backward(const Dense& layer, const BackwardContext& context, calls::Recorder& recorder) noexcept {
  const PlacedParameters& placed = context.parameters;
  const Activation& dy = context.dy;
  const std::size_t in = context.input[0];
  const std::size_t columns = calls::padded_columns(recorder.kernels(), layer.units);
  const InputSlices slices = InputSlices::of(recorder, in, layer.units, context.wants_dx);
  const auto input_gradient = [&](BufferId weights, std::size_t weight_offset) {
    const Activation dx = recorder.activation(in);
    const BufferId gate = context.gate_dx ? context.x.buffer : calls::no_buffer;
    recorder.call(Phase::backward,
                  DenseInputGradient{.dy = dy.buffer,
                                     .weights = weights,
                                     .dx = dx.buffer,
                                     .gate = gate,
                                     .weight_offset = weight_offset,
                                     .in = in,
                                     .units = layer.units,
                                     .dy_stride = dy.row_stride,
                                     .dx_stride = dx.row_stride,
                                     .slices = slices},
                  {dy.buffer, weights, dx.buffer, gate});
    return dx;
  };
  // From the weight itself, before it is updated.
  const bool in_parts = context.wants_dx && DenseInputGradient::transposes_parts(recorder, layer.units);
  Activation dx{};
  if (in_parts) dx = input_gradient(placed.values, placed.offset[weight]);
  recorder.call(Phase::backward,
                DenseWeightGradient{.x = context.x.buffer,
                                    .dy = dy.buffer,
                                    .gradients = placed.gradients,
                                    .slices = slices,
                                    .weight_offset = placed.offset[weight],
                                    .in = in,
                                    .columns = columns,
                                    .units = layer.units,
                                    .x_stride = context.x.row_stride,
                                    .dy_stride = dy.row_stride},
                {context.x.buffer, dy.buffer, placed.gradients});
  if (layer.bias)
    recorder.call(Phase::backward,
                  DenseBiasGradient{dy.buffer, placed.gradients, placed.offset[bias], columns, dy.row_stride},
                  {dy.buffer, placed.gradients});
  if (!context.wants_dx || in_parts) return dx;

  const BufferId transposed =
      recorder.buffer(MemoryKind::workspace, calls::Lifetime::iteration,
                      base::CheckedSize{in}.rounded_up(recorder.kernels().panel) * layer.units * sizeof(float));
  recorder.call(Phase::prepare,
                DenseTranspose{placed.values, transposed, placed.offset[weight], in, layer.units, slices},
                {placed.values, transposed});
  return input_gradient(transposed, none);
}

}  // namespace treadle::layers
