// What a run is made of; all of it is the trainer's or its caller's.
#pragma once

#include <treadle/training.hpp>

namespace treadle::training {

struct RunParts {
  Model& model;
  const Loss& loss;
  const Optimizer& optimizer;
  const TrainerOptions& options;
  const TrainerCallbacks& callbacks;
  const data::Samples& train;
  const data::Samples& validation;
};

}  // namespace treadle::training
