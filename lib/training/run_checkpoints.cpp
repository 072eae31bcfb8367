// What a run does with checkpoints: it goes on from one, and takes them.
#include <algorithm>

#include "base/out_of_memory.hpp"
#include "formats/text.hpp"
#include "training/run.hpp"

namespace treadle::training {
namespace {

/// Whether a run can have taken so many seconds: below thirty years, which a clock can count.
bool is_time(double seconds) noexcept { return seconds >= 0 && seconds < 1e9; }

/// Whether it can be a factor of the learning rate.
bool is_part(double factor) noexcept { return factor >= 0 && factor <= 1; }

}  // namespace

Result<CheckpointLayout> Run::make_layout() const {
  return CheckpointLayout::make(parts_.model, parts_.optimizer, !best_parameters_.empty(), record_limits());
}

/// Opens the folder, goes on from its newest checkpoint if that is wanted, and starts the writing thread.
Result<void> Run::start_checkpoints() {
  if (!parts_.options.checkpoints) return {};
  const CheckpointOptions& options = *parts_.options.checkpoints;
  Result<CheckpointLayout> layout = make_layout();
  if (!layout) return layout.error();
  Result<Fingerprint> fingerprint = make_fingerprint(parts_);
  if (!fingerprint) return fingerprint.error();
  Result<CheckpointFolder> folder = CheckpointFolder::open(options.folder);
  if (!folder) return folder.error();
  if (options.resume) {
    Result<std::optional<CheckpointFolder::Found>> found = folder->newest(*layout, *fingerprint);
    if (!found) return found.error();
    if (*found)
      if (const Result<void> resumed = resume(**found); !resumed) return resumed;
  } else if (folder->in_use()) {
    return Error{ErrorCode::invalid_argument, Message{"fit: "} << formats::shown_path(options.folder)
                                                               << " has checkpoints of an earlier run: resume it, or "
                                                                  "choose another folder"};
  }
  Result<std::unique_ptr<Checkpointer>> checkpointer =
      Checkpointer::start(options, std::move(*folder), std::move(*layout), std::move(*fingerprint));
  if (!checkpointer) return checkpointer.error();
  checkpointer_ = std::move(*checkpointer);
  return {};
}

Result<void> Run::resume(CheckpointFolder::Found& found) {
  for (EpochRecord& epoch : found.snapshot.state.epochs) epoch.epochs = epochs();
  if (auto& best = found.snapshot.state.best_epoch) best->epochs = epochs();
  if (const Result<void> valid = check_state(found.snapshot.state); !valid)
    return formats::in_file(found.path, valid.error());
  if (const Result<void> restored = restore(found.snapshot); !restored) return restored;
  resumed_ = ResumeRecord{.path = found.path,
                          .iteration = state_.iteration,
                          .epoch = state_.epoch,
                          .epoch_iteration = state_.epoch_iteration,
                          .epochs = state_.epochs,
                          .validations = state_.validations,
                          .damaged = found.damaged};
  return {};
}

/// Whether a state that comes from a file can be one of this run.
Result<void> Run::check_state(const RunState& state) const {
  const std::size_t epoch_iterations = this->epoch_iterations();
  const bool in_epoch = parts_.options.validation_every != 0 && state.epoch_iteration != 0;
  bool valid = state.epoch >= 1 && state.epoch <= last_epoch_ &&
               state.epochs.size() == std::min(state.epoch - 1, record_limits().epochs) &&
               state.epoch_iteration <= epoch_iterations && state.validated <= state.epoch_iteration &&
               state.iteration <= iterations_ &&
               state.iteration == (state.epoch - 1) * std::uint64_t{epoch_iterations} + state.epoch_iteration &&
               state.early_stop.best_epoch < state.epoch + (in_epoch ? 1 : 0) && is_time(state.epoch_seconds) &&
               is_time(state.finished_seconds) && is_time(state.seconds);
  valid = valid && is_part(state.plateau.factor) && is_part(state.guard.rate) &&
          state.guard.recent.size() <= recent_losses && state.totals.skipped <= state.totals.samples;
  // The best validation, and its epoch's record once there is one.
  valid = valid && (state.best ? state.best->epoch : 0) == state.early_stop.best_epoch &&
          state.best_epoch.has_value() == (state.best && state.best->epoch < state.epoch) &&
          (!state.best_epoch || state.best_epoch->epoch == state.best->epoch) &&
          (!state.best || state.best->run_iteration <= state.iteration);
  const std::size_t unkept = state.epoch - 1 - std::min(state.epoch - 1, state.epochs.size());
  for (std::size_t i = 0; i < state.epochs.size(); ++i) valid = valid && state.epochs[i].epoch == unkept + i + 1;
  std::uint64_t before = 0;
  for (const ValidationRecord& each : state.validations) {
    // Within an epoch: after its first iteration, before its last, and at the latest where the state is.
    valid = valid && !each.at_epoch_end && each.epoch >= 1 && each.epoch <= state.epoch && each.iteration >= 1 &&
            each.iteration < epoch_iterations && each.run_iteration > before && each.run_iteration <= state.iteration &&
            each.run_iteration == (each.epoch - 1) * std::uint64_t{epoch_iterations} + each.iteration;
    before = each.run_iteration;
  }
  if (valid && state.totals.samples == std::min(state.epoch_iteration * parts_.options.batch_size, train_->samples()))
    return {};
  return Error{ErrorCode::bad_format, "checkpoint: its state cannot be one of this run"};
}

Result<void> Run::restore(const Snapshot& snapshot) {
  if (const Result<void> set = step_.set_parameters(snapshot.parameters); !set) return set;
  if (const Result<void> set = step_.set_optimizer_state(snapshot.optimizer_state); !set) return set;
  if (const Result<void> set = step_.set_optimizer_progress(snapshot.progress); !set) return set;
  best_parameters_ = snapshot.best_parameters;
  state_ = snapshot.state;
  start_ = Clock::now() - std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(state_.seconds));
  return {};
}

Result<void> Run::copy_to(Snapshot& snapshot) const {
  return base::or_out_of_memory("checkpoint", [&]() -> Result<void> {
    if (const Result<void> got = step_.get_parameters(snapshot.parameters); !got) return got;
    if (const Result<void> got = step_.get_optimizer_state(snapshot.optimizer_state); !got) return got;
    std::copy(best_parameters_.begin(), best_parameters_.end(), snapshot.best_parameters.begin());
    snapshot.progress = step_.optimizer_progress();
    snapshot.state = state_;
    snapshot.state.seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    return {};
  });
}

/// After an iteration: tells what became of the last checkpoint and takes the next one if it is due. With a guard the
/// next iteration's loss has to be good first, which judges the parameters (take_what_is_due()).
Result<void> Run::checkpoint() {
  if (!checkpointer_) return {};
  report_checkpoint();
  const bool due = checkpointer_->due(state_.iteration);
  // Where a run goes back to must not depend on how fast a disk is.
  if (due || checkpointer_->wanted_by_iterations(state_.iteration)) good_due_ = good_.has_value();
  if (due && parts_.options.guard)
    checkpoint_due_ = true;
  else if (due)
    take_checkpoint();
  return {};
}

void Run::take_checkpoint() {
  const Result<void> copied = copy_to(checkpointer_->room());
  if (copied) return checkpointer_->write();
  const CheckpointRecord record{.iteration = state_.iteration, .epoch = state_.epoch, .error = copied.error()};
  for (const auto& callback : parts_.callbacks.checkpoint) callback(record);
}

void Run::report_checkpoint() {
  const std::optional<CheckpointRecord> record = checkpointer_->take_record();
  if (!record) return;
  for (const auto& callback : parts_.callbacks.checkpoint) callback(*record);
}

/// At the run's end. One that was asked to stop, or that the guard ended, leaves a checkpoint of where it is, and so
/// does one that an error ended, if it had come anywhere.
void Run::finish_checkpoints() {
  if (!checkpointer_) return;
  checkpointer_->wait();
  report_checkpoint();
  if (!interrupted_ && !spoilt_ && !(failed_ && state_.iteration > 0)) return;
  // A run that goes on meets the anomaly again, and counts it then.
  if (spoilt_) --state_.guard.anomalies;
  take_checkpoint();
  checkpointer_->wait();
  report_checkpoint();
}

}  // namespace treadle::training
