// One run of fit(): the loop over epochs and iterations.
#pragma once

#include <treadle/training.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "training/batch_loader.hpp"
#include "training/run_state.hpp"

namespace treadle::training {

/// What a run is made of; all of it is the trainer's or its caller's.
struct RunParts {
  Model& model;
  const Loss& loss;
  const Optimizer& optimizer;
  const TrainerOptions& options;
  const TrainerCallbacks& callbacks;
  const data::Dataset& train;
  const data::Dataset& validation;
};

/// Everything that a run holds; allocated before the first iteration.
class Run {
 public:
  static Result<Run> make(const RunParts& parts);

  /// From where the state is to the end. The model changes only when an epoch has been trained.
  Result<History> run();

 private:
  Run(const RunParts& parts, std::shared_ptr<Executor> executor, TrainingStep step, BatchLoader train)
      : parts_(parts), executor_(std::move(executor)), step_(std::move(step)), train_(std::move(train)) {}

  Result<void> start_parameters();
  Result<EpochRecord> run_epoch();
  void run_iterations();
  void run_iteration();
  void report_iteration(float loss) const;
  Result<EpochRecord> finish_epoch();
  Result<History> finish();

  std::size_t epoch_iterations() const noexcept;
  double rate_factor() const noexcept;
  bool out_of_time() const noexcept;
  Evaluation validate();
  Result<void> store_parameters();
  /// Why the run ends with the epoch that was just run; nothing if it goes on.
  std::optional<StopReason> stopped() const noexcept;
  /// Gives the model the best epoch's parameters, if they are wanted.
  Result<void> restore_best();

  using Clock = std::chrono::steady_clock;

  RunParts parts_;
  std::shared_ptr<Executor> executor_;
  TrainingStep step_;
  BatchLoader train_;
  std::optional<BatchLoader> validation_;
  std::vector<std::uint32_t> train_order_;
  std::vector<std::uint32_t> validation_order_;
  std::vector<float> parameters_;
  std::vector<float> best_parameters_;  // none: they are not wanted
  std::uint64_t iterations_ = 0;        // that the run has if nothing stops it earlier
  RunState state_;
  Clock::time_point start_ = Clock::now();  // of the run, as if it had never been interrupted
  Clock::time_point epoch_start_ = start_;  // likewise
  bool timed_out_ = false;
};

}  // namespace treadle::training
