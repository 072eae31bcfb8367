// treadle train: trains a model on data and writes it as one file.
#include <treadle/training.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "checkpoints.hpp"
#include "commands.hpp"
#include "files.hpp"
#include "options.hpp"
#include "output.hpp"
#include "progress_bar.hpp"
#include "run_folder.hpp"
#include "training_data.hpp"

namespace treadle::tool {
namespace {

using Json = nlohmann::ordered_json;

/// Of the iterations of a run in a folder, so that looking at the clock costs nothing that could be measured.
constexpr std::uint64_t profiled_every = 16;

struct TrainOptions {
  DataOptions data;
  TrainingDataOptions training_data;
  std::string model = "mlp";
  BatchOptions batch;
  OptimizerOptions optimizer;
  ScheduleOptions schedule;
  LimitOptions limits;
  StabilityOptions stability;
  TrialOptions trial;
  CheckpointArguments checkpoints;
  std::uint64_t seed = 1;
  std::size_t threads = 1;
  PlacementOptions placement;
  bool profile = false;
  bool no_shuffle = false;
  std::string out = "model.safetensors";
  std::string log;
  std::string run;
  bool quiet = false;
  bool json = false;
};

/// What the log and the result say of an epoch alike.
void add_figures(Json& object, const EpochRecord& record) {
  object["train_loss"] = record.train_loss;
  object["train_accuracy"] = record.train_accuracy;
  object["validation_loss"] = record.validation ? Json(record.validation->loss) : Json();
  object["validation_accuracy"] = record.validation ? Json(record.validation->accuracy) : Json();
}

std::string log_line(const EpochRecord& record) {
  Json object = {{"epoch", record.epoch}, {"iterations", record.iterations}};
  add_figures(object, record);
  object["seconds"] = record.seconds;
  object["samples_per_second"] = record.samples_per_second;
  return json_line(object);
}

/// The lines of a log before the run was interrupted, in their order.
std::vector<std::string> logged_before(const ResumeRecord& record) {
  std::vector<std::string> log;
  auto validation = record.validations.begin();
  const auto add_validations = [&](std::size_t until) {
    for (; validation != record.validations.end() && validation->epoch <= until; ++validation)
      log.push_back(validation_line(*validation));
  };
  for (const EpochRecord& epoch : record.epochs) {
    add_validations(epoch.epoch);
    log.push_back(log_line(epoch));
  }
  add_validations(record.epoch);
  return log;
}

/// Everything of a run, checked and ready.
struct Run {
  Isa isa;
  Optimizer optimizer;
  Schedule schedule;
  std::optional<EarlyStopping> early_stopping;
  std::optional<CheckpointOptions> checkpoints;
  TrainingData loaded;
  Model model;
  PlanReport plan;
};

/// Nothing that is written may destroy what is read or written besides. The model is written beside --out first; that
/// the finished model takes the place of the one that it continues is fine.
void check_outputs(const TrainOptions& options, bool from_preset) {
  const std::string model = from_preset ? "" : model_path(options.model), temporary = temporary_of(options.out);
  std::vector<std::string> inputs = data_files(options.data);
  if (!options.training_data.validation.empty())
    for (std::string& file : data_files({.path = options.training_data.validation})) inputs.push_back(std::move(file));
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

Run prepare_run(const CommandLine& line, const TrainOptions& options, const std::string& run_checkpoints) {
  check(options.batch);
  const Optimizer optimizer = make_optimizer(options.optimizer);
  const Schedule schedule = make_schedule(line, options.schedule);
  const std::optional<EarlyStopping> early_stopping = make_early_stopping(line, options.limits);
  const std::optional<CheckpointOptions> checkpoints = make_checkpoints(line, options.checkpoints, run_checkpoints);
  if (options.profile) line.refuse("duty-cycle", "does not go with --profile: it cuts calls into pieces");
  const bool from_preset = is_preset(options.model);
  const Isa isa = active_isa();
  check_outputs(options, from_preset);
  TrainingData loaded = load_samples(line, options.data, options.training_data, options.seed);
  const data::Parts& data = loaded.parts;
  const data::SampleInfo info = data::info(data.train);
  Model model = from_preset ? preset(options.model, info.shape, info.classes).value() : read_model(options.model);
  check_samples(data.train, model);
  if (data::info(data.validation).size > 0)
    check_samples(data.validation, model);
  else if (options.trial.overfit_batches == 0)
    check_without_validation(line, options);
  set_normalization(line, options.training_data, data.train, from_preset, model);
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
  return {isa, optimizer, schedule, early_stopping, checkpoints, std::move(loaded), std::move(model), std::move(plan)};
}

/// Classes that are counted from 1 train well, with an output that nothing needs.
std::string without_first_class(const data::Samples& train) {
  const auto* const samples = std::get_if<data::Dataset>(&train);
  if (samples == nullptr || std::ranges::find(samples->labels(), 0) != samples->labels().end()) return "";
  return "; none is of class 0, from which classes are counted";
}

std::string describe(const TrainOptions& options, const Run& run) {
  const Shape output = run.model.output().value();
  std::string text = "model     " + options.model + ": " + shape_text(run.model.input()) + " -> " + shape_text(output) +
                     ", " + counted(run.plan.parameters, "parameter") + "\n";
  text += "data      " + counted(data::info(run.loaded.parts.train).size, "training sample") + ", " +
          counted(data::info(run.loaded.parts.validation).size, "validation sample") +
          (run.model.normalization().empty() ? "" : ", normalised") + without_first_class(run.loaded.parts.train) +
          "\n";
  text += "training  " + counted(options.limits.epochs, "epoch") + ", batch " + grouped(options.batch.batch_size);
  if (options.batch.accumulate > 1) text += " times " + std::to_string(options.batch.accumulate);
  if (run.plan.micro_batch < options.batch.batch_size) text += " (micro-batch " + grouped(run.plan.micro_batch) + ")";
  text += ", " + std::string(options.optimizer.name) + ", seed " + std::to_string(options.seed) + "\n";
  text += "step      " + human_bytes(run.plan.memory.total()) + ", " + std::string(name(run.isa)) + ", " +
          (options.threads == 0 ? "a thread for each CPU" : counted(options.threads, "thread")) + "\n";
  return text;
}

/// Gives the bar, if there is one.
std::shared_ptr<ProgressBar> show_progress(Trainer& trainer) {
  const auto print = print_progress(stderr);
  if (!ProgressBar::usable(stderr)) {
    trainer.on_epoch_end(print);
    return nullptr;
  }
  const auto bar = std::make_shared<ProgressBar>(stderr);
  trainer.on_iteration_end([bar](const IterationRecord& record) { bar->update(record); });
  trainer.on_epoch_end([bar, print](const EpochRecord& record) {
    bar->clear();
    print(record);
  });
  return bar;
}

/// The epoch whose parameters the model has.
const EpochRecord& final_epoch(const History& history) {
  return history.best_epoch == 0 ? history.epochs.back() : history.epochs[history.best_epoch - 1];
}

std::string_view stop_name(StopReason reason) {
  switch (reason) {
    case StopReason::epochs:
      return "epochs";
    case StopReason::iterations:
      return "iterations";
    case StopReason::time:
      return "time";
    case StopReason::no_improvement:
      return "no improvement";
    case StopReason::request:
      return "request";
    case StopReason::anomaly:
      return "anomaly";
  }
  return "unknown";
}

/// Why the run ended before its last epoch, and which epoch's parameters it kept, if not the last.
std::string ended(const History& history) {
  std::string text;
  if (history.stopped != StopReason::epochs)
    text += "ended in epoch " + grouped(history.epochs.size()) + ": " +
            (history.stopped == StopReason::no_improvement ? "" : "limit of ") +
            std::string(stop_name(history.stopped)) + "\n";
  if (history.best_epoch != 0) text += "kept epoch " + grouped(history.best_epoch) + ", the best\n";
  return text;
}

/// What lets a run that the guard ended go on.
std::string past_anomaly(const StabilityOptions& options) {
  return options.guard == GuardAction::stop ? " --guard skip" : " --guard-limit and a larger number";
}

std::string_view part_name(StepPart part) {
  switch (part) {
    case StepPart::forward:
      return "forward";
    case StepPart::loss:
      return "loss";
    case StepPart::backward:
      return "backward";
    case StepPart::update:
      return "update";
  }
  return "unknown";
}

Json profile_json(const RunProfile& profile) {
  Json object = {{"iterations", profile.iterations},
                 {"seconds", profile.seconds},
                 {"waiting", profile.waiting},
                 {"other", profile.other},
                 {"calls", Json::array()}};
  for (const CallSeconds& call : profile.calls)
    object["calls"].push_back(
        {{"part", part_name(call.part)}, {"layer", call.layer}, {"name", call.name}, {"seconds", call.seconds}});
  return object;
}

Json result_json(const TrainOptions& options, const Run& run, const History& history, double seconds) {
  Json object = {{"model", options.out},
                 {"parameters", run.plan.parameters},
                 {"train_samples", data::info(run.loaded.parts.train).size},
                 {"validation_samples", data::info(run.loaded.parts.validation).size},
                 {"epochs", history.epochs.size()},
                 {"batch_size", run.plan.batch_size},
                 {"micro_batch", run.plan.micro_batch},
                 {"memory", run.plan.memory.total()},
                 {"optimizer", options.optimizer.name},
                 {"learning_rate", as_written(learning_rate(run.optimizer))},
                 {"seed", options.seed},
                 {"threads", options.threads},
                 {"isa", name(run.isa)}};
  add_figures(object, final_epoch(history));
  object["stopped"] = stop_name(history.stopped);
  object["best_epoch"] = history.best_epoch == 0 ? Json() : Json(history.best_epoch);
  object["seconds"] = seconds;
  if (history.profile) object["profile"] = profile_json(*history.profile);
  return object;
}

std::string result_text(const TrainOptions& options, const History& history, double seconds) {
  const EpochRecord& last = final_epoch(history);
  std::string text = ended(history);
  text += last.validation ? "validation accuracy " + percent(last.validation->accuracy)
                          : "training accuracy " + percent(last.train_accuracy);
  text += " after " + fixed(seconds, 1) + " s of training\nmodel written to " + options.out + "\n";
  if (!options.log.empty()) text += "log written to " + options.log + "\n";
  if (!options.run.empty()) text += "report written to " + options.run + "/" + reporting::run_files::page + "\n";
  return text;
}

/// The last --run among the arguments, if --resume is one of them: the job of the run that is to go on.
std::string resumed_job(std::span<const char* const> arguments) {
  std::string run;
  bool resume = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view word = arguments[i];
    resume = resume || word == "--resume";
    if (word == "--run" && i + 1 < arguments.size()) run = arguments[i + 1];
    if (word.starts_with("--run=")) run = word.substr(6);
  }
  return resume && !run.empty() ? RunFolder::job_of(run) : "";
}

bool has_checkpoint(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code problem;
  for (fs::directory_iterator at(path, problem); !problem && at != fs::directory_iterator{}; at.increment(problem))
    if (at->path().extension() == ".safetensors") return true;
  return false;
}

/// Whether the run that is to go on has ended already, with its model where it should be: then its result is all there
/// is to tell.
bool tell_finished(const CommandLine& line, const TrainOptions& options, const RunFolder& folder) {
  const std::optional<Json> result = folder.result();
  if (!result) return false;
  std::error_code problem;
  if (std::filesystem::exists(options.out, problem) && folder.is_of(line)) {
    if (options.json) write_json(*result);
    if (options.json || options.quiet) return true;
    const bool validated = result->contains("validation_accuracy") && (*result)["validation_accuracy"].is_number();
    const Json accuracy = result->value(validated ? "validation_accuracy" : "train_accuracy", Json());
    write_out("the run in " + options.run + " is finished" +
              (accuracy.is_number() ? std::string(validated ? ": validation" : ": training") + " accuracy " +
                                          percent(accuracy.get<double>())
                                    : "") +
              "\nmodel is in " + options.out + "\n");
    return true;
  }
  if (!has_checkpoint(options.checkpoints.folder.empty() ? folder.checkpoints() : options.checkpoints.folder))
    throw Failure("--run '" + options.run + "' holds a finished run without checkpoints; name another folder");
  return false;
}

void run_train(const CommandLine& line, TrainOptions options) {
  std::optional<RunFolder> folder;
  if (!options.run.empty()) {
    folder.emplace(options.run, options.checkpoints.resume);
    if (!line.given("out")) options.out = folder->model();
    if (tell_finished(line, options, *folder)) return;
  }
  Run run = prepare_run(line, options, folder ? folder->checkpoints() : "");
  // A run that is resumed writes its earlier epochs again; until then the log is what it was.
  std::optional<OutputFile> log;
  if (!options.checkpoints.resume) log.emplace("--log", options.log);
  if (!options.quiet && !options.json) {
    write_out(describe(options, run));
    std::fflush(stdout);  // before the progress, which goes to stderr
  }
  Trainer trainer(run.model, SoftmaxCrossEntropy{}, run.optimizer,
                  {.epochs = options.limits.epochs,
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
                   .profile = options.profile || (folder && options.placement.duty_cycle >= 1),
                   .profile_every = options.profile ? 1 : profiled_every,
                   .shuffle = !options.no_shuffle,
                   .threads = options.threads,
                   .placement = options.placement.placement,
                   .duty_cycle = options.placement.duty_cycle,
                   .checkpoints = run.checkpoints,
                   .stop = run.checkpoints ? &catch_interrupts() : nullptr,
                   .loading = make_loading(options.training_data, run.loaded)});
  const std::shared_ptr<ProgressBar> bar = options.quiet ? nullptr : show_progress(trainer);
  CheckpointReporter reporter(trainer, bar, options.quiet);
  std::string anomaly;
  trainer.on_anomaly([&](const AnomalyRecord& record) {
    anomaly = anomaly_text(record);
    if (options.quiet) return;
    if (bar) bar->clear();
    std::fprintf(stderr, "%s\n", anomaly.c_str());
  });
  const auto write_log = [&log, &options](const std::string& text) {
    if (!log) log.emplace("--log", options.log);
    log->write(text);
  };
  trainer.on_resume([&](const ResumeRecord& record) {
    for (const std::string& text : logged_before(record)) write_log(text);
  });
  trainer.on_epoch_end([&](const EpochRecord& record) { write_log(log_line(record)); });
  trainer.on_validation_end([&](const ValidationRecord& record) {
    if (!record.at_epoch_end) write_log(validation_line(record));
  });
  if (folder) folder->watch(trainer, line, run.plan);
  const Result<History> fitted = trainer.fit(run.loaded.parts.train, run.loaded.parts.validation);
  if (!fitted && folder && folder->result())
    throw Failure(std::string(fitted.error().text()) + "; the run in " + options.run + " is finished, --model " +
                  options.run + " with another --run trains its model further");
  const History history = fitted.value();
  const bool in_run = folder && options.checkpoints.folder.empty();
  const std::string resume =
      in_run ? "treadle train --resume --run " + options.run : "give the same command with --resume";
  if (history.stopped == StopReason::request) {
    if (folder) folder->end();
    reporter.interrupted(resume);
  }
  if (!std::ranges::all_of(run.model.parameters(), [](float parameter) { return std::isfinite(parameter); })) {
    if (folder) folder->end();
    throw Failure(
        "the parameters are no finite numbers any more, and no model was written; a smaller --learning-rate "
        "may help, and --guard stop names layer and samples where it begins");
  }
  save(run.model, options.out).value();
  if (history.stopped == StopReason::anomaly) {
    if (folder) folder->end();
    throw Failure(anomaly + "; the model of before it is in " + options.out +
                  (run.checkpoints ? "; to go on past it, " + resume + past_anomaly(options.stability) : ""));
  }

  double seconds = 0;
  for (const EpochRecord& epoch : history.epochs) seconds += epoch.seconds;
  if (folder) {
    folder->write_result(result_json(options, run, history, seconds), run.model, run.loaded.parts.validation,
                         options.threads);
    folder->end();
  }
  if (options.json)
    write_json(result_json(options, run, history, seconds));
  else if (!options.quiet)
    write_out(result_text(options, history, seconds));
  if (log) log->finish();  // training went on without its log
}

std::function<void()> prepare_train(CommandLine& line) {
  const auto options = std::make_shared<TrainOptions>();
  line.job(resumed_job);
  add_data_options(line, options->data);
  add_training_data_options(line, options->training_data);
  add_augmentation(line, options->training_data.augmentation);
  line.text("model", "NAME", "A preset (" + preset_list() + "), or a model file to continue from", options->model);
  add_batch_options(line, options->batch);
  add_accumulate(line, options->batch);
  add_limits(line, options->limits);
  add_validation_every(line, options->limits);
  add_clipping(line, options->stability);
  add_guard(line, options->stability);
  add_trial(line, options->trial);
  add_checkpoints(line, options->checkpoints);
  line.whole("seed", "Of the first parameters and of the samples' order", options->seed, 0);
  add_threads(line, options->threads);
  add_placement(line, options->placement);
  add_optimizer_name(line, options->optimizer);
  add_learning_rate(line, options->optimizer);
  add_hyperparameters(line, options->optimizer);
  add_schedule(line, options->schedule);
  add_plateau(line, options->schedule);
  line.flag("profile", "Measure where the time goes in each iteration, not only in one of 16 of a --run",
            options->profile)
      .flag("no-shuffle", "Visit the samples in the order of the data", options->no_shuffle)
      .text("out", "FILE", "Where to write the trained model", options->out)
      .text("log", "FILE", "Write one JSON object a line and an epoch", options->log)
      .text("run", "DIR", "New folder for all of this run: job, log, plan, checkpoints, model, result, report",
            options->run)
      .flag("quiet", "Print nothing but errors", options->quiet);
  add_json(line, options->json);
  return [&line, options] { run_train(line, *options); };
}

}  // namespace

const Command train_command = {
    "train", "Train a model on data and write it to a file",
    "  treadle train --data /usr/share/datasets/fashion-mnist --epochs 10 --out model.safetensors\n"
    "  treadle train --job train.json --memory 256KiB\n"
    "  treadle train --data sensors.csv --run today --resume  # goes on where the power went\n",
    prepare_train};

}  // namespace treadle::tool
