#include "training/run.hpp"

#include <algorithm>

#include "base/out_of_memory.hpp"
#include "kernels/table.hpp"

namespace treadle::training {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// The moment `seconds` ago.
std::chrono::steady_clock::time_point before(double seconds) {
  using Clock = std::chrono::steady_clock;
  return Clock::now() - std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

}  // namespace

Result<Run> Run::make(const RunParts& parts) {
  const TrainerOptions& options = parts.options;
  const ThreadSource source = options.placement.changes_nothing() ? options.thread_source : ThreadSource::std_threads;
  const Result<std::shared_ptr<Executor>> executor = make_executor(options.threads, source);
  if (!executor) return executor.error();
  const StepOptions step_options{.batch_size = options.batch_size,
                                 .micro_batch = options.micro_batch,
                                 .memory_limit = options.memory_limit,
                                 .executor = executor->get(),
                                 .clip_norm = options.clip_norm,
                                 .clip_value = options.clip_value,
                                 .hold_update = options.guard.has_value()};
  Result<TrainingStep> step = plan(parts.model, parts.loss, parts.optimizer, step_options);
  if (!step) return step.error();
  const kernels::KernelTable& kernels = *kernels::table(step->isa());
  Normalization normalization = parts.model.normalization();
  LoaderOptions loading{.batch_size = options.batch_size,
                        .seed = options.seed,
                        .shuffle = options.shuffle,
                        .loading = options.loading,
                        .normalization = normalization};
  Result<std::unique_ptr<BatchLoader>> train = make_loader(parts.train, loading, kernels, **executor);
  if (!train) return train.error();

  Run run(parts, *executor, std::move(*step), std::move(normalization), std::move(*train));
  if (const Result<void> ready = run.start_parameters(); !ready) return ready.error();
  run.start_limits();
  if (options.early_stopping && options.early_stopping->restore_best) run.best_parameters_ = run.parameters_;
  if (data::info(parts.validation).size > 0) {
    loading.shuffle = false;
    loading.loading.weights = {};
    loading.loading.augmentation = {};
    Result<std::unique_ptr<BatchLoader>> validation = make_loader(parts.validation, loading, kernels, **executor);
    if (!validation) return validation.error();
    run.validation_ = std::move(*validation);
  }
  run.state_.reserve(run.record_limits());
  if (const Result<void> ready = run.start_checkpoints(); !ready) return ready.error();
  if (const Result<void> ready = run.start_guard(); !ready) return ready.error();
  if (options.profile) {
    Result<Profiler> profiler =
        Profiler::make(parts.model, parts.loss, parts.optimizer, step_options, run.step_, options.profile_every);
    if (!profiler) return profiler.error();
    run.profiler_ = std::move(*profiler);
  }
  return run;
}

/// The number of iterations, as far as the options say it. All of them is more than any clock lets happen.
void Run::start_limits() noexcept {
  const TrainerOptions& options = parts_.options;
  const std::uint64_t an_epoch = epoch_iterations(), most_epochs = no_limit / an_epoch;
  if (options.epochs && *options.epochs <= most_epochs) iterations_ = *options.epochs * an_epoch;
  if (options.max_iterations != 0) iterations_ = std::min(iterations_, options.max_iterations);
  const std::uint64_t epochs = iterations_ / an_epoch + (iterations_ % an_epoch == 0 ? 0 : 1);
  last_epoch_ = static_cast<std::size_t>(std::min({epochs, most_epochs, std::uint64_t{SIZE_MAX}}));
}

/// The model's own, or new ones.
Result<void> Run::start_parameters() {
  const Model& model = parts_.model;
  parameters_.assign(model.parameters().begin(), model.parameters().end());
  if (!parameters_.empty()) return {};
  parameters_.resize(*parameter_count(model));
  if (const Result<void> drawn = initialize(model, parts_.options.seed, parameters_); !drawn) return drawn;
  return step_.set_parameters(parameters_);
}

Result<History> Run::run() {
  if (resumed_)
    for (const auto& callback : parts_.callbacks.resume) callback(*resumed_);
  while (state_.epoch <= last_epoch_) {
    const Result<std::optional<EpochRecord>> record = run_epoch();
    if (!record) {
      failed_ = true;
      finish_checkpoints();
      return record.error();
    }
    if (!*record) break;
    for (const auto& callback : parts_.callbacks.epoch_end) callback(**record);
    if (stopped()) break;
  }
  return finish();
}

Result<std::optional<EpochRecord>> Run::run_epoch() {
  if (const Result<void> begun = train_->begin_epoch(state_.epoch, state_.epoch_iteration); !begun)
    return begun.error();
  if (state_.epoch_iteration == 0) good_due_ = good_.has_value();
  report_begin(parts_.callbacks.epoch_begin, state_.epoch_iteration + 1);
  if (const Result<void> trained = run_iterations(); !trained) return trained.error();
  if (interrupted_ || spoilt_) return std::optional<EpochRecord>{};
  timed_out_ = out_of_time();
  return finish_epoch();
}

Result<void> Run::run_iterations() {
  epoch_start_ = before(state_.epoch_seconds);
  while (state_.epoch_iteration < epoch_iterations() && state_.iteration < iterations_) {
    if (asked_to_stop() || (state_.epoch_iteration > 0 && out_of_time())) break;
    if (const Result<void> validated = validate_in_epoch(); !validated) return validated;
    if (stopped() == StopReason::request || stopped() == StopReason::no_improvement) break;
    const std::uint64_t before = state_.iteration;
    if (const Result<void> trained = run_iteration(); !trained) return trained;
    if (spoilt_) break;
    if (state_.iteration > before)  // else it was rolled back
      if (const Result<void> kept = checkpoint(); !kept) return kept;
  }
  return {};
}

Result<void> Run::run_iteration() {
  measured_ = profiler_ && profiler_->begin();
  const Result<Batch> batch = train_->next();
  if (!batch) return batch.error();
  if (measured_) profiler_->loaded();
  const Result<void> trained = train_on(*batch);
  if (measured_) profiler_->end();
  return trained;
}

float Run::run_step(const Batch& batch) {
  return measured_ ? step_.run(batch.inputs, batch.targets, profiler_->timer(), batch.mixed_targets())
                   : duty_cycle_.run(step_, batch.inputs, batch.targets, batch.mixed_targets());
}

Result<void> Run::train_on(const Batch& batch) {
  step_.set_learning_rate(static_cast<float>(rate(state_.iteration)));
  report_begin(parts_.callbacks.iteration_begin, state_.epoch_iteration + 1);
  for (const auto& callback : parts_.callbacks.batch)
    callback({.epoch = state_.epoch,
              .iteration = state_.epoch_iteration + 1,
              .inputs = batch.inputs,
              .targets = batch.targets,
              .samples = batch.indices});
  float loss = 0;
  if (parts_.options.guard) {
    const Result<std::optional<float>> guarded = run_guarded(batch);
    if (!guarded) return guarded.error();
    if (!*guarded) return {};
    loss = **guarded;
  } else {
    loss = run_step(batch);
  }
  state_.totals.add(loss, step_.correct(), batch.samples());
  ++state_.iteration;
  ++state_.epoch_iteration;
  state_.epoch_seconds = seconds_since(epoch_start_);
  if (!parts_.callbacks.iteration_end.empty()) report_iteration(loss);
  return {};
}

void Run::report_begin(const std::vector<std::function<void(const BeginRecord&)>>& callbacks,
                       std::size_t iteration) const {
  for (const auto& callback : callbacks) callback({.epoch = state_.epoch, .iteration = iteration});
}

void Run::report_iteration(float loss) const {
  const IterationRecord record{.epoch = state_.epoch,
                               .epochs = epochs(),
                               .iteration = state_.epoch_iteration,
                               .iterations = epoch_iterations(),
                               .samples = state_.totals.samples,
                               .loss = loss,
                               .mean_loss = state_.totals.mean_loss(),
                               .accuracy = state_.totals.accuracy(),
                               .seconds = state_.epoch_seconds,
                               .learning_rate = rate(state_.iteration - 1),
                               .gradient_norm = step_.gradient_norm()};
  for (const auto& callback : parts_.callbacks.iteration_end) callback(record);
}

/// Validates, and takes the epoch into the state and the model.
Result<std::optional<EpochRecord>> Run::finish_epoch() {
  const Totals& totals = state_.totals;
  EpochRecord record;
  record.epoch = state_.epoch;
  record.epochs = epochs();
  record.iterations = state_.epoch_iteration;
  record.train_loss = totals.mean_loss();
  record.train_accuracy = totals.accuracy();
  record.seconds = state_.epoch_seconds;
  record.learning_rate = rate(state_.iteration - 1);
  record.samples_per_second = record.seconds > 0 ? static_cast<double>(totals.samples) / record.seconds : 0.0;
  if (validation_) {
    const Result<std::optional<ValidationRecord>> validation = validate(true);
    if (!validation) return validation.error();
    if (!*validation) return std::optional<EpochRecord>{};
    record.validation = (*validation)->evaluation;
    if (const Result<void> judged = judge(**validation); !judged) return judged.error();
  }
  if (const Result<void> stored = store_parameters(); !stored) return stored.error();
  keep_last(state_.epochs, record_limits().epochs, record);
  if (state_.best && state_.best->epoch == record.epoch) state_.best_epoch = record;
  state_.begin_epoch();
  return std::optional<EpochRecord>{record};
}

Result<History> Run::finish() {
  const bool cut_short = interrupted_ || spoilt_;
  if (const Result<void> ready = cut_short ? store_parameters() : restore_best(); !ready) return ready.error();
  History history;
  history.anomalies = state_.guard.anomalies;
  finish_checkpoints();
  // A limit may cut the last epoch too.
  const bool last_is_whole = state_.epochs.empty() || state_.epochs.back().iterations == epoch_iterations();
  const std::optional<std::size_t>& wanted = parts_.options.epochs;
  if (!wanted || state_.epoch <= *wanted || !last_is_whole) history.stopped = stopped().value_or(StopReason::epochs);
  history.seconds = state_.finished_seconds;
  history.best = state_.best;
  history.best_epoch = state_.best_epoch;
  history.epochs = std::move(state_.epochs);
  history.validations = std::move(state_.validations);
  if (profiler_) history.profile = std::move(*profiler_).profile();
  return history;
}

std::size_t Run::epoch_iterations() const noexcept { return train_->batches(); }

std::size_t Run::epochs() const noexcept { return iterations_ == no_limit ? 0 : last_epoch_; }

/// What the whole run would have, if that is less than is kept at most.
RecordLimits Run::record_limits() const noexcept {
  const TrainerOptions& options = parts_.options;
  RecordLimits limits{.epochs = std::min(last_epoch_, most_records)};
  if (options.validation_every == 0 || !validation_) return limits;
  const std::uint64_t an_epoch = (epoch_iterations() - 1) / options.validation_every;
  limits.validations = an_epoch >= most_records
                           ? most_records
                           : static_cast<std::size_t>(std::min(an_epoch * limits.epochs, std::uint64_t{most_records}));
  return limits;
}

double Run::rate(std::uint64_t iteration) const noexcept {
  const TrainerOptions& options = parts_.options;
  const double factor = treadle::rate_factor(
      *options.schedule, {.iteration = iteration, .iterations = iterations_, .epoch_iterations = epoch_iterations()});
  const double scheduled =
      static_cast<double>(learning_rate(parts_.optimizer)) * factor * state_.plateau.factor * state_.guard.rate;
  if (iteration >= options.warm_up) return scheduled;
  return scheduled * (static_cast<double>(iteration + 1) / static_cast<double>(options.warm_up));
}

bool Run::out_of_time() const noexcept {
  const double limit = parts_.options.max_seconds;
  return limit > 0 && seconds_since(start_) >= limit;
}

/// Remembers it: what follows must not go on.
bool Run::asked_to_stop() noexcept {
  interrupted_ = interrupted_ || (parts_.options.stop != nullptr && parts_.options.stop->load());
  return interrupted_;
}

std::optional<StopReason> Run::stopped() const noexcept {
  if (interrupted_) return StopReason::request;
  if (spoilt_) return StopReason::anomaly;
  const TrainerOptions& options = parts_.options;
  if (options.max_iterations != 0 && state_.iteration >= options.max_iterations) return StopReason::iterations;
  if (timed_out_) return StopReason::time;
  if (options.early_stopping && exhausted(*options.early_stopping, state_.early_stop))
    return StopReason::no_improvement;
  return std::nullopt;
}

Result<void> Run::store_parameters() {
  if (const Result<void> got = step_.get_parameters(parameters_); !got) return got;
  return parts_.model.set_parameters(parameters_);
}

Result<void> Run::restore_best() {
  if (best_parameters_.empty() || state_.early_stop.best_epoch == 0) return {};
  return parts_.model.set_parameters(best_parameters_);
}

}  // namespace treadle::training
