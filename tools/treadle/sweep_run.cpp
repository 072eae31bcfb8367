#include "sweep_run.hpp"

#include <treadle/rate_finder.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <new>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include "options.hpp"
#include "output.hpp"
#include "process_memory.hpp"

namespace treadle::tool {
namespace {

constexpr std::size_t most_timings = 1'000'000;

/// The times of iterations, taken from one end to the next. Its memory is in use from the beginning, so that it does
/// not count as the run's.
class IterationTimes {
 public:
  explicit IterationTimes(std::size_t iterations) : seconds_(std::min(iterations, most_timings), 0.0) {}

  void add(const IterationRecord& record) {
    const double before = record.iteration == 1 ? 0 : last_;
    last_ = record.seconds;
    if (size_ < seconds_.size()) seconds_[size_++] = record.seconds - before;
  }

  /// The time that `share` of the iterations do not exceed.
  double quantile(double share) {
    if (size_ == 0) return 0;
    const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(size_)));
    const auto place = seconds_.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(rank, 1) - 1);
    std::nth_element(seconds_.begin(), place, seconds_.begin() + static_cast<std::ptrdiff_t>(size_));
    return *place;
  }

  std::size_t size() const noexcept { return size_; }

 private:
  std::vector<double> seconds_;
  std::size_t size_ = 0;
  double last_ = 0;
};

/// The machine's energy while it trains: validations are left out.
class TrainingEnergy {
 public:
  explicit TrainingEnergy(SensorWatch& watch) : watch_(watch) {}

  void watch(Trainer& trainer) {
    trainer.on_epoch_begin([this](const BeginRecord&) { begin(); });
    trainer.on_validation_begin([this](const BeginRecord&) { end(); });
    trainer.on_validation_end([this](const ValidationRecord&) { begin(); });
    trainer.on_epoch_end([this](const EpochRecord&) {
      end();
      at_epoch_ends_.push_back(joules_);
    });
  }

  /// Until the end of the epoch `index`, from 0.
  std::optional<double> until(std::size_t index) const {
    return index < at_epoch_ends_.size() ? at_epoch_ends_[index] : std::nullopt;
  }
  std::optional<double> all() const { return at_epoch_ends_.empty() ? std::nullopt : at_epoch_ends_.back(); }

 private:
  void begin() { begun_ = watch_.joules(); }
  void end() {
    const std::optional<double> now = watch_.joules();
    if (now && begun_) joules_ = joules_.value_or(0) + *now - *begun_;
    begun_.reset();
  }

  SensorWatch& watch_;
  std::optional<double> begun_, joules_;
  std::vector<std::optional<double>> at_epoch_ends_;
};

bool is_misfit(const Error& error) { return error.code == ErrorCode::out_of_memory; }

Optimizer with_rate(Optimizer optimizer, double rate) {
  std::visit([rate](auto& one) { one.learning_rate = static_cast<float>(rate); }, optimizer);
  return optimizer;
}

TrainerOptions trainer_options(const SweepSetting& setting, const SweepSize& size) {
  TrainerOptions options;
  options.epochs = setting.epochs;
  options.batch_size = size.batch_size;
  options.memory_limit = setting.memory_limit;
  options.seed = setting.seed;
  options.schedule = setting.schedule;
  options.plateau = setting.plateau;
  options.warm_up = setting.warm_up;
  options.clip_norm = setting.clip_norm;
  options.clip_value = setting.clip_value;
  options.shuffle = setting.shuffle;
  options.threads = size.threads;
  options.loading = setting.loading;
  options.stop = setting.stop;
  return options;
}

bool stopped(const SweepSetting& setting) { return setting.stop != nullptr && *setting.stop; }

/// Gives unused memory back, so that what is held next is seen.
std::optional<std::size_t> resident_before() {
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
  return reset_peak() ? resident() : std::nullopt;
}

/// Nothing when the loss falls nowhere, or the test takes more than half of the size's time: what it would then have
/// seen is a part of the rates.
std::optional<double> tune(const SweepSetting& setting, const SweepSize& size, const SweepProgress& progress) {
  const auto start = std::chrono::steady_clock::now();
  std::atomic<bool> stop = false;
  TrainerOptions options = trainer_options(setting, size);
  options.stop = &stop;
  RateFinderOptions finder{.iterations = tuning_iterations(size.batch_size)};
  IterationRecord record{.epoch = 1, .epochs = 1, .iterations = finder.iterations};
  finder.on_point = [&](const RatePoint& point) {
    record.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    stop = record.seconds > size.max_seconds / 2 || stopped(setting);
    ++record.iteration;
    record.samples += size.batch_size;
    record.mean_loss = point.smoothed_loss;
    if (progress) progress("its rate", record);
  };
  const RateFinding finding =
      find_rate(setting.model, SoftmaxCrossEntropy{}, setting.optimizer, setting.train, options, finder).value();
  if (finding.end == RateFinderEnd::request || !finding.suggestion) return std::nullopt;
  return as_written(static_cast<float>(*finding.suggestion));
}

/// False when it was stopped.
bool run_equal_epochs(const SweepSetting& setting, const SweepSize& size, SweepResult& result, SensorWatch& watch,
                      const SweepProgress& progress) {
  Model model = setting.model;
  TrainerOptions options = trainer_options(setting, size);
  options.max_seconds = std::max(size.max_seconds - result.wall_seconds, 1.0);
  const std::size_t iterations = (data::info(setting.train).size + size.batch_size - 1) / size.batch_size;
  IterationTimes times(iterations * setting.epochs);
  TrainingEnergy energy(watch);
  Trainer trainer(model, SoftmaxCrossEntropy{}, with_rate(setting.optimizer, result.learning_rate), options);
  trainer.on_iteration_end([&times](const IterationRecord& record) { times.add(record); });
  if (progress) trainer.on_iteration_end([&](const IterationRecord& record) { progress("equal epochs", record); });
  energy.watch(trainer);
  std::vector<EpochRecord> epochs;  // all: a history keeps the last ones
  trainer.on_epoch_end([&epochs](const EpochRecord& record) { epochs.push_back(record); });
  const std::optional<std::size_t> before = resident_before();
  const History history = trainer.fit(setting.train, setting.validation).value();
  const std::optional<std::size_t> peak = resident_peak();
  if (history.stopped == StopReason::request) return false;
  if (before && peak) result.measured_bytes = *peak - std::min(*peak, *before);

  double samples = 0;
  for (const EpochRecord& epoch : epochs) {
    result.seconds += epoch.seconds;
    samples += epoch.samples_per_second * epoch.seconds;
    if (epoch.validation && epoch.iterations == iterations && std::isfinite(epoch.train_loss))
      result.epochs.push_back({epoch.epoch, result.seconds, epoch.validation->accuracy, energy.until(epoch.epoch - 1)});
  }
  result.training_joules = energy.all();
  result.cut_short = history.stopped == StopReason::time;
  result.diverged = !is_finite(model);
  result.samples_per_second = result.seconds > 0 ? samples / result.seconds : 0;
  result.iterations = times.size();
  result.median_seconds = times.quantile(0.5);
  result.p99_seconds = times.quantile(0.99);
  result.longest_seconds = times.quantile(1);
  return true;
}

/// As many iterations as the equal time holds at the speed that was measured, so that the schedule ends with them.
/// Nothing when the run diverged or was stopped.
std::optional<double> equal_time_accuracy(const SweepSetting& setting, const SweepSize& size,
                                          const SweepResult& measured, const SweepProgress& progress) {
  const double iterations = std::max(
      1.0, std::round(setting.equal_seconds * measured.samples_per_second / static_cast<double>(size.batch_size)));
  Model model = setting.model;
  TrainerOptions options = trainer_options(setting, size);
  options.max_iterations = static_cast<std::uint64_t>(iterations);
  options.epochs.reset();
  // Where the machine has become slower. A plateau is seen by validations, whose time counts here.
  options.max_seconds = (setting.plateau ? 2 : 1.2) * setting.equal_seconds;
  Trainer trainer(model, SoftmaxCrossEntropy{}, with_rate(setting.optimizer, measured.learning_rate), options);
  if (progress) trainer.on_iteration_end([&](const IterationRecord& record) { progress("equal time", record); });
  trainer.fit(setting.train, setting.plateau ? setting.validation : data::Samples{}).value();
  if (!is_finite(model) || stopped(setting)) return std::nullopt;
  std::size_t hits = 0;
  const auto count = [&hits](const PredictedBatch& batch) {
    for (std::size_t i = 0; i < batch.targets.size(); ++i) hits += batch.predicted[i] == batch.targets[i];
    return true;
  };
  predict(model, setting.validation, count, predict_batch_size, size.threads).value();
  return static_cast<double>(hits) / static_cast<double>(data::info(setting.validation).size);
}

Result<PlanReport> plan_of(const SweepSetting& setting, std::size_t batch_size) {
  const StepOptions step{.batch_size = batch_size,
                         .memory_limit = setting.memory_limit,
                         .clip_norm = setting.clip_norm,
                         .clip_value = setting.clip_value};
  return report(setting.model, SoftmaxCrossEntropy{}, setting.optimizer, step);
}

/// Nothing when it was stopped.
std::optional<SweepResult> measure(const SweepSetting& setting, const SweepSize& size, const SweepResult* same_size,
                                   const SweepProgress& progress) {
  const auto start = std::chrono::steady_clock::now();
  const auto elapsed = [start] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  SweepResult result;
  result.batch_size = size.batch_size;
  result.threads = size.threads;
  result.scaled_rate = size.scaled_rate;
  if (setting.tune_rate)
    result.tuned_rate = same_size != nullptr ? same_size->tuned_rate : tune(setting, size, progress);
  if (stopped(setting)) return std::nullopt;
  result.learning_rate = result.tuned_rate.value_or(result.scaled_rate);
  result.wall_seconds = elapsed();
  const PlanReport plan = plan_of(setting, size.batch_size).value();
  result.micro_batch = plan.micro_batch;
  result.planned_bytes = plan.memory.total();
  SensorWatch watch{Sensors{}};
  if (!run_equal_epochs(setting, size, result, watch, progress)) return std::nullopt;
  if (data::info(setting.validation).size > 0 && result.samples_per_second > 0 && !result.diverged) {
    result.equal_time_accuracy = equal_time_accuracy(setting, size, result, progress);
    if (stopped(setting)) return std::nullopt;
    result.diverged = !result.equal_time_accuracy;
  }
  result.sensors = watch.stop();
  result.wall_seconds = elapsed();
  return result;
}

}  // namespace

std::optional<std::string> misfit(const SweepSetting& setting, const SweepSize& size) {
  const Result<PlanReport> plan = plan_of(setting, size.batch_size);
  if (!plan && is_misfit(plan.error())) return std::string(plan.error().text());
  const Result<LoadingMemory> loading = loading_memory(setting.train, trainer_options(setting, size));
  const std::size_t needed = plan.value().memory.total() + loading.value().total();
  const std::optional<std::size_t> available = available_memory();
  if (!available || needed <= *available) return std::nullopt;
  return "it takes " + human_bytes(needed) + " with the loading of batches, and the machine has " +
         human_bytes(*available) + " available";
}

std::size_t tuning_iterations(std::size_t batch_size) noexcept {
  constexpr std::size_t samples = 12800, least = 100, most = 1000;
  return std::clamp(samples / batch_size, least, most);
}

SweepOutcome sweep_run(const SweepSetting& setting, const SweepSize& size, const SweepResult* same_size,
                       const SweepProgress& progress) {
  if (std::optional<std::string> reason = misfit(setting, size)) return {{}, std::move(reason)};
  try {
    return {measure(setting, size, same_size, progress), {}};
  } catch (const BadResult& problem) {
    if (!is_misfit(problem.error())) throw;
    return {{}, std::string(problem.error().text())};
  } catch (const std::bad_alloc&) {
    return {{}, "out of memory"};
  }
}

}  // namespace treadle::tool
