#include "layers/max_pool2d.hpp"

#include <bit>

#include "base/checked.hpp"
#include "calls/elementwise.hpp"
#include "kernels/max_pool.hpp"
#include "kernels/max_pool_gradient.hpp"
#include "layers/image.hpp"

namespace treadle::layers {
namespace {

using calls::Activation;
using calls::BufferId;
using calls::RunContext;

std::size_t stride_of(const MaxPool2d& layer) noexcept { return layer.stride == 0 ? layer.window : layer.stride; }

/// The images and windows of a layer, for one sample.
struct Windows {
  Image in, out;
  std::uint16_t window, stride;

  /// Values that are compared in a micro-batch, which moves `per_input` floats for each input, `per_output` for each
  /// output.
  calls::Work work(const RunContext& context, double per_input, double per_output) const noexcept {
    const double samples = static_cast<double>(context.rows);
    const double outputs = samples * calls::elements(out.pixels(), out.channels);
    const double inputs = samples * calls::elements(in.pixels(), in.channels);
    return {.flops = outputs * static_cast<double>(window) * window,
            .bytes = calls::bytes_of(per_input * inputs + per_output * outputs)};
  }
  /// Whole samples, so that a window is never in two tiles; a power of two as most batches are.
  std::size_t samples_each() const noexcept {
    return std::bit_floor(base::ceil_div(calls::elementwise_tile, in.pixels() * in.channels));
  }
  std::size_t tiles(const RunContext& context) const noexcept { return base::ceil_div(context.rows, samples_each()); }
  /// Whether the windows of a row of outputs neither overlap nor leave out an input.
  bool side_by_side() const noexcept { return stride == window && out.width * stride == in.width; }
  /// Calls body(sample) for each sample of a tile.
  template <class Body>
  void for_each_sample(const RunContext& context, std::size_t tile, const Body& body) const noexcept {
    const std::size_t each = samples_each(), begin = tile * each;
    for (std::size_t sample = begin; sample < begin + each && sample < context.rows; ++sample) body(sample);
  }
};

Windows windows(const MaxPool2d& layer, const Shape& input) noexcept {
  const std::size_t stride = stride_of(layer);
  const Image in = image_of(input);
  const Image out{static_cast<std::uint16_t>((in.height - layer.window) / stride + 1),
                  static_cast<std::uint16_t>((in.width - layer.window) / stride + 1), in.channels};
  return {in, out, static_cast<std::uint16_t>(layer.window), static_cast<std::uint16_t>(stride)};
}

struct MaxPoolForward {
  BufferId x, y;
  Windows windows;
  std::size_t x_stride, y_stride;

  static constexpr std::string_view name = "forward";
  calls::Work work(const RunContext& context) const noexcept { return windows.work(context, 1, 1); }
  std::size_t tiles(const RunContext& context) const noexcept { return windows.tiles(context); }
  void run(const RunContext& context, std::size_t tile) const noexcept {
    windows.for_each_sample(context, tile, [&](std::size_t sample) {
      context.kernels->max_pool({.x = context.floats(x) + sample * x_stride,
                                 .y = context.floats(y) + sample * y_stride,
                                 .width = windows.in.width,
                                 .channels = windows.in.channels,
                                 .out_height = windows.out.height,
                                 .out_width = windows.out.width,
                                 .window = windows.window,
                                 .stride = windows.stride});
    });
  }
};

struct MaxPoolBackward {
  BufferId x, y, dy, dx;
  Windows windows;
  std::size_t x_stride, y_stride, dx_stride;
  bool gate;

  static constexpr std::string_view name = "input gradient";
  calls::Work work(const RunContext& context) const noexcept { return windows.work(context, 2, 2); }
  std::size_t tiles(const RunContext& context) const noexcept { return windows.tiles(context); }
  void run(const RunContext& context, std::size_t tile) const noexcept {
    windows.for_each_sample(context, tile, [&](std::size_t sample) {
      context.kernels->max_pool_gradient({.x = context.floats(x) + sample * x_stride,
                                          .y = context.floats(y) + sample * y_stride,
                                          .dy = context.floats(dy) + sample * y_stride,
                                          .dx = context.floats(dx) + sample * dx_stride,
                                          .height = windows.in.height,
                                          .width = windows.in.width,
                                          .channels = windows.in.channels,
                                          .out_height = windows.out.height,
                                          .out_width = windows.out.width,
                                          .window = windows.window,
                                          .stride = windows.stride,
                                          .gate = gate});
    });
  }
};

}  // namespace

Result<Shape> output_shape(const MaxPool2d& layer, const Shape& input) noexcept {
  for (const Result<void>& checked :
       {check_field("window", layer.window), check_field("stride", stride_of(layer)), check_image(input)})
    if (!checked) return checked.error();
  if (input[0] < layer.window || input[1] < layer.window)
    return Error{ErrorCode::shape_mismatch, Message{"expected an image of at least "}
                                                << layer.window << "x" << layer.window << ", its window, got "
                                                << input};
  const Image out = windows(layer, input).out;
  return Shape{out.height, out.width, out.channels};
}

Flops flops(const MaxPool2d& layer, const Shape& input) noexcept {
  const Image out = windows(layer, input).out;
  const std::uint64_t compared = std::uint64_t{out.pixels()} * out.channels * layer.window * layer.window;
  return {.forward = compared, .backward_input = compared};
}

Activation forward(const MaxPool2d& layer, const LayerContext& context, calls::Recorder& recorder) noexcept {
  const Windows shape = windows(layer, context.input);
  Activation y = recorder.activation(shape.out.pixels() * shape.out.channels);
  recorder.call(calls::Phase::forward,
                MaxPoolForward{context.x.buffer, y.buffer, shape, context.x.row_stride, y.row_stride},
                {context.x.buffer, y.buffer});
  y.overwritable = !recorder.training();
  return y;
}

Activation backward(const MaxPool2d& layer, const BackwardContext& context, calls::Recorder& recorder) noexcept {
  const Windows shape = windows(layer, context.input);
  // What a Relu gave is read here for the last time, and windows side by side read each x before its dx is written.
  const Activation dx = context.gate_dx && shape.side_by_side() ? context.x : recorder.activation(context.x.columns);
  recorder.call(calls::Phase::backward,
                MaxPoolBackward{context.x.buffer, context.y.buffer, context.dy.buffer, dx.buffer, shape,
                                context.x.row_stride, context.y.row_stride, dx.row_stride, context.gate_dx},
                {context.x.buffer, context.y.buffer, context.dy.buffer, dx.buffer});
  return dx;
}

}  // namespace treadle::layers
