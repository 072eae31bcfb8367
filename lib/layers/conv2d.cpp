#include "layers/conv2d.hpp"

#include "layers/convolution.hpp"

namespace treadle::layers {
namespace {

using base::CheckedSize;
using calls::Activation;
using calls::BufferId;
using calls::Lifetime;
using calls::Phase;
using calls::Recorder;

/// One extent of the output, and how many zeros come before the input's.
struct Extent {
  std::size_t output;
  std::size_t before;
};
Extent slide(const Conv2d& layer, std::size_t input) noexcept {
  if (layer.padding == Padding::valid) return {(input - layer.kernel) / layer.stride + 1, 0};
  const std::size_t output = base::ceil_div(input, layer.stride);
  const std::size_t reach = (output - 1) * layer.stride + layer.kernel;
  return {output, reach > input ? (reach - input) / 2 : 0};
}

Sliding forward_sliding(const Conv2d& layer, const Shape& input) noexcept {
  const Extent down = slide(layer, input[0]), right = slide(layer, input[1]);
  const auto narrow = [](std::size_t value) { return static_cast<std::uint16_t>(value); };
  return {.from = image_of(input),
          .to = {narrow(down.output), narrow(right.output), narrow(layer.filters)},
          .kernel = narrow(layer.kernel),
          .stride = narrow(layer.stride),
          .apart = 1,
          .top = narrow(down.before),
          .left = narrow(right.before)};
}

/// Each input pixel's gradient comes from all outputs whose windows have it: the kernel slides backwards over dy.
Sliding backward_sliding(const Sliding& forward) noexcept {
  const auto before = [&](std::uint16_t zeros) { return static_cast<std::uint16_t>(forward.kernel - 1 - zeros); };
  return {.from = forward.to,
          .to = forward.from,
          .kernel = forward.kernel,
          .stride = 1,
          .apart = forward.stride,
          .top = before(forward.top),
          .left = before(forward.left)};
}

/// A buffer for this call's workspace; none for no floats.
BufferId workspace(Recorder& recorder, CheckedSize floats, Lifetime lifetime = Lifetime::calls) noexcept {
  if (floats.valid() && floats.saturated() == 0) return calls::no_buffer;
  return recorder.buffer(MemoryKind::workspace, lifetime, floats * sizeof(float));
}

void record_parameter_gradients(const Conv2d& layer, const BackwardContext& context, const Sliding& sliding,
                                Recorder& recorder) noexcept {
  const PlacedParameters& placed = context.parameters;
  const ParameterSpecs specs = parameters(layer, context.input);
  const CheckedSize weight_floats = stored_elements(specs.spec[weight], recorder.kernels().panel);
  CheckedSize floats = weight_floats;
  if (layer.bias) floats += stored_elements(specs.spec[bias], recorder.kernels().panel);
  const BufferId copy = workspace(recorder, sample_gradients_copy_floats(sliding, recorder.rows()));
  const BufferId row =
      layer.bias ? workspace(recorder, sample_gradients_row_floats(sliding, recorder.rows())) : calls::no_buffer;
  const BufferId slots = workspace(recorder, floats * recorder.rows());
  recorder.call(
      Phase::backward,
      SampleGradients{.x = context.x.buffer,
                      .dy = context.dy.buffer,
                      .copy = copy,
                      .row = row,
                      .slots = slots,
                      .sliding = sliding,
                      .slot = {.floats = floats.saturated(),
                               .bias_offset = layer.bias ? weight_floats.saturated() : SampleGradients::no_offset},
                      .x_stride = context.x.row_stride,
                      .dy_stride = context.dy.row_stride},
      {context.x.buffer, context.dy.buffer, copy, row, slots});
  recorder.call(Phase::backward, SumGradients{slots, placed.gradients, placed.offset[weight], floats.saturated()},
                {slots, placed.gradients});
}

Activation record_input_gradient(const BackwardContext& context, const Sliding& sliding, Recorder& recorder) noexcept {
  const PlacedParameters& placed = context.parameters;
  const CheckedSize padded_channels = CheckedSize{sliding.to.channels}.rounded_up(recorder.kernels().panel);
  const BufferId turned = workspace(recorder, padded_channels * sliding.k(), Lifetime::iteration);
  recorder.call(Phase::prepare,
                TurnWeight{placed.values, turned, placed.offset[weight], sliding.from.channels, sliding.to.channels,
                           sliding.kernel},
                {placed.values, turned});
  const BufferId copy = workspace(recorder, zeros_floats(sliding, recorder.rows()));
  const Activation dx = recorder.activation(context.x.columns);
  const BufferId gate = context.gate_dx ? context.x.buffer : calls::no_buffer;
  recorder.call(Phase::backward,
                Convolve{.from = context.dy.buffer,
                         .weight = turned,
                         .copy = copy,
                         .to = dx.buffer,
                         .gate = gate,
                         .relu = false,
                         .sliding = sliding,
                         .weight_offset = 0,
                         .bias_offset = Convolve::no_offset,
                         .from_stride = context.dy.row_stride,
                         .to_stride = dx.row_stride},
                {context.dy.buffer, turned, dx.buffer, copy, gate});
  return dx;
}

}  // namespace

Result<Shape> output_shape(const Conv2d& layer, const Shape& input) noexcept {
  for (const Result<void>& checked : {check_field("filters", layer.filters), check_field("kernel", layer.kernel),
                                      check_field("stride", layer.stride), check_image(input)})
    if (!checked) return checked.error();
  if (layer.padding == Padding::valid && (input[0] < layer.kernel || input[1] < layer.kernel))
    return Error{ErrorCode::shape_mismatch, Message{"expected an image of at least "}
                                                << layer.kernel << "x" << layer.kernel
                                                << ", its kernel, or padding same, got " << input};
  const Image out = forward_sliding(layer, input).to;
  return Shape{out.height, out.width, out.channels};
}

ParameterSpecs parameters(const Conv2d& layer, const Shape& input) noexcept {
  const std::size_t window = layer.kernel * layer.kernel;
  ParameterSpecs specs;
  specs.spec[weight] = {.name = "weight",
                        .shape = {layer.filters, input[2], layer.kernel, layer.kernel},
                        .layout = Layout::image_panels,
                        .initializer = layer.initializer,
                        .fan_in = window * input[2],
                        .fan_out = window * layer.filters};
  specs.spec[bias] = {.name = "bias", .shape = {layer.filters}};
  specs.count = layer.bias ? 2 : 1;
  return specs;
}

Flops flops(const Conv2d& layer, const Shape& input) noexcept {
  const Sliding sliding = forward_sliding(layer, input);
  const std::uint64_t outputs = std::uint64_t{sliding.to.pixels()} * layer.filters;
  const std::uint64_t product = 2 * outputs * sliding.k();
  return {.forward = product, .backward_parameters = product + (layer.bias ? outputs : 0), .backward_input = product};
}

Activation forward(const Conv2d& layer, const LayerContext& context, Recorder& recorder) noexcept {
  const Sliding sliding = forward_sliding(layer, context.input);
  const PlacedParameters& placed = context.parameters;
  const BufferId copy = workspace(recorder, zeros_floats(sliding, recorder.rows()));
  const Activation y = recorder.activation(sliding.to.pixels() * layer.filters);
  recorder.call(Phase::forward,
                Convolve{.from = context.x.buffer,
                         .weight = placed.values,
                         .copy = copy,
                         .to = y.buffer,
                         .gate = calls::no_buffer,
                         .relu = context.relu,
                         .sliding = sliding,
                         .weight_offset = placed.offset[weight],
                         .bias_offset = layer.bias ? placed.offset[bias] : Convolve::no_offset,
                         .from_stride = context.x.row_stride,
                         .to_stride = y.row_stride},
                {context.x.buffer, placed.values, copy, y.buffer});
  return y;
}

Activation backward(const Conv2d& layer, const BackwardContext& context, Recorder& recorder) noexcept {
  const Sliding sliding = forward_sliding(layer, context.input);
  record_parameter_gradients(layer, context, sliding, recorder);
  if (!context.wants_dx) return {};
  return record_input_gradient(context, backward_sliding(sliding), recorder);
}

std::string_view name(Padding padding) noexcept {
  switch (padding) {
    case Padding::valid:
      return "valid";
    case Padding::same:
      return "same";
  }
  return "unknown";
}

Result<Padding> parse_padding(std::string_view text) noexcept {
  for (Padding padding : {Padding::valid, Padding::same})
    if (name(padding) == text) return padding;
  return Error{ErrorCode::invalid_argument, Message{"unknown padding '"} << text << "'; expected one of: valid, same"};
}

}  // namespace treadle::layers
