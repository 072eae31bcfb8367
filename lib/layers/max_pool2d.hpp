// MaxPool2d: y = the largest x of each window, channel by channel; dx = dy at the first largest x of its window, found
// again from x and y, so that nothing is kept but these.
#pragma once

#include "layers/layer.hpp"

namespace treadle::layers {

Result<Shape> output_shape(const MaxPool2d& layer, const Shape& input) noexcept;

inline ParameterSpecs parameters(const MaxPool2d&, const Shape&) noexcept { return {}; }

Flops flops(const MaxPool2d& layer, const Shape& input) noexcept;

calls::Activation forward(const MaxPool2d& layer, const LayerContext& context, calls::Recorder& recorder) noexcept;

calls::Activation backward(const MaxPool2d& layer, const BackwardContext& context, calls::Recorder& recorder) noexcept;

constexpr bool gates_dx(const MaxPool2d&) noexcept { return true; }

/// `M` is MaxPool2d or const MaxPool2d.
template <class M, class Visit>
requires std::same_as<std::remove_const_t<M>, MaxPool2d>
void visit_fields(M& layer, Visit&& visit) {
  visit("window", layer.window);
  visit("stride", layer.stride);
}

}  // namespace treadle::layers
