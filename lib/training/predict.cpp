#include <treadle/training.hpp>

#include <algorithm>
#include <cmath>

#include "base/checked.hpp"
#include "base/out_of_memory.hpp"
#include "kernels/table.hpp"
#include "training/batch_loader.hpp"
#include "training/check_data.hpp"

namespace treadle {
namespace {

/// The first class with the largest logit, if their softmax is a number: where training counts a sample as wrong
/// whatever its label.
std::int32_t predicted_class(std::span<const float> logits) noexcept {
  std::size_t best = 0;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (std::isnan(logits[i])) return no_class;
    if (logits[i] > logits[best]) best = i;
  }
  return std::isfinite(logits[best]) ? static_cast<std::int32_t>(best) : no_class;
}

using Use = std::function<bool(const PredictedBatch&)>;

/// A source is read in its order, without a list of its samples.
Result<data::Samples> ordered(const data::Samples& samples) {
  const auto* source = std::get_if<std::shared_ptr<const data::Source>>(&samples);
  if (source == nullptr) return samples;
  const Result<std::shared_ptr<data::Stream>> stream = data::read_in_order(*source);
  if (!stream) return stream.error();
  return data::Samples{*stream};
}

Result<void> predict_each(const Model& model, const data::Samples& samples, const Use& use, std::size_t batch_size,
                          std::size_t threads) {
  if (const Result<void> checked = training::check_samples("predict", model, data::info(samples)); !checked)
    return checked.error();
  const Result<data::Samples> data = ordered(samples);
  if (!data) return data.error();
  const std::size_t classes = (*model.output())[0];
  const Result<std::shared_ptr<Executor>> executor = make_executor(threads);
  if (!executor) return executor.error();
  Result<InferenceStep> step = plan_inference(model, {.batch_size = batch_size, .executor = executor->get()});
  if (!step) return step.error();
  const Result<Isa> isa = default_isa();
  if (!isa) return isa.error();
  const Result<std::unique_ptr<training::BatchLoader>> loader =
      training::make_loader(*data, {.batch_size = batch_size, .shuffle = false, .normalization = model.normalization()},
                            *kernels::table(*isa), **executor);
  if (!loader) return loader.error();
  const std::size_t most = std::min(batch_size, (*loader)->samples());
  const Result<std::size_t> outputs = (base::CheckedSize{most} * classes).value("predict: the outputs");
  if (!outputs) return outputs.error();
  std::vector<float> room(*outputs);
  std::vector<std::int32_t> predicted(most);

  if (const Result<void> begun = (*loader)->begin_epoch(1); !begun) return begun.error();
  for (std::size_t first = 0; first < (*loader)->samples();) {
    const Result<training::Batch> batch = (*loader)->next();
    if (!batch) return batch.error();
    const std::size_t rows = batch->samples();
    const std::span<float> logits = std::span(room).first(rows * classes);
    step->run(batch->inputs, logits);
    for (std::size_t i = 0; i < rows; ++i) predicted[i] = predicted_class(logits.subspan(i * classes, classes));
    if (!use({first, classes, logits, std::span(predicted).first(rows), batch->targets})) break;
    first += rows;
  }
  return {};
}

Result<Predictions> predict_all(const Model& model, const data::Samples& data, std::size_t batch_size,
                                std::size_t threads) {
  Predictions all;
  if (const Result<void> checked = training::check_samples("predict", model, data::info(data)); !checked)
    return checked.error();
  const std::size_t samples = data::info(data).size;
  const Result<std::size_t> logits = (base::CheckedSize{samples} * (*model.output())[0]).value("predict: the outputs");
  if (!logits) return logits.error();
  all.logits.reserve(*logits);
  all.predicted.reserve(samples);
  const auto keep = [&](const PredictedBatch& batch) {
    all.classes = batch.classes;
    all.logits.insert(all.logits.end(), batch.logits.begin(), batch.logits.end());
    all.predicted.insert(all.predicted.end(), batch.predicted.begin(), batch.predicted.end());
    return true;
  };
  if (const Result<void> done = predict_each(model, data, keep, batch_size, threads); !done) return done.error();
  return all;
}

}  // namespace

Result<Predictions> predict(const Model& model, const data::Samples& data, std::size_t batch_size,
                            std::size_t threads) {
  return base::or_out_of_memory("predict", [&] { return predict_all(model, data, batch_size, threads); });
}

Result<void> predict(const Model& model, const data::Samples& data, const Use& use, std::size_t batch_size,
                     std::size_t threads) {
  return base::or_out_of_memory("predict", [&] { return predict_each(model, data, use, batch_size, threads); });
}

}  // namespace treadle
