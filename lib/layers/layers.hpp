// Any layer: the functions of layer.hpp for the variant.
#pragma once

#include <variant>

#include "layers/conv2d.hpp"
#include "layers/dense.hpp"
#include "layers/flatten.hpp"
#include "layers/max_pool2d.hpp"
#include "layers/pointwise.hpp"
#include "layers/softmax.hpp"

namespace treadle::layers {

inline Result<Shape> output_shape(const Layer& layer, const Shape& input) noexcept {
  return std::visit([&](const auto& l) { return output_shape(l, input); }, layer);
}

inline ParameterSpecs parameters(const Layer& layer, const Shape& input) noexcept {
  return std::visit([&](const auto& l) { return parameters(l, input); }, layer);
}

inline Flops flops(const Layer& layer, const Shape& input) noexcept {
  return std::visit([&](const auto& l) { return flops(l, input); }, layer);
}

inline bool fuses_relu(const Layer& layer) noexcept {
  return std::visit([](const auto& l) { return fuses_relu(l); }, layer);
}

inline bool gates_dx(const Layer& layer) noexcept {
  return std::visit([](const auto& l) { return gates_dx(l); }, layer);
}

inline calls::Activation forward(const Layer& layer, const LayerContext& context, calls::Recorder& recorder) noexcept {
  return std::visit([&](const auto& l) { return forward(l, context, recorder); }, layer);
}

inline calls::Activation backward(const Layer& layer, const BackwardContext& context,
                                  calls::Recorder& recorder) noexcept {
  return std::visit([&](const auto& l) { return backward(l, context, recorder); }, layer);
}

}  // namespace treadle::layers
