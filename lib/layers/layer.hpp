// What every layer's file answers. Each layer overloads these functions for its description; layers.hpp dispatches.
//
//   // For one sample; an error says what was expected.
//   Result<Shape> output_shape(const L&, const Shape& input);
//   // These two only for an input that output_shape() accepts; the operations are those of one sample.
//   ParameterSpecs parameters(const L&, const Shape& input);
//   Flops flops(const L&, const Shape& input);
//   // Record the calls that compute y, and those of the gradients; give y, and dx if it is wanted.
//   Activation forward(const L&, const LayerContext&, Recorder&);
//   Activation backward(const L&, const BackwardContext&, Recorder&);
//   // Whether forward() takes context.relu, and backward() context.gate_dx; without an overload neither does.
//   constexpr bool fuses_relu(const L&);
//   constexpr bool gates_dx(const L&);
//   // Calls visit(name, field) for each field that the layer has.
//   void visit_fields(L&, visit);
#pragma once

#include <treadle/layers.hpp>
#include <treadle/result.hpp>
#include <treadle/shape.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

#include "calls/recorder.hpp"
#include "layers/parameter.hpp"

namespace treadle::layers {

/// Where a layer's parameters are: at `offset` floats in the one block of values and the one block of gradients.
struct PlacedParameters {
  calls::BufferId values = calls::no_buffer;
  calls::BufferId gradients = calls::no_buffer;
  std::array<std::size_t, ParameterSpecs::max> offset{};
};

struct LayerContext {
  Shape input;
  PlacedParameters parameters;
  calls::Activation x;
  bool relu = false;     // fuses_relu(layer): y is to be what a Relu makes of the layer's output
  bool wants_dx = true;  // whether backward(), if there is one, is to give dx
};

struct BackwardContext : LayerContext {
  calls::Activation y;
  calls::Activation dy;
  bool gate_dx = false;  // gates_dx(layer): x is what a Relu gave; dx is to be the gradient of what it got
};

template <class L>
constexpr bool fuses_relu(const L&) noexcept {
  return false;
}
template <class L>
constexpr bool gates_dx(const L&) noexcept {
  return false;
}

/// Floating-point operations for one sample; a multiply-add counts as two.
struct Flops {
  std::uint64_t forward = 0;
  std::uint64_t backward_parameters = 0;
  std::uint64_t backward_input = 0;
};

}  // namespace treadle::layers
