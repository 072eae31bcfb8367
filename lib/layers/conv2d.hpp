// Conv2d over a micro-batch of images [height, width, channels], zeros around them taken as pixels:
//   forward   y[i, j, f] = b[f] + x[i * stride + ky, j * stride + kx, c] W[f, c, ky, kx], one chain over ky, kx, c
//   backward  dW = the sum of the samples' gradients in their order, each one chain over the pixels of dy
//             db = likewise, a sample's gradient being the sum of its rows, then of the pixels of that sum
//             dx = dy, with zeros around it and stride - 1 of them between its pixels, convolved with the weight turned
//             by half a turn, channels and filters exchanged
//   memory    y and dx; copies of images with their zeros; dW and db of each sample; the turned weight, made once an
//             iteration
#pragma once

#include "layers/layer.hpp"

namespace treadle::layers {

Result<Shape> output_shape(const Conv2d& layer, const Shape& input) noexcept;

ParameterSpecs parameters(const Conv2d& layer, const Shape& input) noexcept;

Flops flops(const Conv2d& layer, const Shape& input) noexcept;

calls::Activation forward(const Conv2d& layer, const LayerContext& context, calls::Recorder& recorder) noexcept;

calls::Activation backward(const Conv2d& layer, const BackwardContext& context, calls::Recorder& recorder) noexcept;

/// "valid" or "same".
std::string_view name(Padding padding) noexcept;
Result<Padding> parse_padding(std::string_view text) noexcept;

constexpr bool fuses_relu(const Conv2d&) noexcept { return true; }
constexpr bool gates_dx(const Conv2d&) noexcept { return true; }

/// `C` is Conv2d or const Conv2d.
template <class C, class Visit>
requires std::same_as<std::remove_const_t<C>, Conv2d>
void visit_fields(C& layer, Visit&& visit) {
  visit("filters", layer.filters);
  visit("kernel", layer.kernel);
  visit("stride", layer.stride);
  visit("padding", layer.padding);
  visit("bias", layer.bias);
  visit("initializer", layer.initializer);
}

}  // namespace treadle::layers
