// What a run knows between two iterations. With the parameters (the best epoch's too) and the optimizer's state it is
// all that decides how the run goes on.
#pragma once

#include <treadle/training.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "training/early_stopping.hpp"
#include "training/plateau.hpp"
#include "training/totals.hpp"
#include "training/watch.hpp"

namespace treadle::training {

struct RunState {
  std::uint64_t iteration = 0;      ///< finished iterations of the run; the schedule's clock
  std::size_t epoch = 1;            ///< the epoch that is being trained, from 1; it keys the order of the samples
  std::size_t epoch_iteration = 0;  ///< finished iterations of this epoch; where in the order it goes on
  std::size_t validated = 0;        ///< that had been finished at this epoch's last validation
  Totals totals;                    ///< of this epoch's finished iterations
  double epoch_seconds = 0;         ///< that training took in this epoch
  double seconds = 0;               ///< that the run took, validation included
  EarlyStopState early_stop;
  PlateauState plateau;
  GuardState guard;
  std::vector<EpochRecord> epochs;            ///< the finished ones
  std::vector<ValidationRecord> validations;  ///< within epochs

  /// Begins the next epoch once this one has its record.
  void begin_epoch() noexcept {
    ++epoch;
    epoch_iteration = 0;
    validated = 0;
    totals = {};
    epoch_seconds = 0;
  }
};

}  // namespace treadle::training
