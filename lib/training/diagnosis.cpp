#include "training/diagnosis.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace treadle::training {
namespace {

constexpr std::size_t most_rows = 16;

bool all_finite(std::span<const float> values) noexcept {
  return std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
}

/// Whether the outputs of the first `layers` layers are not finite for some row of `batch`.
Result<bool> overflows(const Model& model, std::size_t layers, std::span<const float> parameters, const Batch& batch) {
  const ModelView part{model.input(), model.layers().first(layers), {}};
  const Result<std::size_t> needed = parameter_count(part);
  if (!needed) return needed.error();
  if (*needed == 0) return false;  // without parameters nothing grows: finite inputs have finite outputs
  const Result<Shape> shape = output_shape(part);
  if (!shape) return shape.error();
  const Result<std::size_t> outputs = shape->elements();
  if (!outputs) return outputs.error();
  Result<InferenceStep> step =
      plan_inference({part.input, part.layers, parameters.first(*needed)}, {.batch_size = 1, .micro_batch = 1});
  if (!step) return step.error();
  const std::size_t inputs = batch.inputs.size() / batch.samples();
  std::vector<float> values(*outputs);
  for (std::size_t row = 0; row < batch.samples(); ++row) {
    step->run(batch.inputs.subspan(row * inputs, inputs), values);
    if (!all_finite(values)) return true;
  }
  return false;
}

/// The last layer with a gradient that is not finite: where the backward pass met the first one.
Result<std::string> layer_of_gradient(const Model& model, const std::vector<LayerInfo>& infos,
                                      const TrainingStep& step) {
  const Result<std::vector<ParameterInfo>> parameters = model.parameter_infos();
  if (!parameters) return parameters.error();
  std::vector<float> gradients(model.parameters().empty() ? *parameter_count(model) : model.parameters().size());
  if (const Result<void> got = step.get_gradients(gradients); !got) return got.error();
  for (auto info = parameters->rbegin(); info != parameters->rend(); ++info)
    if (!all_finite(std::span(gradients).subspan(info->offset, info->elements))) return infos[info->layer].name;
  return std::string{"loss"};
}

}  // namespace

Result<std::string> anomalous_layer(const Model& model, std::span<const float> parameters, const TrainingStep& step,
                                    AnomalyCause cause, const Batch& batch) {
  if (cause == AnomalyCause::spike) return std::string{};
  const Result<std::vector<LayerInfo>> infos = layer_infos(model);
  if (!infos) return infos.error();
  if (cause == AnomalyCause::gradient) return layer_of_gradient(model, *infos, step);
  if (!all_finite(batch.inputs)) return std::string{input_layer};
  for (std::size_t layers = 1; layers <= infos->size(); ++layers) {
    const Result<bool> found = overflows(model, layers, parameters, batch);
    if (!found) return found.error();
    if (*found) return (*infos)[layers - 1].name;
  }
  return std::string{"loss"};
}

void find_rows(TrainingStep& step, const Batch& batch, AnomalyRecord& record) {
  const std::size_t inputs = batch.inputs.size() / batch.samples();
  for (std::size_t row = 0; row < batch.samples(); ++row) {
    const float loss = step.evaluate(batch.inputs.subspan(row * inputs, inputs), batch.targets.subspan(row, 1));
    if (std::isfinite(loss) && static_cast<double>(loss) <= record.limit) continue;
    if (record.rows.size() == most_rows) {
      ++record.more_rows;
      continue;
    }
    record.rows.push_back(row);
    if (!batch.indices.empty()) record.samples.push_back(batch.indices[row]);
  }
}

}  // namespace treadle::training
