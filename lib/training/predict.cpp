#include <treadle/training.hpp>

#include <algorithm>

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

Result<Predictions> predict_all(const Model& model, const data::Dataset& data, std::size_t batch_size,
                                std::size_t threads) {
  if (const Result<void> checked = training::check_samples("predict", model, data); !checked) return checked.error();
  const std::size_t classes = (*model.output())[0];
  const Result<std::shared_ptr<Executor>> executor = make_executor(threads);
  if (!executor) return executor.error();
  Result<InferenceStep> step = plan_inference(model, {.batch_size = batch_size, .executor = executor->get()});
  if (!step) return step.error();
  const Result<Isa> isa = default_isa();
  if (!isa) return isa.error();
  Result<training::BatchLoader> loader = training::BatchLoader::make(data, batch_size, *kernels::table(*isa));
  if (!loader) return loader.error();
  Result<Predictions> predictions = make_predictions(data.size(), classes);
  if (!predictions) return predictions;

  std::vector<std::uint32_t> indices(batch_size);
  for (std::size_t first = 0; first < data.size(); first += batch_size) {
    const std::size_t samples = std::min(batch_size, data.size() - first);
    for (std::size_t i = 0; i < samples; ++i) indices[i] = static_cast<std::uint32_t>(first + i);
    loader->load(std::span(indices).first(samples), **executor);
    const std::span<float> logits = std::span(predictions->logits).subspan(first * classes, samples * classes);
    step->run(loader->inputs(), logits);
    for (std::size_t i = 0; i < samples; ++i)
      predictions->predicted[first + i] = first_largest(logits.subspan(i * classes, classes));
  }
  return predictions;
}

}  // namespace

Result<Predictions> predict(const Model& model, const data::Dataset& data, std::size_t batch_size,
                            std::size_t threads) {
  return base::or_out_of_memory("predict", [&] { return predict_all(model, data, batch_size, threads); });
}

}  // namespace treadle
