#include "sweep_sizes.hpp"

#include <algorithm>
#include <cstdio>
#include <string>

#include "errors.hpp"
#include "output.hpp"
#include "progress_bar.hpp"
#include "sensors.hpp"

namespace treadle::tool {
namespace {

/// Seconds that a size's tuning and equal epochs get at least.
constexpr double least_share = 1;

std::string progress_line(const SweepResult& result) {
  std::string text = "batch " + grouped(result.batch_size);
  text += ", " + counted(result.threads, "thread") + ": ";
  if (result.tuned_rate) text += "tuned rate " + rate_text(*result.tuned_rate) + ", ";
  text += grouped(static_cast<std::uint64_t>(result.samples_per_second)) + " samples/s, " +
          fixed(1e3 * result.median_seconds, 3) + " ms an iteration";
  if (!result.epochs.empty())
    text += ", " + percent(result.epochs.back().accuracy) + " after " + counted(result.epochs.size(), "epoch");
  if (result.equal_time_accuracy) text += ", " + percent(*result.equal_time_accuracy) + " at equal time";
  if (result.diverged) text += ", diverged";
  return text + " (" + fixed(result.wall_seconds, 0) + " s)\n";
}

/// Measures what the log does not have yet.
class Measuring {
 public:
  Measuring(const SweepSetting& setting, const SweepSizes& todo, SweepLog& log)
      : setting_(setting), todo_(todo), sizes_(todo.sizes), log_(log) {}

  std::vector<SweepMisfit> run() {
    tell_beginning();
    for (std::size_t i = 0; i < sizes_.size() && !*setting_.stop; ++i)
      if (!result_of(sizes_[i], true)) measure(i);
    if (log_.results().empty() && !misfits_.empty() && !*setting_.stop)
      throw Failure("no batch size fits into memory: " + grouped(misfits_.back().batch_size) + ": " +
                    misfits_.back().reason);
    return std::move(misfits_);
  }

 private:
  void tell_beginning() const {
    if (todo_.quiet) return;
    if (!log_.results().empty())
      std::fprintf(stderr, "going on: %zu of %zu are measured\n", log_.results().size(), sizes_.size());
    const auto count = static_cast<double>(sizes_.size());
    if (todo_.budget < 2 * least_share * count)
      std::fprintf(stderr, "--budget is less than %.0f s for each size, which it may take all the same\n",
                   2 * least_share);
    if (const std::string hidden = Sensors{}.hidden_energy(); !hidden.empty())
      std::fprintf(stderr, "energy is not shown: only root may read %s\n", hidden.c_str());
  }

  /// With any number of threads unless `same_threads`; null: none yet.
  const SweepResult* result_of(const SweepSize& size, bool same_threads) const {
    for (const SweepResult& result : log_.results())
      if (result.batch_size == size.batch_size && (!same_threads || result.threads == size.threads)) return &result;
    return nullptr;
  }

  double left() const {
    double used = 0;
    for (const SweepResult& result : log_.results()) used += result.wall_seconds;
    return todo_.budget - used;
  }

  void measure(std::size_t index) {
    SweepSize size = sizes_[index];
    const auto open = static_cast<double>(sizes_.size() - log_.results().size() - misfits_.size());
    size.max_seconds = std::max(left() / open - setting_.equal_seconds, least_share);
    const std::string what = "batch " + grouped(size.batch_size) + " (" + std::to_string(index + 1) + " of " +
                             std::to_string(sizes_.size()) + "), ";
    const SweepProgress progress = [&](std::string_view phase, const IterationRecord& record) {
      bar_.update(record, what + std::string(phase));
    };
    const bool show_bar = !todo_.quiet && ProgressBar::usable(stderr);
    const SweepOutcome outcome =
        sweep_run(setting_, size, result_of(size, false), show_bar ? progress : SweepProgress{});
    bar_.clear();
    if (outcome.misfit) misfits_.push_back({size.batch_size, size.threads, *outcome.misfit});
    if (outcome.result) log_.add(*outcome.result);
    if (todo_.quiet) return;
    if (outcome.misfit)
      std::fprintf(stderr, "batch %s does not fit: %s\n", grouped(size.batch_size).c_str(), outcome.misfit->c_str());
    if (outcome.result) std::fputs(progress_line(*outcome.result).c_str(), stderr);
  }

  const SweepSetting& setting_;
  const SweepSizes& todo_;
  const std::vector<SweepSize>& sizes_;
  SweepLog& log_;
  std::vector<SweepMisfit> misfits_;
  ProgressBar bar_{stderr};
};

}  // namespace

std::vector<SweepMisfit> measure_sizes(const SweepSetting& setting, const SweepSizes& todo, SweepLog& log) {
  return Measuring(setting, todo, log).run();
}

}  // namespace treadle::tool
