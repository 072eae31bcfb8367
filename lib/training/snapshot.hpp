// A copy of all that a run needs to go on.
#pragma once

#include <treadle/optimizers.hpp>

#include <vector>

#include "training/run_state.hpp"

namespace treadle::training {

struct Snapshot {
  std::vector<float> parameters;
  std::vector<float> optimizer_state;  ///< as TrainingStep::get_optimizer_state() gives it
  std::vector<float> best_parameters;  ///< empty unless early stopping is to restore them
  OptimizerProgress progress;
  RunState state;
};

}  // namespace treadle::training
