// When a run validates, and what follows from it.
#include <algorithm>

#include "base/out_of_memory.hpp"
#include "training/run.hpp"

namespace treadle::training {

ValidationRecord Run::validation_record(const Evaluation& evaluation) const noexcept {
  return {.epoch = state_.epoch,
          .iteration = state_.epoch_iteration,
          .evaluation = evaluation,
          .run_iteration = state_.iteration};
}

Result<std::optional<Evaluation>> Run::validate(bool at_epoch_end) {
  report_begin(parts_.callbacks.validation_begin, state_.epoch_iteration);
  if (const Result<void> begun = validation_->begin_epoch(state_.epoch); !begun) return begun.error();
  Totals totals;
  const std::size_t most = parts_.options.fast_dev_run, all = validation_->batches();
  for (std::size_t i = 0; i < (most == 0 ? all : std::min(most, all)); ++i) {
    if (asked_to_stop()) return std::optional<Evaluation>{};
    const Result<Batch> batch = validation_->next();
    if (!batch) return batch.error();
    duty_cycle_.rest();
    const float loss = step_.evaluate(batch->inputs, batch->targets);
    totals.add(loss, step_.correct(), batch->samples());
  }
  const Evaluation evaluation{.loss = totals.mean_loss(), .accuracy = totals.accuracy()};
  ValidationRecord record = validation_record(evaluation);
  record.at_epoch_end = at_epoch_end;
  for (const auto& callback : parts_.callbacks.validation_end) callback(record);
  return std::optional<Evaluation>{evaluation};
}

Result<void> Run::validate_in_epoch() {
  const std::uint64_t every = parts_.options.validation_every;
  if (every == 0 || !validation_ || state_.epoch_iteration == 0 || state_.epoch_iteration % every != 0 ||
      state_.epoch_iteration == state_.validated)
    return {};
  const Clock::time_point start = Clock::now();
  const Result<std::optional<Evaluation>> validation = validate(false);
  if (!validation) return validation.error();
  epoch_start_ += Clock::now() - start;  // an epoch's time is that of training
  if (!*validation) return {};
  state_.validated = state_.epoch_iteration;
  const Result<void> kept = base::or_out_of_memory("fit", [&]() -> Result<void> {
    state_.validations.push_back(validation_record(**validation));
    return {};
  });
  if (!kept) return kept;
  return judge(**validation);
}

Result<void> Run::judge(const Evaluation& evaluation) {
  const TrainerOptions& options = parts_.options;
  if (options.plateau) take_in(*options.plateau, evaluation.loss, state_.plateau);
  if (!options.early_stopping || !improved(*options.early_stopping, state_.epoch, evaluation, state_.early_stop) ||
      best_parameters_.empty())
    return {};
  return step_.get_parameters(best_parameters_);
}

}  // namespace treadle::training
