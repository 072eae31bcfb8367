#include "plan/record.hpp"

#include "layers/layers.hpp"
#include "losses/losses.hpp"
#include "model/walk.hpp"
#include "optimizers/optimizers.hpp"
#include "plan/held_update.hpp"

namespace treadle::plan_detail {
namespace {

using calls::Activation;
using calls::Lifetime;
using calls::Recorder;

/// Lays all parameters out one after another; the floats that they take.
base::CheckedSize place_parameters(const ModelView& model, std::size_t panel, std::span<PlacedParameter> placed) {
  base::CheckedSize stored{0};
  std::size_t tensor = 0;
  static_cast<void>(model::walk(model, [&](const model::LayerPlace& place) -> Result<void> {
    std::size_t values = place.first_parameter;
    for (const layers::ParameterSpec& spec : layers::parameters(*place.layer, place.input)) {
      if (tensor < placed.size()) placed[tensor] = {spec, values, stored.saturated()};
      ++tensor;
      values += *spec.shape.elements();
      stored += layers::stored_elements(spec, panel);
    }
    return {};
  }));
  return stored;
}

/// Walks the layers forward and, on the way back, backward: what a layer's forward pass leaves for its backward pass
/// lives in this function's frame.
template <bool training>
class LayerRecorder {
 public:
  LayerRecorder(const Request& request, Recorder& recorder, Program& program)
      : request_(request), recorder_(recorder), program_(program) {}

  /// Records layer `index` and all after it; gives the gradient with respect to x, or, where x is what the Relu before
  /// gave (`after_relu`) and gates_dx(index), with respect to what the Relu got.
  Activation record(std::size_t index, const Shape& input, std::size_t stored_offset, const Activation& x,
                    bool wants_dx, bool after_relu = false) {
    if (index == request_.model.layers.size()) return record_loss(x);
    const Layer& layer = request_.model.layers[index];
    const std::size_t panel = request_.kernels->panel;

    layers::BackwardContext context;
    context.input = input;
    context.x = x;
    context.parameters = {.values = program_.values, .gradients = program_.gradients};
    const layers::ParameterSpecs specs = layers::parameters(layer, input);
    for (std::size_t i = 0; i < specs.count; ++i) {
      context.parameters.offset[i] = stored_offset;
      stored_offset += layers::stored_elements(specs.spec[i], panel).saturated();
    }
    recorder_.set_layer(index);
    const bool relu = relu_follows(index);
    context.relu = relu;
    context.wants_dx = wants_dx;
    context.y = layers::forward(layer, context, recorder_);
    if (relu) context.y.overwritable = !training;

    context.gate_dx = after_relu && layers::gates_dx(layer);
    const bool below_wants_dx = wants_dx || specs.count != 0;
    const std::size_t next = index + 1 + relu;
    context.dy = record(next, *layers::output_shape(layer, input), stored_offset, context.y, below_wants_dx, relu);
    if constexpr (training)
      if (below_wants_dx) {
        recorder_.set_layer(index);
        if (relu && !gates_dx(next)) context.dy = layers::backward(Relu{}, context, recorder_);
        return layers::backward(layer, context, recorder_);
      }
    return {};
  }

 private:
  /// Whether layer `index` computes the Relu behind it in the same pass.
  bool relu_follows(std::size_t index) const noexcept {
    const std::span<const Layer> layers = request_.model.layers;
    return layers::fuses_relu(layers[index]) && index + 1 < layers.size() &&
           std::holds_alternative<Relu>(layers[index + 1]);
  }
  /// Whether layer `index`, if there is one, gives the gradient of the Relu before it too.
  bool gates_dx(std::size_t index) const noexcept {
    return index < request_.model.layers.size() && layers::gates_dx(request_.model.layers[index]);
  }

  Activation record_loss(const Activation& output) {
    program_.output = output;
    if constexpr (training) {
      const losses::LossContext context{
          .output = output, .sample_losses = program_.sample_losses, .sample_hits = program_.sample_hits};
      return losses::record(*request_.loss, context, recorder_);
    }
    return {};
  }

  const Request& request_;
  Recorder& recorder_;
  Program& program_;
};

/// The parts of a program that training and inference have alike; gives what the parameters take as they are stored.
base::CheckedSize begin(const Request& request, Recorder& recorder, Program& program) noexcept {
  const ModelView& model = request.model;
  const base::CheckedSize stored = place_parameters(model, request.kernels->panel, program.parameters);
  program.sample_elements = *model.input.elements();
  program.parameter_elements = *parameter_count(model);
  program.values = recorder.buffer(MemoryKind::parameter, Lifetime::step, stored * sizeof(float));
  return stored;
}

template <bool training>
void record_layers(const Request& request, Recorder& recorder, Program& program) noexcept {
  const Activation inputs{.buffer = calls::inputs_buffer,
                          .columns = program.sample_elements,
                          .row_stride = program.sample_elements,
                          .overwritable = false};
  LayerRecorder<training>(request, recorder, program).record(0, request.model.input, 0, inputs, false);
}

}  // namespace

std::size_t parameter_tensors(const ModelView& model) noexcept {
  std::size_t tensors = 0;
  static_cast<void>(model::walk(model, [&](const model::LayerPlace& place) -> Result<void> {
    tensors += layers::parameters(*place.layer, place.input).count;
    return {};
  }));
  return tensors;
}

void record_training(const Request& request, Recorder& recorder, Program& program) noexcept {
  const base::CheckedSize stored = begin(request, recorder, program);
  recorder.set_layer(request.model.layers.size() - 1);  // the loss counts as the last layer's
  const base::CheckedSize per_sample = base::CheckedSize{recorder.batch_rows()} * sizeof(float);
  const bool held = holds_update(request.options);
  const bool kept = held || request.options.keep_gradients || recorder.rows() < recorder.batch_rows();
  const calls::BufferId gradients =
      recorder.buffer(MemoryKind::gradient, Lifetime::step, kept ? stored * sizeof(float) : base::CheckedSize{0});
  program.gradients = kept ? gradients : calls::no_buffer;
  program.sample_losses = recorder.buffer(MemoryKind::workspace, Lifetime::iteration, per_sample);
  program.sample_hits = recorder.buffer(MemoryKind::workspace, Lifetime::iteration, per_sample);
  record_layers<true>(request, recorder, program);
  program.update = optimizers::update(*request.optimizer, program.values, stored.saturated(), recorder);
  program.norm = calls::no_buffer;
  if (held) record_held_update(request, stored.saturated(), recorder, program);
}

void record_inference(const Request& request, Recorder& recorder, Program& program) noexcept {
  static_cast<void>(begin(request, recorder, program));
  record_layers<false>(request, recorder, program);
}

}  // namespace treadle::plan_detail
