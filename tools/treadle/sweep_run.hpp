// One batch size of a sweep: trained twice, for equal epochs and for equal time, and watched while it is.
#pragma once

#include <treadle/model.hpp>
#include <treadle/optimizers.hpp>
#include <treadle/schedule.hpp>
#include <treadle/source.hpp>
#include <treadle/training.hpp>

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "sweep_result.hpp"

namespace treadle::tool {

/// What all sizes share.
struct SweepSetting {
  const Model& model;  ///< as every run begins
  const data::Samples& train;
  const data::Samples& validation;  ///< may be empty: no accuracies then
  Loading loading{};
  Optimizer optimizer;  ///< with the rate of the reference batch size
  std::optional<Schedule> schedule;
  std::optional<ReduceOnPlateau> plateau{};
  std::uint64_t warm_up = 0;
  std::uint64_t seed = 1;
  std::size_t memory_limit = 0;
  std::size_t epochs = 1;
  double equal_seconds = 0;  ///< of training, for the accuracy at equal time
  bool tune_rate = false;    ///< look for each batch size's rate instead of scaling it
  float clip_norm = 0;       ///< as in TrainerOptions
  float clip_value = 0;
  bool shuffle = true;
  const std::atomic<bool>* stop = nullptr;  ///< once it is true the run in hand is given up
};

struct SweepSize {
  std::size_t batch_size = 0;
  std::size_t threads = 0;
  double scaled_rate = 0;  ///< by the rule
  double max_seconds = 0;  ///< for tuning and the equal epochs, validation included
};

/// Iterations of the range test for a batch size: noise asks for more where batches are small.
std::size_t tuning_iterations(std::size_t batch_size) noexcept;

/// What a size is at: "its rate", "equal epochs" or "equal time". The record is of the iteration that has ended.
using SweepProgress = std::function<void(std::string_view phase, const IterationRecord& record)>;

/// Why the memory does not suffice for this size, be it in micro-batches of one sample: the limit, or what the machine
/// has available. Nothing when it does. Other errors are thrown.
std::optional<std::string> misfit(const SweepSetting& setting, const SweepSize& size);

/// What came of a size: `result` when it was measured; `misfit` when memory did not suffice; neither when it was
/// stopped.
struct SweepOutcome {
  std::optional<SweepResult> result;
  std::optional<std::string> misfit;
};

/// `same_size`: a result with this batch size and another number of threads, whose tuned rate is this one's too; may be
/// null. `progress` may be empty.
SweepOutcome sweep_run(const SweepSetting& setting, const SweepSize& size, const SweepResult* same_size,
                       const SweepProgress& progress);

}  // namespace treadle::tool
