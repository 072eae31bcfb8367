// One run of fit(): the loop over epochs and iterations.
#pragma once

#include <treadle/training.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "training/batch_loader.hpp"
#include "training/checkpoint_folder.hpp"
#include "training/checkpointer.hpp"
#include "training/duty_cycle.hpp"
#include "training/profiler.hpp"
#include "training/run_parts.hpp"
#include "training/run_state.hpp"

namespace treadle::training {

/// Everything that a run holds; allocated before the first iteration.
class Run {
 public:
  static Result<Run> make(const RunParts& parts);

  /// From where the state is to the end. The model changes only when an epoch has been trained.
  Result<History> run();

 private:
  Run(const RunParts& parts, std::shared_ptr<Executor> executor, TrainingStep step, Normalization normalization,
      std::unique_ptr<BatchLoader> train)
      : parts_(parts),
        executor_(std::move(executor)),
        step_(std::move(step)),
        duty_cycle_(parts.options.duty_cycle),
        normalization_(std::move(normalization)),
        train_(std::move(train)) {}

  Result<void> start_parameters();
  void start_limits() noexcept;
  /// The rest of the epoch in which the state is; nothing when the run was asked to stop before the epoch's end.
  Result<std::optional<EpochRecord>> run_epoch();
  Result<void> run_iterations();
  Result<void> run_iteration();
  Result<void> train_on(const Batch& batch);
  float run_step(const Batch& batch);
  void report_iteration(float loss) const;
  Result<std::optional<EpochRecord>> finish_epoch();
  Result<History> finish();

  std::size_t epoch_iterations() const noexcept;
  /// As in EpochRecord: 0 where it is not known.
  std::size_t epochs() const noexcept;
  RecordLimits record_limits() const noexcept;
  /// The learning rate in iteration `iteration` of the run, from 0.
  double rate(std::uint64_t iteration) const noexcept;
  void report_begin(const std::vector<std::function<void(const BeginRecord&)>>& callbacks, std::size_t iteration) const;
  bool out_of_time() const noexcept;
  bool asked_to_stop() noexcept;
  Result<void> store_parameters();
  /// Why the run ends with the epoch that was just run; nothing if it goes on.
  std::optional<StopReason> stopped() const noexcept;
  /// Gives the model the best epoch's parameters, if they are wanted.
  Result<void> restore_best();

  // In run_validation.cpp.
  /// Nothing when the run was asked to stop meanwhile.
  Result<std::optional<ValidationRecord>> validate(bool at_epoch_end);
  /// Before an iteration, if a validation is due there that has not been yet, before a checkpoint or an interruption.
  /// At the end of an epoch there is one anyway.
  Result<void> validate_in_epoch();
  /// Takes a validation into what is decided by validations.
  Result<void> judge(const ValidationRecord& validation);

  // In run_guard.cpp.
  Result<void> start_guard();
  /// Computes the gradients; the update follows if nothing is wrong with them. NaN if there was no update.
  Result<std::optional<float>> run_guarded(const Batch& batch);
  Result<void> handle(AnomalyCause cause, float loss, double limit, const Batch& batch);
  Result<void> roll_back();
  /// Copies of the parameters whose loss was just found good, before their update.
  Result<void> take_what_is_due(double loss);

  // In run_checkpoints.cpp.
  Result<CheckpointLayout> make_layout() const;
  Result<void> start_checkpoints();
  Result<void> resume(CheckpointFolder::Found& found);
  Result<void> check_state(const RunState& state) const;
  Result<void> restore(const Snapshot& snapshot);
  Result<void> copy_to(Snapshot& snapshot) const;
  Result<void> checkpoint();
  void take_checkpoint();
  void report_checkpoint();
  void finish_checkpoints();

  using Clock = std::chrono::steady_clock;

  RunParts parts_;
  std::shared_ptr<Executor> executor_;
  TrainingStep step_;
  DutyCycle duty_cycle_;
  std::optional<Profiler> profiler_;  // none: nothing is measured
  bool measured_ = false;             // this iteration is, by profiler_
  Normalization normalization_;       // the loaders look at it
  std::unique_ptr<BatchLoader> train_;
  std::unique_ptr<BatchLoader> validation_;  // none: there is no validation data
  std::vector<float> parameters_;
  std::vector<float> best_parameters_;  // none: they are not wanted
  static constexpr std::uint64_t no_limit = UINT64_MAX;
  std::uint64_t iterations_ = no_limit;  // that the run has if nothing stops it earlier
  std::size_t last_epoch_ = 0;           // in which that is
  RunState state_;
  Clock::time_point start_ = Clock::now();  // of the run, as if it had never been interrupted
  Clock::time_point epoch_start_ = start_;  // likewise
  bool timed_out_ = false;
  bool interrupted_ = false;
  bool spoilt_ = false;                         // the guard ended the run
  bool failed_ = false;                         // an error did
  std::optional<Snapshot> good_;                // what the guard rolls back to
  bool good_due_ = false;                       // a newer one is to be taken once a loss was good
  bool checkpoint_due_ = false;                 // likewise with a guard
  std::unique_ptr<Checkpointer> checkpointer_;  // none: no checkpoints are wanted
  std::optional<ResumeRecord> resumed_;
};

}  // namespace treadle::training
