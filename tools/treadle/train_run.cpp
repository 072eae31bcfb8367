#include "train_run.hpp"

#include "files.hpp"
#include "interrupts.hpp"
#include "values.hpp"

namespace treadle::tool {
namespace {

/// Of the iterations of a run in a folder, so that looking at the clock costs nothing that could be measured.
constexpr std::uint64_t profiled_every = 16;

/// Nothing that is written may destroy what is read or written besides. The model is written beside --out first; that
/// the finished model takes the place of the one that it continues is fine.
void check_outputs(const TrainOptions& options) {
  const std::string model = is_preset(options.model) ? "" : model_path(options.model),
                    temporary = temporary_of(options.out);
  std::vector<std::string> inputs = data_files(options.data.path);
  if (!options.training_data.validation.empty())
    for (std::string& file : data_files(options.training_data.validation)) inputs.push_back(std::move(file));
  for (const std::string* file :
       {&options.training_data.indices, &options.training_data.groups, &options.training_data.weights})
    inputs.push_back(*file);
  check_distinct("--out", options.out, inputs);
  inputs.push_back(model);
  check_distinct("--log", options.log, inputs);
  check_distinct("--log", options.log, {options.out, temporary});
  check_distinct("--out's temporary file", temporary, inputs);
  check_writable("--out", options.out, Writing::replaced);
  if (!options.log.empty()) check_writable("--log", options.log, Writing::in_place);
}

/// What looks at validations.
void check_without_validation(const CommandLine& line, const TrainOptions& options) {
  const char* const why = "needs validation data: give --validation-split 0.1, for example";
  for (const char* name : {"patience", "validation-every"}) line.refuse(name, why);
  if (make_plateau(line, options.schedule)) line.refuse("schedule", std::string("plateau ") + why);
}

}  // namespace

TrainRun prepare_run(const CommandLine& line, const TrainOptions& options, const std::string& run_checkpoints) {
  check(options.batch);
  const Optimizer optimizer = make_optimizer(options.optimizer);
  const std::optional<Schedule> schedule = make_schedule(line, options.schedule);
  const std::optional<EarlyStopping> early_stopping = make_early_stopping(line, options.limits);
  std::optional<CheckpointOptions> checkpoints = make_checkpoints(line, options.checkpoints, run_checkpoints);
  if (options.is_trial()) checkpoints.reset();
  if (options.profile) line.refuse("duty-cycle", "does not go with --profile: it cuts calls into pieces");
  const Isa isa = active_isa();
  if (!options.is_trial()) check_outputs(options);
  TrainingData loaded = load_samples(line, options.data, options.training_data, options.model, options.seed);
  if (data::info(loaded.parts.validation).size == 0 && options.trial.overfit_batches == 0)
    check_without_validation(line, options);
  Model model = starting_model(
      line, options.model, options.training_data, loaded,
      {.quiet = options.quiet, .checkpoints = checkpoints && checkpoints->resume ? checkpoints->folder : ""});
  const std::size_t most = options.batch.batch_size, accumulate = options.batch.accumulate;
  const StepOptions step{
      .batch_size = most * accumulate,
      .micro_batch = accumulate > 1 && options.batch.micro_batch == 0 ? most : options.batch.micro_batch,
      .memory_limit = options.batch.memory_limit,
      .isa = isa,
      .clip_norm = options.stability.clip_norm,
      .clip_value = options.stability.clip_value,
      .hold_update = options.stability.guard.has_value()};
  PlanReport plan = report(model, SoftmaxCrossEntropy{}, optimizer, step).value();
  return {isa,
          optimizer,
          schedule,
          early_stopping,
          std::move(checkpoints),
          std::move(loaded),
          std::move(model),
          std::move(plan)};
}

TrainerOptions trainer_options(const CommandLine& line, const TrainOptions& options, const TrainRun& run,
                               bool in_folder) {
  return {.epochs = options.limits.epochs,
          .batch_size = options.batch.batch_size,
          .accumulate = options.batch.accumulate,
          .micro_batch = options.batch.micro_batch,
          .memory_limit = options.batch.memory_limit,
          .seed = options.seed,
          .schedule = run.schedule,
          .warm_up = options.schedule.warm_up,
          .max_iterations = options.limits.max_iterations,
          .max_seconds = options.limits.max_seconds,
          .early_stopping = run.early_stopping,
          .plateau = make_plateau(line, options.schedule),
          .validation_every = options.limits.validation_every,
          .clip_norm = options.stability.clip_norm,
          .clip_value = options.stability.clip_value,
          .guard = make_guard(line, options.stability),
          .fast_dev_run = options.trial.fast_dev_run,
          .overfit_batches = options.trial.overfit_batches,
          .profile = options.profile || (in_folder && options.placement.duty_cycle >= 1),
          .profile_every = options.profile ? 1 : profiled_every,
          .shuffle = !options.no_shuffle,
          .threads = options.threads,
          .placement = options.placement.placement,
          .duty_cycle = options.placement.duty_cycle,
          .checkpoints = run.checkpoints,
          .stop = run.checkpoints ? &catch_interrupts() : nullptr,
          .loading = make_loading(options.training_data, run.loaded)};
}

}  // namespace treadle::tool
