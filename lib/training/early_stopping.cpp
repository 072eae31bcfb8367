#include "training/early_stopping.hpp"

namespace treadle::training {

std::optional<ValidationRecord> best_validation(const EarlyStopping& options, const EarlyStopState& state,
                                                std::span<const EpochRecord> epochs,
                                                std::span<const ValidationRecord> validations) {
  if (state.best_epoch == 0) return std::nullopt;
  // What is equal later on is no improvement: the first one of this score within its epoch.
  for (const ValidationRecord& record : validations)
    if (record.epoch == state.best_epoch && score(options, record.evaluation) == state.best) return record;
  std::uint64_t iterations = 0;
  for (const EpochRecord& epoch : epochs) {
    iterations += epoch.iterations;
    if (epoch.epoch == state.best_epoch && epoch.validation)
      return ValidationRecord{.epoch = epoch.epoch,
                              .iteration = epoch.iterations,
                              .evaluation = *epoch.validation,
                              .run_iteration = iterations,
                              .at_epoch_end = true};
  }
  return std::nullopt;
}

}  // namespace treadle::training
