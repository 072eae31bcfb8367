// Layers that treat each value alone and have no parameters. They differ in their kernels alone, which pointwise.cpp
// names, so a new one is a line here and an entry there.
//
// Those whose gradient follows from y run in place where x may be overwritten; those whose gradient needs x keep x.
#pragma once

#include <concepts>
#include <type_traits>

#include "layers/layer.hpp"

namespace treadle::layers {

template <class L>
concept Pointwise = std::same_as<L, Relu> || std::same_as<L, LeakyRelu> || std::same_as<L, Sigmoid> ||
    std::same_as<L, Tanh> || std::same_as<L, Gelu> || std::same_as<L, Silu>;

template <Pointwise L>
Result<Shape> output_shape(const L&, const Shape& input) noexcept {
  return input;
}
Result<Shape> output_shape(const LeakyRelu& layer, const Shape& input) noexcept;

template <Pointwise L>
ParameterSpecs parameters(const L&, const Shape&) noexcept {
  return {};
}

template <Pointwise L>
Flops flops(const L&, const Shape& input) noexcept;

template <Pointwise L>
calls::Activation forward(const L&, const LayerContext& context, calls::Recorder& recorder) noexcept;

template <Pointwise L>
calls::Activation backward(const L&, const BackwardContext& context, calls::Recorder& recorder) noexcept;

/// `L` may be const.
template <class L, class Visit>
requires Pointwise<std::remove_const_t<L>>
void visit_fields(L& layer, Visit&& visit) {
  if constexpr (std::same_as<std::remove_const_t<L>, LeakyRelu>) visit("slope", layer.slope);
}

}  // namespace treadle::layers
