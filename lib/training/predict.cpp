#include <treadle/training.hpp>

#include "base/checked.hpp"
#include "base/out_of_memory.hpp"
#include "kernels/table.hpp"
#include "training/batch_loader.hpp"
#include "training/check_data.hpp"

namespace treadle {
namespace {

/// The first class with the largest logit. A NaN is never the largest, unless all are.
std::int32_t first_largest(std::span<const float> logits) noexcept {
  std::size_t best = 0;
  for (std::size_t i = 1; i < logits.size(); ++i)
    if (logits[i] > logits[best] || logits[best] != logits[best]) best = i;
  return static_cast<std::int32_t>(best);
}

Result<Predictions> make_predictions(std::size_t samples, std::size_t classes) {
  const Result<std::size_t> logits = (base::CheckedSize{samples} * classes).value("predict: the outputs");
  if (!logits) return logits.error();
  return Predictions{
      .classes = classes, .logits = std::vector<float>(*logits), .predicted = std::vector<std::int32_t>(samples)};
}

Result<Predictions> predict_all(const Model& model, const data::Samples& data, std::size_t batch_size,
                                std::size_t threads) {
  if (const Result<void> checked = training::check_samples("predict", model, data::info(data)); !checked)
    return checked.error();
  const std::size_t classes = (*model.output())[0];
  const Result<std::shared_ptr<Executor>> executor = make_executor(threads);
  if (!executor) return executor.error();
  Result<InferenceStep> step = plan_inference(model, {.batch_size = batch_size, .executor = executor->get()});
  if (!step) return step.error();
  const Result<Isa> isa = default_isa();
  if (!isa) return isa.error();
  const Result<std::unique_ptr<training::BatchLoader>> loader =
      training::make_loader(data, {.batch_size = batch_size, .shuffle = false, .normalization = model.normalization()},
                            *kernels::table(*isa), **executor);
  if (!loader) return loader.error();
  Result<Predictions> predictions = make_predictions((*loader)->samples(), classes);
  if (!predictions) return predictions;

  if (const Result<void> begun = (*loader)->begin_epoch(1); !begun) return begun.error();
  for (std::size_t first = 0; first < (*loader)->samples();) {
    const Result<training::Batch> batch = (*loader)->next();
    if (!batch) return batch.error();
    const std::size_t samples = batch->samples();
    const std::span<float> logits = std::span(predictions->logits).subspan(first * classes, samples * classes);
    step->run(batch->inputs, logits);
    for (std::size_t i = 0; i < samples; ++i)
      predictions->predicted[first + i] = first_largest(logits.subspan(i * classes, classes));
    first += samples;
  }
  return predictions;
}

}  // namespace

Result<Predictions> predict(const Model& model, const data::Samples& data, std::size_t batch_size,
                            std::size_t threads) {
  return base::or_out_of_memory("predict", [&] { return predict_all(model, data, batch_size, threads); });
}

}  // namespace treadle
