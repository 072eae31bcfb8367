// Dense: y = x W^T + b. For a micro-batch of `rows` samples, `in` inputs and `units` outputs:
//   forward   y[rows, units]  = b + x[rows, in] W^T[in, units]
//   backward  dW[units, in]  += dy^T x, one chain over the samples of the batch in order
//             db[units]      += dy, likewise
//             dx[rows, in]    = dy[rows, units] W[units, in]
//   memory    y and dx; for dx also W transposed, made once an iteration; dW is computed in the layout of W
#pragma once

#include "layers/layer.hpp"

namespace treadle::layers {

Result<Shape> output_shape(const Dense& layer, const Shape& input) noexcept;

ParameterSpecs parameters(const Dense& layer, const Shape& input) noexcept;

Flops flops(const Dense& layer, const Shape& input) noexcept;

calls::Activation forward(const Dense& layer, const LayerContext& context, calls::Recorder& recorder) noexcept;

calls::Activation backward(const Dense& layer, const BackwardContext& context, calls::Recorder& recorder) noexcept;

constexpr bool fuses_relu(const Dense&) noexcept { return true; }
constexpr bool gates_dx(const Dense&) noexcept { return true; }

/// `D` is Dense or const Dense.
template <class D, class Visit>
requires std::same_as<std::remove_const_t<D>, Dense>
void visit_fields(D& layer, Visit&& visit) {
  visit("units", layer.units);
  visit("bias", layer.bias);
  visit("initializer", layer.initializer);
}

}  // namespace treadle::layers
