#include "layers/softmax.hpp"

#include "calls/elementwise.hpp"
#include "kernels/softmax.hpp"
#include "kernels/softmax_gradient.hpp"

namespace treadle::layers {
namespace {

using calls::Activation;
using calls::BufferId;
using calls::RunContext;

/// Kernels count columns in floats.
constexpr std::size_t most_columns = std::size_t{1} << 24;

/// Operations for each value.
constexpr int forward_flops = 25;
constexpr int gradient_flops = 4;

/// How the values of a micro-batch are grouped, and how its samples are cut into tiles.
struct Groups {
  std::size_t groups, columns, row_stride;

  std::size_t rows_each() const noexcept {
    return row_stride >= calls::elementwise_tile ? 1 : calls::elementwise_tile / row_stride;
  }
  calls::Work work(const RunContext& context, double flops_each, double floats_each) const noexcept {
    const double elements = calls::elements(context.rows, groups) * static_cast<double>(columns);
    return {.flops = flops_each * elements, .bytes = calls::bytes_of(floats_each * elements)};
  }
  std::size_t tiles(const RunContext& context) const noexcept { return base::ceil_div(context.rows, rows_each()); }
  std::size_t rows_from(const RunContext& context, std::size_t first) const noexcept {
    return context.rows - first < rows_each() ? context.rows - first : rows_each();
  }
};

Groups groups_of(const Shape& input, const Activation& x) noexcept {
  const std::size_t columns = input[input.rank() - 1];
  return {.groups = x.columns / columns, .columns = columns, .row_stride = x.row_stride};
}

struct SoftmaxForward {
  BufferId x, y;
  Groups shape;

  static constexpr std::string_view name = "forward";
  calls::Work work(const RunContext& context) const noexcept { return shape.work(context, forward_flops, 2); }
  std::size_t tiles(const RunContext& context) const noexcept { return shape.tiles(context); }
  void run(const RunContext& context, std::size_t tile) const noexcept {
    const std::size_t first = tile * shape.rows_each();
    context.kernels->softmax({.x = context.floats(x) + first * shape.row_stride,
                              .y = context.floats(y) + first * shape.row_stride,
                              .rows = shape.rows_from(context, first),
                              .groups = shape.groups,
                              .columns = shape.columns,
                              .row_stride = shape.row_stride});
  }
};

struct SoftmaxBackward {
  BufferId y, dy, dx;
  Groups shape;

  static constexpr std::string_view name = "input gradient";
  calls::Work work(const RunContext& context) const noexcept { return shape.work(context, gradient_flops, 3); }
  std::size_t tiles(const RunContext& context) const noexcept { return shape.tiles(context); }
  void run(const RunContext& context, std::size_t tile) const noexcept {
    const std::size_t first = tile * shape.rows_each();
    context.kernels->softmax_gradient({.y = context.floats(y) + first * shape.row_stride,
                                       .dy = context.floats(dy) + first * shape.row_stride,
                                       .dx = context.floats(dx) + first * shape.row_stride,
                                       .rows = shape.rows_from(context, first),
                                       .groups = shape.groups,
                                       .columns = shape.columns,
                                       .row_stride = shape.row_stride});
  }
};

}  // namespace

Result<Shape> output_shape(const Softmax&, const Shape& input) noexcept {
  if (input.rank() == 0) return Error{ErrorCode::shape_mismatch, Message{"expected input [..., n], got "} << input};
  if (input[input.rank() - 1] > most_columns)
    return Error{ErrorCode::too_large,
                 Message{"expected a last axis of at most "} << most_columns << ", got " << input};
  return input;
}

Flops flops(const Softmax&, const Shape& input) noexcept {
  const std::uint64_t elements = input.elements().value_or(std::size_t{0});
  return {.forward = forward_flops * elements, .backward_input = gradient_flops * elements};
}

Activation forward(const Softmax&, const LayerContext& context, calls::Recorder& recorder) noexcept {
  const Activation& x = context.x;
  Activation y = x.overwritable ? x : recorder.activation_like(x);
  recorder.call(calls::Phase::forward, SoftmaxForward{x.buffer, y.buffer, groups_of(context.input, x)},
                {x.buffer, y.buffer});
  y.overwritable = !recorder.training();
  return y;
}

Activation backward(const Softmax&, const BackwardContext& context, calls::Recorder& recorder) noexcept {
  const Activation dx = context.dy.overwritable ? context.dy : recorder.activation_like(context.dy);
  recorder.call(calls::Phase::backward,
                SoftmaxBackward{context.y.buffer, context.dy.buffer, dx.buffer, groups_of(context.input, context.dy)},
                {context.y.buffer, context.dy.buffer, dx.buffer});
  return dx;
}

}  // namespace treadle::layers
