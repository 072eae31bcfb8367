#include "sweep_run.hpp"

#include <treadle/rate_finder.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include "options.hpp"
#include "output.hpp"

namespace treadle::tool {
namespace {

constexpr std::size_t most_timings = 1'000'000;

/// The times of iterations, taken from one end to the next.
class IterationTimes {
 public:
  explicit IterationTimes(std::size_t iterations) { seconds_.reserve(std::min(iterations, most_timings)); }

  void add(const IterationRecord& record) {
    const double before = record.iteration == 1 ? 0 : last_;
    last_ = record.seconds;
    if (seconds_.size() < seconds_.capacity()) seconds_.push_back(record.seconds - before);
  }

  /// The time that `share` of the iterations do not exceed.
  double quantile(double share) {
    if (seconds_.empty()) return 0;
    const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(seconds_.size())));
    const auto place = seconds_.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(rank, 1) - 1);
    std::nth_element(seconds_.begin(), place, seconds_.end());
    return *place;
  }

  std::size_t size() const noexcept { return seconds_.size(); }

 private:
  std::vector<double> seconds_;
  double last_ = 0;
};

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
  return options;
}

/// Gives unused memory back, so that what is held next is seen.
std::optional<std::size_t> resident_before() {
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
  return reset_peak() ? resident() : std::nullopt;
}

/// Nothing when the loss falls nowhere, or the test takes more than half of the size's time: what it would then have
/// seen is a part of the rates.
std::optional<double> tune(const SweepSetting& setting, const SweepSize& size) {
  const auto start = std::chrono::steady_clock::now();
  std::atomic<bool> stop = false;
  TrainerOptions options = trainer_options(setting, size);
  options.stop = &stop;
  RateFinderOptions finder{.iterations = tuning_iterations(size.batch_size)};
  finder.on_point = [&](const RatePoint&) {
    stop = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() > size.max_seconds / 2;
  };
  const RateFinding finding =
      find_rate(setting.model, SoftmaxCrossEntropy{}, setting.optimizer, setting.train, options, finder).value();
  if (finding.end == RateFinderEnd::request || !finding.suggestion) return std::nullopt;
  return as_written(static_cast<float>(*finding.suggestion));
}

void run_equal_epochs(const SweepSetting& setting, const SweepSize& size, SweepResult& result,
                      const std::function<void(const IterationRecord&)>& progress) {
  Model model = setting.model;
  TrainerOptions options = trainer_options(setting, size);
  options.max_seconds = std::max(size.max_seconds - result.wall_seconds, 1.0);
  const std::size_t iterations = (data::info(setting.train).size + size.batch_size - 1) / size.batch_size;
  IterationTimes times(iterations * setting.epochs);
  Trainer trainer(model, SoftmaxCrossEntropy{}, with_rate(setting.optimizer, result.learning_rate), options);
  trainer.on_iteration_end([&times](const IterationRecord& record) { times.add(record); });
  if (progress) trainer.on_iteration_end(progress);
  const std::optional<std::size_t> before = resident_before();
  const History history = trainer.fit(setting.train, setting.validation).value();
  const std::optional<std::size_t> peak = resident_peak();
  if (before && peak) result.measured_bytes = *peak - std::min(*peak, *before);

  double samples = 0;
  for (const EpochRecord& epoch : history.epochs) {
    result.seconds += epoch.seconds;
    samples += epoch.samples_per_second * epoch.seconds;
    if (epoch.validation && epoch.iterations == iterations && std::isfinite(epoch.train_loss))
      result.epochs.push_back({epoch.epoch, result.seconds, epoch.validation->accuracy});
  }
  result.cut_short = history.stopped == StopReason::time;
  result.diverged = !is_finite(model);
  result.samples_per_second = result.seconds > 0 ? samples / result.seconds : 0;
  result.iterations = times.size();
  result.median_seconds = times.quantile(0.5);
  result.p99_seconds = times.quantile(0.99);
  result.longest_seconds = times.quantile(1);
}

/// As many iterations as the equal time holds at the speed that was measured, so that the schedule ends with them.
/// Nothing when the run diverged.
std::optional<double> equal_time_accuracy(const SweepSetting& setting, const SweepSize& size,
                                          const SweepResult& measured) {
  const double iterations = std::max(
      1.0, std::round(setting.equal_seconds * measured.samples_per_second / static_cast<double>(size.batch_size)));
  const double epoch_iterations =
      std::ceil(static_cast<double>(data::info(setting.train).size) / static_cast<double>(size.batch_size));
  Model model = setting.model;
  TrainerOptions options = trainer_options(setting, size);
  options.max_iterations = static_cast<std::uint64_t>(iterations);
  options.epochs = static_cast<std::size_t>(std::ceil(iterations / epoch_iterations));
  options.max_seconds = 1.2 * setting.equal_seconds;  // where the machine has become slower
  Trainer trainer(model, SoftmaxCrossEntropy{}, with_rate(setting.optimizer, measured.learning_rate), options);
  trainer.fit(setting.train).value();
  if (!is_finite(model)) return std::nullopt;
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

}  // namespace

bool fits(const SweepSetting& setting, std::size_t batch_size) {
  const Result<PlanReport> plan = plan_of(setting, batch_size);
  if (!plan && plan.error().code == ErrorCode::out_of_memory) return false;
  plan.value();
  return true;
}

std::size_t tuning_iterations(std::size_t batch_size) noexcept {
  constexpr std::size_t samples = 12800, least = 100, most = 1000;
  return std::clamp(samples / batch_size, least, most);
}

SweepResult sweep_run(const SweepSetting& setting, const SweepSize& size, const SweepResult* same_size,
                      const std::function<void(const IterationRecord&)>& progress) {
  const auto start = std::chrono::steady_clock::now();
  const auto elapsed = [start] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  SweepResult result;
  result.batch_size = size.batch_size;
  result.threads = size.threads;
  result.scaled_rate = size.scaled_rate;
  if (setting.tune_rate) result.tuned_rate = same_size != nullptr ? same_size->tuned_rate : tune(setting, size);
  result.learning_rate = result.tuned_rate.value_or(result.scaled_rate);
  result.wall_seconds = elapsed();
  const PlanReport plan = plan_of(setting, size.batch_size).value();
  result.micro_batch = plan.micro_batch;
  result.planned_bytes = plan.memory.total();
  SensorWatch watch{Sensors{}};
  run_equal_epochs(setting, size, result, progress);
  if (data::info(setting.validation).size > 0 && result.samples_per_second > 0 && !result.diverged) {
    result.equal_time_accuracy = equal_time_accuracy(setting, size, result);
    result.diverged = !result.equal_time_accuracy;
  }
  result.sensors = watch.stop();
  result.wall_seconds = elapsed();
  return result;
}

}  // namespace treadle::tool
