#include "layers/pointwise.hpp"

#include "calls/elementwise.hpp"
#include "kernels/activation.hpp"
#include "kernels/leaky_relu.hpp"
#include "kernels/leaky_relu_gradient.hpp"

namespace treadle::layers {
namespace {

using calls::Activation;
using calls::BufferId;
using calls::Range;
using calls::RunContext;
using kernels::KernelTable;

/// What the forward pass has to leave for the backward pass.
enum class Saved { x, y };

/// Kernels without numbers of their own. The operations are those of the kernel for one value, comparisons aside.
template <auto forward_kernel, auto gradient_kernel, Saved what, std::uint64_t forward_operations,
          std::uint64_t gradient_operations>
struct Plain {
  static constexpr Saved saved = what;
  static constexpr std::uint64_t forward_flops = forward_operations;
  static constexpr std::uint64_t gradient_flops = gradient_operations;

  template <class L>
  static void forward(const L&, const KernelTable& table, const float* x, float* y, std::size_t n) noexcept {
    (table.*forward_kernel)({.x = x, .y = y, .n = n});
  }
  template <class L>
  static void gradient(const L&, const KernelTable& table, const float* from, const float* dy, float* dx,
                       std::size_t n) noexcept {
    (table.*gradient_kernel)({.saved = from, .dy = dy, .dx = dx, .n = n});
  }
};

template <class L>
struct Kernels;

template <>
struct Kernels<Relu> : Plain<&KernelTable::relu, &KernelTable::relu_gradient, Saved::y, 1, 1> {};
template <>
struct Kernels<Sigmoid> : Plain<&KernelTable::sigmoid, &KernelTable::sigmoid_gradient, Saved::y, 23, 3> {};
template <>
struct Kernels<Tanh> : Plain<&KernelTable::tanh, &KernelTable::tanh_gradient, Saved::y, 34, 4> {};
template <>
struct Kernels<Gelu> : Plain<&KernelTable::gelu, &KernelTable::gelu_gradient, Saved::x, 50, 52> {};
template <>
struct Kernels<Silu> : Plain<&KernelTable::silu, &KernelTable::silu_gradient, Saved::x, 24, 29> {};

template <>
struct Kernels<LeakyRelu> {
  static constexpr Saved saved = Saved::y;
  static constexpr std::uint64_t forward_flops = 1;
  static constexpr std::uint64_t gradient_flops = 1;

  static void forward(const LeakyRelu& layer, const KernelTable& table, const float* x, float* y,
                      std::size_t n) noexcept {
    table.leaky_relu({.x = x, .y = y, .n = n, .slope = layer.slope});
  }
  static void gradient(const LeakyRelu& layer, const KernelTable& table, const float* y, const float* dy, float* dx,
                       std::size_t n) noexcept {
    table.leaky_relu_gradient({.y = y, .dy = dy, .dx = dx, .n = n, .slope = layer.slope});
  }
};

template <Pointwise L>
struct Forward {
  L layer;
  BufferId x, y;
  std::size_t row_stride;

  static constexpr std::string_view name = "forward";
  calls::Work work(const RunContext& context) const noexcept {
    const double elements = calls::elements(context.rows, row_stride);
    return {.flops = elements * Kernels<L>::forward_flops, .bytes = 2 * calls::bytes_of(elements)};
  }
  std::size_t tiles(const RunContext& context) const noexcept {
    return calls::elementwise_tiles(context.rows * row_stride);
  }
  void run(const RunContext& context, std::size_t tile) const noexcept {
    const Range range = calls::elementwise_range(context.rows * row_stride, tile);
    Kernels<L>::forward(layer, *context.kernels, context.floats(x) + range.begin, context.floats(y) + range.begin,
                        range.count);
  }
};

template <Pointwise L>
struct Backward {
  L layer;
  BufferId saved, dy, dx;
  std::size_t row_stride;

  static constexpr std::string_view name = "input gradient";
  calls::Work work(const RunContext& context) const noexcept {
    const double elements = calls::elements(context.rows, row_stride);
    return {.flops = elements * Kernels<L>::gradient_flops, .bytes = 3 * calls::bytes_of(elements)};
  }
  std::size_t tiles(const RunContext& context) const noexcept {
    return calls::elementwise_tiles(context.rows * row_stride);
  }
  void run(const RunContext& context, std::size_t tile) const noexcept {
    const Range range = calls::elementwise_range(context.rows * row_stride, tile);
    Kernels<L>::gradient(layer, *context.kernels, context.floats(saved) + range.begin, context.floats(dy) + range.begin,
                         context.floats(dx) + range.begin, range.count);
  }
};

}  // namespace

Result<Shape> output_shape(const LeakyRelu& layer, const Shape& input) noexcept {
  // Otherwise the sign of y would not tell the sign of x, which the gradient needs.
  if (!(layer.slope > 0.0f && layer.slope <= __FLT_MAX__))
    return Error{ErrorCode::invalid_argument, "expected a finite slope above 0 (a Relu has 0)"};
  return input;
}

template <Pointwise L>
Flops flops(const L&, const Shape& input) noexcept {
  const std::uint64_t elements = input.elements().value_or(std::size_t{0});
  return {.forward = elements * Kernels<L>::forward_flops, .backward_input = elements * Kernels<L>::gradient_flops};
}

template <Pointwise L>
Activation forward(const L& layer, const LayerContext& context, calls::Recorder& recorder) noexcept {
  const Activation& x = context.x;
  const bool x_is_kept = recorder.training() && Kernels<L>::saved == Saved::x;
  Activation y = x.overwritable && !x_is_kept ? x : recorder.activation_like(x);
  recorder.call(calls::Phase::forward, Forward<L>{layer, x.buffer, y.buffer, x.row_stride}, {x.buffer, y.buffer});
  y.overwritable = !recorder.training() || x_is_kept;
  return y;
}

template <Pointwise L>
Activation backward(const L& layer, const BackwardContext& context, calls::Recorder& recorder) noexcept {
  const BufferId saved = Kernels<L>::saved == Saved::x ? context.x.buffer : context.y.buffer;
  const Activation dx = context.dy.overwritable ? context.dy : recorder.activation_like(context.dy);
  recorder.call(calls::Phase::backward, Backward<L>{layer, saved, context.dy.buffer, dx.buffer, context.dy.row_stride},
                {saved, context.dy.buffer, dx.buffer});
  return dx;
}

#define TREADLE_POINTWISE(L)                                                             \
  template Flops flops(const L&, const Shape&) noexcept;                                 \
  template Activation forward(const L&, const LayerContext&, calls::Recorder&) noexcept; \
  template Activation backward(const L&, const BackwardContext&, calls::Recorder&) noexcept;
TREADLE_POINTWISE(Relu)
TREADLE_POINTWISE(LeakyRelu)
TREADLE_POINTWISE(Sigmoid)
TREADLE_POINTWISE(Tanh)
TREADLE_POINTWISE(Gelu)
TREADLE_POINTWISE(Silu)
#undef TREADLE_POINTWISE

}  // namespace treadle::layers
