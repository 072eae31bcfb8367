// The loop: epochs of iterations, validation after each epoch.
#include <treadle/training.hpp>

#include <algorithm>
#include <chrono>
#include <numeric>

#include "base/checked.hpp"
#include "base/out_of_memory.hpp"
#include "kernels/table.hpp"
#include "training/batch_loader.hpp"
#include "training/check_data.hpp"
#include "training/early_stopping.hpp"

namespace treadle {
namespace {

using training::BatchLoader;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// Sums of a pass over samples, in double and in the order of the batches.
struct Totals {
  double loss = 0;
  std::size_t correct = 0;
  std::size_t samples = 0;

  void add(float mean_loss, std::size_t batch_correct, std::size_t batch_samples) noexcept {
    loss += static_cast<double>(mean_loss) * static_cast<double>(batch_samples);
    correct += batch_correct;
    samples += batch_samples;
  }
  double mean_loss() const noexcept { return loss / static_cast<double>(samples); }
  double accuracy() const noexcept { return static_cast<double>(correct) / static_cast<double>(samples); }
};

std::vector<std::uint32_t> make_order(std::size_t samples) {
  std::vector<std::uint32_t> order(samples);
  std::iota(order.begin(), order.end(), 0u);
  return order;
}

Result<void> check_options(const TrainerOptions& options, bool validated) {
  const auto refuse = [](const char* what) { return Error{ErrorCode::invalid_argument, what}; };
  if (options.epochs == 0) return refuse("fit: epochs: expected at least 1, got 0");
  if (!(options.max_seconds >= 0)) return refuse("fit: max_seconds: expected a number of at least 0");
  if (const Result<void> checked = check(options.schedule); !checked)
    return Error{checked.error().code, Message{"fit: "} << checked.error().text()};
  if (!options.early_stopping) return {};
  if (options.early_stopping->patience == 0) return refuse("fit: early stopping: patience: expected at least 1, got 0");
  if (!(options.early_stopping->least_improvement >= 0))
    return refuse("fit: early stopping: least_improvement: expected a number of at least 0");
  if (!validated) return refuse("fit: early stopping needs validation data");
  return {};
}

}  // namespace

/// Everything that a run of fit() holds; allocated before the first iteration.
class Trainer::Run {
 public:
  static Result<Run> make(Trainer& trainer, const data::Dataset& train, const data::Dataset& validation);

  Result<EpochRecord> run_epoch(std::size_t epoch);

  /// Why the run ends with the epoch that was just run; nothing if it goes on.
  std::optional<StopReason> stopped() const noexcept;
  std::size_t best_epoch() const noexcept { return early_stop_ ? early_stop_->best_epoch() : 0; }
  /// Gives the model the best epoch's parameters, if they are wanted.
  Result<void> restore_best();

 private:
  Run(Trainer& trainer, std::shared_ptr<Executor> executor, TrainingStep step, BatchLoader train)
      : trainer_(trainer), executor_(std::move(executor)), step_(std::move(step)), train_(std::move(train)) {}

  void run_iterations(std::size_t epoch, EpochRecord& record);
  double rate_factor() const noexcept;
  bool out_of_time() const noexcept;
  Evaluation validate();
  Result<void> start_parameters();
  Result<void> store_parameters();

  Trainer& trainer_;
  std::shared_ptr<Executor> executor_;
  TrainingStep step_;
  BatchLoader train_;
  std::optional<BatchLoader> validation_;
  std::vector<std::uint32_t> train_order_;
  std::vector<std::uint32_t> validation_order_;
  std::vector<float> parameters_;
  std::vector<float> best_parameters_;  // none: they are not wanted
  std::optional<training::EarlyStop> early_stop_;
  std::uint64_t iteration_ = 0;
  std::uint64_t iterations_ = 0;
  Clock::time_point start_ = Clock::now();
  bool timed_out_ = false;
};

Result<Trainer::Run> Trainer::Run::make(Trainer& trainer, const data::Dataset& train, const data::Dataset& validation) {
  const TrainerOptions& options = trainer.options_;
  const Model& model = *trainer.model_;
  const Result<std::shared_ptr<Executor>> executor = make_executor(options.threads, options.thread_source);
  if (!executor) return executor.error();
  Result<TrainingStep> step = plan(model, trainer.loss_, trainer.optimizer_,
                                   {.batch_size = options.batch_size,
                                    .micro_batch = options.micro_batch,
                                    .memory_limit = options.memory_limit,
                                    .executor = executor->get()});
  if (!step) return step.error();
  const kernels::KernelTable& kernels = *kernels::table(step->isa());
  Result<BatchLoader> train_loader = BatchLoader::make(train, options.batch_size, kernels);
  if (!train_loader) return train_loader.error();

  Run run(trainer, *executor, std::move(*step), std::move(*train_loader));
  run.train_order_ = make_order(train.size());
  if (const Result<void> ready = run.start_parameters(); !ready) return ready.error();
  run.iterations_ = options.epochs * std::uint64_t{base::ceil_div(train.size(), options.batch_size)};
  if (options.max_iterations != 0) run.iterations_ = std::min(run.iterations_, options.max_iterations);
  if (options.early_stopping) {
    run.early_stop_.emplace(*options.early_stopping);
    if (options.early_stopping->restore_best) run.best_parameters_ = run.parameters_;
  }
  if (!validation.empty()) {
    Result<BatchLoader> loader = BatchLoader::make(validation, options.batch_size, kernels);
    if (!loader) return loader.error();
    run.validation_.emplace(std::move(*loader));
    run.validation_order_ = make_order(validation.size());
  }
  return run;
}

void Trainer::Run::run_iterations(std::size_t epoch, EpochRecord& record) {
  const TrainerOptions& options = trainer_.options_;
  const Clock::time_point start = Clock::now();
  const std::span<const std::uint32_t> order = train_order_;
  const double base_rate = static_cast<double>(learning_rate(trainer_.optimizer_));
  record.iterations = 0;
  IterationRecord iteration;
  iteration.epoch = epoch;
  iteration.epochs = options.epochs;
  iteration.iterations = base::ceil_div(order.size(), options.batch_size);
  Totals totals;
  for (std::size_t first = 0; first < order.size() && iteration_ < iterations_; first += options.batch_size) {
    if (record.iterations > 0 && out_of_time()) break;
    const std::size_t samples = std::min(options.batch_size, order.size() - first);
    train_.load(order.subspan(first, samples), *executor_);
    step_.set_learning_rate(static_cast<float>(base_rate * rate_factor()));
    ++iteration_;
    ++record.iterations;
    iteration.loss = step_.run(train_.inputs(), train_.targets());
    totals.add(iteration.loss, step_.correct(), samples);
    if (trainer_.iteration_callbacks_.empty()) continue;
    iteration.iteration = first / options.batch_size + 1;
    iteration.samples = totals.samples;
    iteration.mean_loss = totals.mean_loss();
    iteration.accuracy = totals.accuracy();
    iteration.seconds = seconds_since(start);
    for (const auto& callback : trainer_.iteration_callbacks_) callback(iteration);
  }
  record.seconds = seconds_since(start);
  record.samples_per_second = record.seconds > 0 ? static_cast<double>(totals.samples) / record.seconds : 0.0;
  record.train_loss = totals.mean_loss();
  record.train_accuracy = totals.accuracy();
}

/// In this iteration.
double Trainer::Run::rate_factor() const noexcept {
  const TrainerOptions& options = trainer_.options_;
  const double factor = treadle::rate_factor(
      options.schedule, {.iteration = iteration_,
                         .iterations = iterations_,
                         .epoch_iterations = base::ceil_div(train_order_.size(), options.batch_size)});
  if (iteration_ >= options.warm_up) return factor;
  return factor * (static_cast<double>(iteration_ + 1) / static_cast<double>(options.warm_up));
}

bool Trainer::Run::out_of_time() const noexcept {
  const double limit = trainer_.options_.max_seconds;
  return limit > 0 && seconds_since(start_) >= limit;
}

std::optional<StopReason> Trainer::Run::stopped() const noexcept {
  const std::uint64_t most = trainer_.options_.max_iterations;
  if (most != 0 && iteration_ >= most) return StopReason::iterations;
  if (timed_out_) return StopReason::time;
  if (early_stop_ && early_stop_->exhausted()) return StopReason::no_improvement;
  return std::nullopt;
}

Result<void> Trainer::Run::restore_best() {
  if (best_parameters_.empty() || best_epoch() == 0) return {};
  return trainer_.model_->set_parameters(best_parameters_);
}

Evaluation Trainer::Run::validate() {
  const std::size_t batch_size = trainer_.options_.batch_size;
  const std::span<const std::uint32_t> order = validation_order_;
  Totals totals;
  for (std::size_t first = 0; first < order.size(); first += batch_size) {
    const std::size_t samples = std::min(batch_size, order.size() - first);
    validation_->load(order.subspan(first, samples), *executor_);
    const float loss = step_.evaluate(validation_->inputs(), validation_->targets());
    totals.add(loss, step_.correct(), samples);
  }
  return {.loss = totals.mean_loss(), .accuracy = totals.accuracy()};
}

/// The model's own, or new ones. The model changes only when an epoch has been trained.
Result<void> Trainer::Run::start_parameters() {
  const Model& model = *trainer_.model_;
  parameters_.assign(model.parameters().begin(), model.parameters().end());
  if (!parameters_.empty()) return {};
  parameters_.resize(*parameter_count(model));
  if (const Result<void> drawn = initialize(model, trainer_.options_.seed, parameters_); !drawn) return drawn;
  return step_.set_parameters(parameters_);
}

Result<void> Trainer::Run::store_parameters() {
  if (const Result<void> got = step_.get_parameters(parameters_); !got) return got;
  return trainer_.model_->set_parameters(parameters_);
}

Result<EpochRecord> Trainer::Run::run_epoch(std::size_t epoch) {
  const TrainerOptions& options = trainer_.options_;
  if (options.shuffle) shuffled_order(options.seed, epoch, train_order_);
  EpochRecord record;
  record.epoch = epoch;
  record.epochs = options.epochs;
  run_iterations(epoch, record);
  timed_out_ = out_of_time();
  if (validation_) record.validation = validate();
  if (const Result<void> stored = store_parameters(); !stored) return stored.error();
  if (early_stop_ && early_stop_->improved(record) && !best_parameters_.empty())
    std::copy(parameters_.begin(), parameters_.end(), best_parameters_.begin());
  return record;
}

void Trainer::on_iteration_end(std::function<void(const IterationRecord&)> callback) {
  iteration_callbacks_.push_back(std::move(callback));
}

void Trainer::on_epoch_end(std::function<void(const EpochRecord&)> callback) {
  epoch_callbacks_.push_back(std::move(callback));
}

Result<History> Trainer::fit(const data::Dataset& train, const data::Dataset& validation) {
  if (const Result<void> checked = check_options(options_, !validation.empty()); !checked) return checked.error();
  if (const Result<void> checked = training::check_data("fit: training data", *model_, train); !checked)
    return checked.error();
  if (!validation.empty())
    if (const Result<void> checked = training::check_data("fit: validation data", *model_, validation); !checked)
      return checked.error();
  History history;
  Result<Run> run = base::or_out_of_memory("fit", [&] { return Run::make(*this, train, validation); });
  if (!run) return run.error();
  for (std::size_t epoch = 1; epoch <= options_.epochs; ++epoch) {
    const Result<EpochRecord> record = run->run_epoch(epoch);
    if (!record) return record.error();
    const Result<void> kept = base::or_out_of_memory("fit", [&]() -> Result<void> {
      history.epochs.push_back(*record);
      return {};
    });
    if (!kept) return kept.error();
    for (const auto& callback : epoch_callbacks_) callback(*record);
    if (const std::optional<StopReason> reason = run->stopped()) {
      if (epoch < options_.epochs) history.stopped = *reason;
      break;
    }
  }
  history.best_epoch = run->best_epoch();
  if (const Result<void> restored = run->restore_best(); !restored) return restored.error();
  return history;
}

}  // namespace treadle
