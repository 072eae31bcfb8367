// Flatten: another view of the same memory, so it records no calls.
#pragma once

#include "layers/layer.hpp"

namespace treadle::layers {

inline Result<Shape> output_shape(const Flatten&, const Shape& input) noexcept {
  const Result<std::size_t> elements = input.elements();
  if (!elements) return elements.error();
  return Shape{*elements};
}

inline ParameterSpecs parameters(const Flatten&, const Shape&) noexcept { return {}; }

inline Flops flops(const Flatten&, const Shape&) noexcept { return {}; }

inline calls::Activation forward(const Flatten&, const LayerContext& context, calls::Recorder&) noexcept {
  return context.x;
}

inline calls::Activation backward(const Flatten&, const BackwardContext& context, calls::Recorder&) noexcept {
  return context.dy;
}

template <class Visit>
void visit_fields(Flatten&, Visit&&) {}
template <class Visit>
void visit_fields(const Flatten&, Visit&&) {}

}  // namespace treadle::layers
