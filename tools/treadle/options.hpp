// Options that several commands share, and what they lead to: models, optimizers, the instruction set.
#pragma once

#include <treadle/isa.hpp>
#include <treadle/model.hpp>
#include <treadle/optimizers.hpp>
#include <treadle/target.hpp>
#include <treadle/training.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "command_line.hpp"

namespace treadle::tool {

/// "mlp, ...": the presets' names.
std::string preset_list();

/// Whether `name` is a preset's and no file's. A name that is neither is wrong use.
bool is_preset(const std::string& name);

/// The file of the model `path`, which may be the folder of a run too.
std::string model_path(const std::string& path);
Model read_model(const std::string& path);
/// What its classes are called; none if it does not know.
std::vector<std::string> names_of(const Model& model);
/// Whether no parameter has become infinite or NaN, as in a training that diverged.
bool is_finite(const Model& model);

/// Most samples of a batch or a data set: their order is kept in 32-bit numbers.
inline constexpr std::size_t most_samples = 4294967295;

/// --model FILE, needed.
void add_model_file(CommandLine& line, std::string& path);

/// How many samples predictions are made at once; it changes nothing but the memory they take.
inline constexpr std::size_t predict_batch_size = 128;

/// --optimizer and the hyperparameters that go with it.
struct OptimizerOptions {
  std::string_view name = "adamw";
  std::optional<float> learning_rate, momentum, weight_decay, beta1, beta2, epsilon;  ///< else its own defaults
};
void add_optimizer_name(CommandLine& line, OptimizerOptions& options);
void add_learning_rate(CommandLine& line, OptimizerOptions& options);
/// --momentum, --weight-decay, --beta1, --beta2 and --epsilon.
void add_hyperparameters(CommandLine& line, OptimizerOptions& options);
Optimizer make_optimizer(const OptimizerOptions& options);
/// Tells the command line what the optimizer took for what was not given.
void settle(CommandLine& line, const Optimizer& optimizer);

/// --schedule and its numbers, as the library has them.
struct ScheduleOptions {
  std::string_view name;  ///< "": the trainer's own
  std::uint64_t step_epochs = StepDecay{}.epochs;
  double step_factor = StepDecay{}.factor;
  double cosine_floor = CosineDecay{}.floor;
  double one_cycle_rise = OneCycle{}.rise;
  std::uint64_t warm_up = 0;  ///< iterations
  std::uint64_t plateau_patience = 3;
  double plateau_factor = ReduceOnPlateau{}.factor;
  double plateau_threshold = ReduceOnPlateau{}.threshold;
  std::uint64_t plateau_cooldown = ReduceOnPlateau{}.cooldown;
  double plateau_floor = ReduceOnPlateau{}.least;
};
void add_schedule(CommandLine& line, ScheduleOptions& options);
/// --plateau-patience, --plateau-factor, --plateau-threshold, --plateau-cooldown and --plateau-floor, where there is
/// validation.
void add_plateau(CommandLine& line, ScheduleOptions& options);
std::optional<Schedule> make_schedule(const CommandLine& line, const ScheduleOptions& options);
std::optional<ReduceOnPlateau> make_plateau(const CommandLine& line, const ScheduleOptions& options);

/// When a run ends: --epochs, --max-iterations, --max-time, --patience, --least-improvement, --metric and
/// --keep-last.
struct LimitOptions {
  std::optional<std::size_t> epochs{};  ///< else the trainer's own
  std::uint64_t max_iterations = 0;     ///< 0: no limit
  double max_seconds = 0;               ///< 0: no limit
  std::size_t patience = 0;             ///< validations; 0: no early stopping
  float least_improvement = 0;
  std::uint64_t validation_every = 0;  ///< iterations; 0: after epochs only
  Metric metric = Metric::validation_loss;
  bool keep_last = false;
};
void add_limits(CommandLine& line, LimitOptions& options);
/// Tells the command line what the trainer takes for epochs and a schedule that were not given. Refuses a schedule that
/// ends with a run whose end is open. `resumes`: what the job of the run has is not for anew.
void settle(CommandLine& line, LimitOptions& limits, ScheduleOptions& schedule, bool resumes);
void add_validation_every(CommandLine& line, LimitOptions& options);
std::optional<EarlyStopping> make_early_stopping(const CommandLine& line, const LimitOptions& options);

/// --clip-norm, --clip-value, --guard, --spike, --guard-factor and --guard-limit: against updates that spoil a model.
struct StabilityOptions {
  float clip_norm = 0, clip_value = 0;  ///< 0: no limit
  std::optional<GuardAction> guard;
  std::optional<double> spike;
  std::optional<double> guard_factor;
  std::optional<std::uint64_t> guard_limit;
};
void add_clipping(CommandLine& line, StabilityOptions& options);
void add_guard(CommandLine& line, StabilityOptions& options);
std::optional<Guard> make_guard(const CommandLine& line, const StabilityOptions& options);
/// "epoch 2, iteration 7: the loss is nan, first in 2 Dense; samples 5, 90: skipped"
std::string anomaly_text(const AnomalyRecord& record);

/// --fast-dev-run and --overfit-batches: whether a job runs, and whether its model learns, before it takes hours.
struct TrialOptions {
  std::size_t fast_dev_run = 0, overfit_batches = 0;
};
void add_trial(CommandLine& line, TrialOptions& options);

/// --batch-size, --micro-batch and --memory.
struct BatchOptions {
  std::size_t batch_size = 128;
  std::size_t micro_batch = 0;   ///< 0: as in StepOptions
  std::size_t memory_limit = 0;  ///< 0: no limit
  std::size_t accumulate = 1;
};
void add_batch_options(CommandLine& line, BatchOptions& options);
void add_accumulate(CommandLine& line, BatchOptions& options);
/// Refuses a micro-batch above the batch size.
void check(const BatchOptions& options);

void add_threads(CommandLine& line, std::size_t& threads);

/// --cpus, --nice, --priority and --duty-cycle: how much of the machine training may take.
struct PlacementOptions {
  Placement placement;
  double duty_cycle = 1;
};
void add_placement(CommandLine& line, PlacementOptions& options);

void add_json(CommandLine& line, bool& json);

/// --target, one of known_targets(); `otherwise` is what --help says is taken if it is not given.
void add_target(CommandLine& line, std::string_view& target, const Default& otherwise);

/// The instruction set that will be used. An unknown word in TREADLE_ISA is wrong use.
Isa active_isa();

}  // namespace treadle::tool
