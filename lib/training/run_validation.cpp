// When a run validates, and what follows from it.
#include <algorithm>

#include "training/run.hpp"

namespace treadle::training {

Result<std::optional<ValidationRecord>> Run::validate(bool at_epoch_end) {
  report_begin(parts_.callbacks.validation_begin, state_.epoch_iteration);
  if (const Result<void> begun = validation_->begin_epoch(state_.epoch); !begun) return begun.error();
  Totals totals;
  const std::size_t most = parts_.options.fast_dev_run, all = validation_->batches();
  for (std::size_t i = 0; i < (most == 0 ? all : std::min(most, all)); ++i) {
    if (asked_to_stop()) return std::optional<ValidationRecord>{};
    const Result<Batch> batch = validation_->next();
    if (!batch) return batch.error();
    const float loss = duty_cycle_.evaluate(step_, batch->inputs, batch->targets);
    totals.add(loss, step_.correct(), batch->samples());
  }
  const ValidationRecord record{.epoch = state_.epoch,
                                .iteration = state_.epoch_iteration,
                                .evaluation = {.loss = totals.mean_loss(), .accuracy = totals.accuracy()},
                                .run_iteration = state_.iteration,
                                .at_epoch_end = at_epoch_end};
  for (const auto& callback : parts_.callbacks.validation_end) callback(record);
  return std::optional<ValidationRecord>{record};
}

Result<void> Run::validate_in_epoch() {
  const std::uint64_t every = parts_.options.validation_every;
  if (every == 0 || !validation_ || state_.epoch_iteration == 0 || state_.epoch_iteration % every != 0 ||
      state_.epoch_iteration == state_.validated)
    return {};
  const Clock::time_point start = Clock::now();
  const Result<std::optional<ValidationRecord>> validation = validate(false);
  if (!validation) return validation.error();
  epoch_start_ += Clock::now() - start;  // an epoch's time is that of training
  if (!*validation) return {};
  state_.validated = state_.epoch_iteration;
  keep_last(state_.validations, record_limits().validations, **validation);
  return judge(**validation);
}

Result<void> Run::judge(const ValidationRecord& validation) {
  const TrainerOptions& options = parts_.options;
  if (options.plateau) take_in(*options.plateau, validation.evaluation.loss, state_.plateau);
  if (!options.early_stopping ||
      !improved(*options.early_stopping, state_.epoch, validation.evaluation, state_.early_stop))
    return {};
  state_.best = validation;
  state_.best_epoch.reset();
  if (best_parameters_.empty()) return {};
  return step_.get_parameters(best_parameters_);
}

}  // namespace treadle::training
