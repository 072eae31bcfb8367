// A run of treadle train: what was asked for, and all that it takes, checked and ready.
#pragma once

#include <treadle/training.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "checkpoints.hpp"
#include "options.hpp"
#include "training_data.hpp"

namespace treadle::tool {

struct TrainOptions {
  DataOptions data;
  TrainingDataOptions training_data;
  std::string model = "mlp";
  BatchOptions batch;
  OptimizerOptions optimizer;
  ScheduleOptions schedule;
  LimitOptions limits;
  StabilityOptions stability;
  TrialOptions trial;
  CheckpointArguments checkpoints;
  std::uint64_t seed = 1;
  std::size_t threads = 1;
  PlacementOptions placement;
  bool profile = false;
  bool no_shuffle = false;
  std::string out = "model.safetensors";
  std::string log;
  std::string run;
  bool quiet = false;
  bool json = false;

  /// Whether the job is only tried out, by --fast-dev-run: then nothing is written.
  bool is_trial() const noexcept { return trial.fast_dev_run > 0; }
};

struct TrainRun {
  Isa isa;
  Optimizer optimizer;
  std::optional<Schedule> schedule;
  std::optional<EarlyStopping> early_stopping;
  std::optional<CheckpointOptions> checkpoints;
  TrainingData loaded;
  Model model;
  PlanReport plan;
};

/// Checks all that can be checked before the first iteration, and reads the data. Checkpoints go into
/// `run_checkpoints` unless the options name another folder; "": none.
TrainRun prepare_run(const CommandLine& line, const TrainOptions& options, const std::string& run_checkpoints);

/// `in_folder`: of a run that keeps a profile in its folder.
TrainerOptions trainer_options(const CommandLine& line, const TrainOptions& options, const TrainRun& run,
                               bool in_folder);

}  // namespace treadle::tool
