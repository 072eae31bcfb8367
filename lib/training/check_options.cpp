#include "training/check_options.hpp"

namespace treadle::training {

Result<void> check_options(const TrainerOptions& options, bool validated) {
  const auto refuse = [](const char* what) { return Error{ErrorCode::invalid_argument, what}; };
  if (options.epochs == 0u) return refuse("fit: epochs: expected at least 1, got 0");
  if (!(options.max_seconds >= 0)) return refuse("fit: max_seconds: expected a number of at least 0");
  if (options.schedule)
    if (const Result<void> checked = check(*options.schedule); !checked)
      return Error{checked.error().code, Message{"fit: "} << checked.error().text()};
  if (!(options.duty_cycle > 0 && options.duty_cycle <= 1))
    return refuse("fit: duty_cycle: expected a number above 0, 1 at most");
  if (!options.placement.changes_nothing() && options.thread_source == ThreadSource::tbb)
    return refuse("fit: placement: oneTBB's threads are the whole process's; use ThreadSource::std_threads");
  if (options.profile_every == 0) return refuse("fit: profile_every: expected at least 1, got 0");
  if (options.profile && options.duty_cycle < 1)
    return refuse("fit: profile: a duty cycle cuts calls into pieces that are not measured");
  if (options.checkpoints && !(options.checkpoints->every_seconds >= 0))
    return refuse("fit: checkpoints: every_seconds: expected a number of at least 0");
  if (options.fast_dev_run > 0 && options.checkpoints && options.checkpoints->resume)
    return refuse("fit: fast_dev_run begins anew: expected checkpoints without resume");
  if (!(options.clip_norm >= 0 && options.clip_value >= 0))
    return refuse("fit: clip_norm, clip_value: expected numbers of at least 0");
  if (options.guard) {
    const Guard& guard = *options.guard;
    if (!(guard.spike == 0 || guard.spike > 1)) return refuse("fit: guard: spike: expected a number above 1, or 0");
    if (!(guard.rate_factor > 0 && guard.rate_factor < 1))
      return refuse("fit: guard: rate_factor: expected a number above 0, below 1");
  }
  if (options.plateau) {
    if (const Result<void> checked = check(*options.plateau); !checked)
      return Error{checked.error().code, Message{"fit: "} << checked.error().text()};
    if (!validated) return refuse("fit: a plateau needs validation data");
  }
  if (options.validation_every != 0 && !validated) return refuse("fit: validation_every needs validation data");
  if (!options.early_stopping) return {};
  if (options.early_stopping->patience == 0) return refuse("fit: early stopping: patience: expected at least 1, got 0");
  if (!(options.early_stopping->least_improvement >= 0))
    return refuse("fit: early stopping: least_improvement: expected a number of at least 0");
  if (!validated) return refuse("fit: early stopping needs validation data");
  return {};
}

}  // namespace treadle::training
