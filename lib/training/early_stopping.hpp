// Watches a validation metric over a run and remembers the best one.
#pragma once

#include <treadle/training.hpp>

#include <cstddef>

namespace treadle::training {

struct EarlyStopState {
  double best = 0;             ///< the best score, if there is a best epoch
  std::size_t best_epoch = 0;  ///< 0: none yet
  std::size_t waited = 0;      ///< validations since then
};

/// The more the better.
inline double score(const EarlyStopping& options, const Evaluation& evaluation) noexcept {
  return options.metric == Metric::validation_loss ? -evaluation.loss : evaluation.accuracy;
}

/// Takes in a validation in or after epoch `epoch`; whether it is the best so far.
inline bool improved(const EarlyStopping& options, std::size_t epoch, const Evaluation& evaluation,
                     EarlyStopState& state) noexcept {
  const double score = training::score(options, evaluation);
  // A NaN is never an improvement.
  if (!(state.best_epoch == 0 ? score == score : score > state.best + options.least_improvement)) {
    ++state.waited;
    return false;
  }
  state = {.best = score, .best_epoch = epoch, .waited = 0};
  return true;
}

inline bool exhausted(const EarlyStopping& options, const EarlyStopState& state) noexcept {
  return state.waited >= options.patience;
}

}  // namespace treadle::training
