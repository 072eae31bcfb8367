#include "layers/dense.hpp"

#include "base/checked.hpp"
#include "layers/dense_forward.hpp"
#include "layers/dense_input_gradient.hpp"
#include "layers/dense_parameter_gradients.hpp"

namespace treadle::layers {

using calls::Activation;
using calls::BufferId;
using calls::Phase;

Result<Shape> output_shape(const Dense& layer, const Shape& input) noexcept {
  if (layer.units == 0) return Error{ErrorCode::invalid_argument, "expected at least 1 unit, got 0"};
  if (input.rank() != 1)
    return Error{ErrorCode::shape_mismatch,
                 Message{"expected input [n], got "} << input << "; put a Flatten before it"};
  if (input[0] == 0) return Error{ErrorCode::shape_mismatch, "expected at least 1 input, got [0]"};
  return Shape{layer.units};
}

ParameterSpecs parameters(const Dense& layer, const Shape& input) noexcept {
  ParameterSpecs specs;
  specs.spec[weight] = {.name = "weight",
                        .shape = {layer.units, input[0]},
                        .layout = Layout::panels,
                        .initializer = layer.initializer,
                        .fan_in = input[0],
                        .fan_out = layer.units};
  specs.spec[bias] = {.name = "bias", .shape = {layer.units}};
  specs.count = layer.bias ? 2 : 1;
  return specs;
}

Flops flops(const Dense& layer, const Shape& input) noexcept {
  const std::uint64_t product = 2 * std::uint64_t{input[0]} * layer.units;
  const std::uint64_t bias_sum = layer.bias ? layer.units : 0;
  return {.forward = product, .backward_parameters = product + bias_sum, .backward_input = product};
}

Activation forward(const Dense& layer, const LayerContext& context, calls::Recorder& recorder) noexcept {
  const Activation y = recorder.activation(layer.units);
  const PlacedParameters& placed = context.parameters;
  const DenseForward whole{.x = context.x.buffer,
                           .values = placed.values,
                           .y = y.buffer,
                           .weight_offset = placed.offset[weight],
                           .bias_offset = layer.bias ? placed.offset[bias] : no_offset,
                           .in = context.input[0],
                           .columns = calls::padded_columns(recorder.kernels(), layer.units),
                           .units = layer.units,
                           .x_stride = context.x.row_stride,
                           .y_stride = y.row_stride,
                           .relu = context.relu};
  if constexpr (calls::threaded)
    if (const InputSlices slices = InputSlices::of(recorder, whole.in, layer.units, context.wants_dx)) {
      recorder.call(Phase::forward, DenseForwardInTurn{whole, slices}, {whole.x, whole.values, whole.y});
      return y;
    }
  recorder.call(Phase::forward, whole, {whole.x, whole.values, whole.y});
  return y;
}

Activation backward(const Dense& layer, const BackwardContext& context, calls::Recorder& recorder) noexcept {
  const PlacedParameters& placed = context.parameters;
  const Activation& dy = context.dy;
  const std::size_t in = context.input[0];
  const std::size_t columns = calls::padded_columns(recorder.kernels(), layer.units);
  const InputSlices slices = InputSlices::of(recorder, in, layer.units, context.wants_dx);
  const auto input_gradient = [&](BufferId weights, std::size_t weight_offset) {
    const Activation dx = recorder.activation(in);
    const BufferId gate = context.gate_dx ? context.x.buffer : calls::no_buffer;
    recorder.call(Phase::backward,
                  DenseInputGradient{.dy = dy.buffer,
                                     .weights = weights,
                                     .dx = dx.buffer,
                                     .gate = gate,
                                     .weight_offset = weight_offset,
                                     .in = in,
                                     .units = layer.units,
                                     .dy_stride = dy.row_stride,
                                     .dx_stride = dx.row_stride,
                                     .slices = slices},
                  {dy.buffer, weights, dx.buffer, gate});
    return dx;
  };
  // From the weight itself, before it is updated.
  const bool in_parts = context.wants_dx && DenseInputGradient::transposes_parts(recorder, layer.units);
  Activation dx{};
  if (in_parts) dx = input_gradient(placed.values, placed.offset[weight]);
  recorder.call(Phase::backward,
                DenseWeightGradient{.x = context.x.buffer,
                                    .dy = dy.buffer,
                                    .gradients = placed.gradients,
                                    .slices = slices,
                                    .weight_offset = placed.offset[weight],
                                    .in = in,
                                    .columns = columns,
                                    .units = layer.units,
                                    .x_stride = context.x.row_stride,
                                    .dy_stride = dy.row_stride},
                {context.x.buffer, dy.buffer, placed.gradients});
  if (layer.bias)
    recorder.call(Phase::backward,
                  DenseBiasGradient{dy.buffer, placed.gradients, placed.offset[bias], columns, dy.row_stride},
                  {dy.buffer, placed.gradients});
  if (!context.wants_dx || in_parts) return dx;

  const BufferId transposed =
      recorder.buffer(MemoryKind::workspace, calls::Lifetime::iteration,
                      base::CheckedSize{in}.rounded_up(recorder.kernels().panel) * layer.units * sizeof(float));
  recorder.call(Phase::prepare,
                DenseTranspose{placed.values, transposed, placed.offset[weight], in, layer.units, slices},
                {placed.values, transposed});
  return input_gradient(transposed, no_offset);
}

}  // namespace treadle::layers
