#include "training/effective.hpp"

#include <algorithm>
#include <utility>

#include "base/checked.hpp"

namespace treadle {

TrainerOptions with_defaults(TrainerOptions options) {
  const bool ends_otherwise = options.max_iterations != 0 || options.max_seconds > 0 || options.early_stopping;
  if (!options.epochs && !ends_otherwise) options.epochs = usual_epochs;
  const bool end_known = options.epochs || options.max_iterations != 0;
  if (!options.schedule) options.schedule = end_known ? Schedule{LinearDecay{}} : Schedule{ConstantRate{}};
  return options;
}

}  // namespace treadle

namespace treadle::training {
Result<TrainerOptions> effective(TrainerOptions options) {
  const auto refuse = [](const char* what) { return Error{ErrorCode::invalid_argument, what}; };
  if (options.accumulate == 0) return refuse("fit: accumulate: expected at least 1, got 0");
  if (options.accumulate > 1) {
    const std::size_t most = options.batch_size;
    const Result<std::size_t> whole = (base::CheckedSize{most} * options.accumulate).value("fit: accumulated samples");
    if (!whole) return whole.error();
    options.batch_size = *whole;
    options.micro_batch = options.micro_batch == 0 ? most : std::min(options.micro_batch, most);
    options.accumulate = 1;
  }
  if (options.overfit_batches > 0) {
    options.shuffle = false;
    options.loading.weights = {};
    options.loading.augmentation = {};
    options.loading.window = 0;
  }
  if (options.fast_dev_run > 0) {
    options.epochs = 1;
    options.max_iterations = options.fast_dev_run;
    options.max_seconds = 0;
    options.checkpoints.reset();
    options.early_stopping.reset();
  }
  options = with_defaults(std::move(options));
  if (!options.epochs && options.max_iterations == 0 && needs_iterations(*options.schedule))
    return refuse("fit: schedule: it ends with the run, so set epochs or max_iterations too; or take another one");
  return options;
}

Result<data::Samples> first_batches(const data::Samples& samples, std::size_t batches, std::size_t batch_size) {
  const std::size_t all = data::info(samples).size;
  const Result<std::size_t> wanted = (base::CheckedSize{batches} * batch_size).value("fit: overfit_batches");
  const std::size_t size = wanted ? std::min(*wanted, all) : all;
  if (const auto* data = std::get_if<data::Dataset>(&samples)) return data::Samples{data->first(size)};
  const auto* source = std::get_if<std::shared_ptr<const data::Source>>(&samples);
  if (source == nullptr)
    return Error{ErrorCode::invalid_argument, "fit: overfit_batches: a stream has no first samples to come back to"};
  Result<std::shared_ptr<const data::Source>> part = data::first_samples(*source, size);
  if (!part) return part.error();
  return data::Samples{std::move(*part)};
}

}  // namespace treadle::training
