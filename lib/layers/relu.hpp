// Relu: y = max(x, 0), dx = y > 0 ? dy : 0. In place where its input may be overwritten, since its gradient needs y
// alone.
#pragma once

#include "layers/layer.hpp"

namespace treadle::layers {

inline Result<Shape> output_shape(const Relu&, const Shape& input) noexcept { return input; }

inline ParameterSpecs parameters(const Relu&, const Shape&) noexcept { return {}; }

Flops flops(const Relu&, const Shape& input) noexcept;

calls::Activation forward(const Relu&, const LayerContext& context, calls::Recorder& recorder) noexcept;

calls::Activation backward(const Relu&, const BackwardContext& context, calls::Recorder& recorder) noexcept;

template <class Visit>
void visit_fields(Relu&, Visit&&) {}
template <class Visit>
void visit_fields(const Relu&, Visit&&) {}

}  // namespace treadle::layers
