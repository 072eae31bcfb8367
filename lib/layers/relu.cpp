#include "layers/relu.hpp"

#include "calls/elementwise.hpp"
#include "kernels/relu.hpp"
#include "kernels/relu_gradient.hpp"

namespace treadle::layers {
namespace {

using calls::BufferId;
using calls::Range;
using calls::RunContext;

struct ReluForward {
  BufferId x, y;
  std::size_t row_stride;

  std::size_t tiles(const RunContext& context) const noexcept {
    return calls::elementwise_tiles(context.rows * row_stride);
  }
  void run(const RunContext& context, std::size_t tile) const noexcept {
    const Range range = calls::elementwise_range(context.rows * row_stride, tile);
    context.kernels->relu(
        {.x = context.floats(x) + range.begin, .y = context.floats(y) + range.begin, .n = range.count});
  }
};

struct ReluBackward {
  BufferId y, dy, dx;
  std::size_t row_stride;

  std::size_t tiles(const RunContext& context) const noexcept {
    return calls::elementwise_tiles(context.rows * row_stride);
  }
  void run(const RunContext& context, std::size_t tile) const noexcept {
    const Range range = calls::elementwise_range(context.rows * row_stride, tile);
    context.kernels->relu_gradient({.y = context.floats(y) + range.begin,
                                    .dy = context.floats(dy) + range.begin,
                                    .dx = context.floats(dx) + range.begin,
                                    .n = range.count});
  }
};

}  // namespace

Flops flops(const Relu&, const Shape& input) noexcept {
  const std::size_t elements = input.elements().value_or(std::size_t{0});
  return {.forward = elements, .backward_input = elements};
}

calls::Activation forward(const Relu&, const LayerContext& context, calls::Recorder& recorder) noexcept {
  const calls::Activation& x = context.x;
  calls::Activation y = x.overwritable ? x : recorder.activation_like(x);
  recorder.call(calls::Phase::forward, ReluForward{x.buffer, y.buffer, x.row_stride}, {x.buffer, y.buffer});
  y.overwritable = !recorder.training();
  return y;
}

calls::Activation backward(const Relu&, const BackwardContext& context, calls::Recorder& recorder) noexcept {
  const calls::Activation dx = context.dy.overwritable ? context.dy : recorder.activation_like(context.dy);
  recorder.call(calls::Phase::backward,
                ReluBackward{context.y.buffer, context.dy.buffer, dx.buffer, context.dy.row_stride},
                {context.y.buffer, context.dy.buffer, dx.buffer});
  return dx;
}

}  // namespace treadle::layers
