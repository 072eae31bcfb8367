// Softmax over the last axis: y = exp(x - M) / S, dx = y (dy - sum of dy y). In place where its input may be
// overwritten, since its gradient needs y alone.
#pragma once

#include "layers/layer.hpp"

namespace treadle::layers {

Result<Shape> output_shape(const Softmax&, const Shape& input) noexcept;

inline ParameterSpecs parameters(const Softmax&, const Shape&) noexcept { return {}; }

Flops flops(const Softmax&, const Shape& input) noexcept;

calls::Activation forward(const Softmax&, const LayerContext& context, calls::Recorder& recorder) noexcept;

calls::Activation backward(const Softmax&, const BackwardContext& context, calls::Recorder& recorder) noexcept;

template <class Visit>
void visit_fields(Softmax&, Visit&&) {}
template <class Visit>
void visit_fields(const Softmax&, Visit&&) {}

}  // namespace treadle::layers
