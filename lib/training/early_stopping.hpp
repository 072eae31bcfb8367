// Watches a validation metric over the epochs of a run and remembers the best one.
#pragma once

#include <treadle/training.hpp>

#include <cstddef>
#include <limits>

namespace treadle::training {

class EarlyStop {
 public:
  explicit EarlyStop(const EarlyStopping& options) : options_(options) {}

  /// Takes in a finished epoch, which has validation figures; whether it is the best so far.
  bool improved(const EpochRecord& record) {
    const double score = this->score(*record.validation);
    // A NaN is never an improvement.
    if (!(best_epoch_ == 0 ? score == score : score > best_ + options_.least_improvement)) {
      ++waited_;
      return false;
    }
    best_ = score;
    best_epoch_ = record.epoch;
    waited_ = 0;
    return true;
  }
  bool exhausted() const noexcept { return waited_ >= options_.patience; }
  /// 0: none yet.
  std::size_t best_epoch() const noexcept { return best_epoch_; }

 private:
  /// The more the better.
  double score(const Evaluation& evaluation) const noexcept {
    return options_.metric == Metric::validation_loss ? -evaluation.loss : evaluation.accuracy;
  }

  EarlyStopping options_;
  double best_ = -std::numeric_limits<double>::infinity();
  std::size_t best_epoch_ = 0;
  std::size_t waited_ = 0;
};

}  // namespace treadle::training
