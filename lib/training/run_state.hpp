// What a run knows between two iterations. With the parameters (the best epoch's too) and the optimizer's state it is
// all that decides how the run goes on.
#pragma once

#include <treadle/training.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "training/early_stopping.hpp"
#include "training/plateau.hpp"
#include "training/totals.hpp"
#include "training/watch.hpp"

namespace treadle::training {

/// The most records that a run keeps, at most `most_records` of each kind.
struct RecordLimits {
  std::size_t epochs = 0, validations = 0;
};

/// Adds a record; past the limit, which is at least 1, the oldest one goes.
template <class Record>
void keep_last(std::vector<Record>& records, std::size_t limit, const Record& record) {
  if (records.size() >= limit) records.erase(records.begin());
  records.push_back(record);
}

struct RunState {
  std::uint64_t iteration = 0;      ///< finished iterations of the run; the schedule's clock
  std::size_t epoch = 1;            ///< the epoch that is being trained, from 1; it keys the order of the samples
  std::size_t epoch_iteration = 0;  ///< finished iterations of this epoch; where in the order it goes on
  std::size_t validated = 0;        ///< that had been finished at this epoch's last validation
  Totals totals;                    ///< of this epoch's finished iterations
  double epoch_seconds = 0;         ///< that training took in this epoch
  double finished_seconds = 0;      ///< that training took in all epochs before
  double seconds = 0;               ///< that the run took, validation included
  EarlyStopState early_stop;
  PlateauState plateau;
  GuardState guard;
  std::optional<ValidationRecord> best;       ///< that early stopping found best
  std::optional<EpochRecord> best_epoch;      ///< in which that was, once it is finished
  std::vector<EpochRecord> epochs;            ///< the last finished ones
  std::vector<ValidationRecord> validations;  ///< the last ones within epochs

  /// Takes the memory for all that grows.
  void reserve(const RecordLimits& limits) {
    epochs.reserve(limits.epochs);
    validations.reserve(limits.validations);
    guard.recent.reserve(recent_losses);
  }

  /// Begins the next epoch once this one has its record.
  void begin_epoch() noexcept {
    ++epoch;
    finished_seconds += epoch_seconds;
    epoch_iteration = 0;
    validated = 0;
    totals = {};
    epoch_seconds = 0;
  }
};

}  // namespace treadle::training
