// treadle train: trains a model on data and writes it as one file.
#include <treadle/training.hpp>

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "commands.hpp"
#include "files.hpp"
#include "kept_normalization.hpp"
#include "output.hpp"
#include "progress_bar.hpp"
#include "run_folder.hpp"
#include "train_result.hpp"
#include "train_run.hpp"

namespace treadle::tool {
namespace {

using Json = nlohmann::ordered_json;

/// The last --run among the arguments, if --resume is one of them: the job of the run that is to go on.
std::string resumed_job(std::span<const char* const> arguments) {
  const auto is_resume = [](std::string_view word) { return word == "--resume"; };
  const std::string run = argument_of("run", arguments).value_or("");
  if (!std::ranges::any_of(arguments, is_resume) || run.empty()) return "";
  const std::string job = RunFolder::job_of(run);
  if (job.empty() && !argument_of("data", arguments))
    throw UsageError("--run '" + run + "' holds no run to go on with; --data and what else it takes begin one");
  return job;
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

/// What lets a run that the guard ended go on.
std::string past_anomaly(const StabilityOptions& options) {
  return options.guard == GuardAction::skip ? " --guard-limit and a larger number" : " --guard skip";
}

/// --log: an object for each epoch and for each validation within one.
class TrainLog {
 public:
  /// The log of a run that is resumed stays what it was until its earlier epochs are written again.
  explicit TrainLog(const TrainOptions& options) : path_(options.is_trial() ? "" : options.log) {
    if (!options.checkpoints.resume) file_.emplace("--log", path_);
  }
  void watch(Trainer& trainer) {
    trainer.on_resume([this](const ResumeRecord& record) {
      if (!path_.empty()) file_.emplace("--log", path_, kept_log(path_, record));
      for (const std::string& text : logged_before(record)) write(text);
    });
    trainer.on_epoch_end([this](const EpochRecord& record) { write(log_line(record)); });
    trainer.on_validation_end([this](const ValidationRecord& record) {
      if (!record.at_epoch_end) write(validation_line(record));
    });
  }
  /// Tells what kept it from being written; training went on.
  void finish() const {
    if (file_) file_->finish();
  }

 private:
  void write(const std::string& text) {
    if (!file_) file_.emplace("--log", path_);
    file_->write(text);
  }

  std::string path_;
  std::optional<OutputFile> file_;
};

/// Of a run that is ready: trains, and writes what comes of it.
class Training {
 public:
  Training(const CommandLine& line, const TrainOptions& options, TrainRun& run, RunFolder* folder)
      : options_(options),
        run_(run),
        folder_(folder),
        log_(options),
        trainer_(run.model, SoftmaxCrossEntropy{}, run.optimizer, trainer_options(line, options, run, folder)),
        bar_(options.quiet ? nullptr : show_progress(trainer_)),
        reporter_(trainer_, bar_, options.quiet) {
    trainer_.on_anomaly([this](const AnomalyRecord& record) { tell(record); });
    trainer_.on_epoch_end([this](const EpochRecord& record) { finished_epoch_ = record.epoch; });
    log_.watch(trainer_);
    if (options.training_data.normalize && run.checkpoints)
      // When the folder of checkpoints is sure to be this run's.
      trainer_.on_epoch_begin([&, kept = false](const BeginRecord&) mutable {
        if (!std::exchange(kept, true))
          keep_normalization(run.checkpoints->folder, *options.training_data.normalize, run.loaded.parts.train,
                             run.model.normalization());
      });
    if (folder) folder->watch(trainer_, line, run.plan, run.loaded.held_out);
  }
  Training(const Training&) = delete;
  Training& operator=(const Training&) = delete;

  void go() {
    const History history = fit();
    const bool finite = is_finite(run_.model);
    if (folder_)
      folder_->log_end(finite || history.stopped == StopReason::request ? stop_name(history.stopped) : "diverged");
    // The page of a run that was cut short tells how far it came; that of another one needs its result.
    if (folder_ && (history.stopped == StopReason::request || history.stopped == StopReason::anomaly || !finite))
      folder_->end();
    if (history.stopped == StopReason::request) reporter_.interrupted(to_resume());
    if (!finite) refuse_parameters();
    if (!options_.is_trial()) save_model();
    if (history.stopped == StopReason::anomaly)
      throw Failure(anomaly_ + (options_.is_trial() ? "" : "; the model of before it is in " + options_.out) +
                    (run_.checkpoints ? "; to go on past it, " + to_resume() + past_anomaly(options_.stability) : ""));
    try {
      tell(history);
      log_.finish();
    } catch (const std::exception& error) {
      throw Failure(error.what() + (options_.is_trial() ? "" : "; the model is in " + options_.out));
    }
  }

 private:
  [[noreturn]] void refuse_parameters() const {
    const std::string lost =
        "the parameters are no finite numbers any more, and no model was written; a smaller "
        "--learning-rate may help";
    if (!options_.stability.guard) throw Failure(lost + ", and --guard stop names layer and samples where it begins");
    // A guard looks at losses and gradients: what an update makes of parameters it sees in the next iteration.
    throw Failure((anomaly_.empty() ? "" : anomaly_ + "; ") +
                  "with loss and gradients still finite, an update was not: " + lost);
  }

  void save_model() const {
    const Result<void> saved = save(run_.model, options_.out);
    if (saved) return;
    const std::string error(saved.error().text());
    if (run_.checkpoints) throw Failure(error + "; once that is mended, the same model comes of it: " + to_resume());
    std::error_code problem;
    const std::string copy =
        std::filesystem::temp_directory_path(problem) / ("treadle-model-" + std::to_string(getpid()) + ".safetensors");
    throw Failure(error + (save(run_.model, copy) ? "; the model is in " + copy : ""));
  }

  History fit() {
    Result<History> fitted = trainer_.fit(run_.loaded.parts.train, run_.loaded.parts.validation);
    if (!fitted) fail(std::string(fitted.error().text()));
    return std::move(*fitted);
  }

  /// Ends a run that an error of its data ended, say: tells it, and what is there of the run nevertheless.
  [[noreturn]] void fail(std::string error) {
    if (folder_ && folder_->result())
      throw Failure(error + "; the run in " + options_.run + " is finished, --model " + options_.run +
                    " with another --run trains its model further");
    if (bar_) bar_->clear();
    if (const std::optional<std::uint64_t> iteration = reporter_.kept()) {
      error += "; there is a checkpoint after iteration " + grouped(*iteration) +
               ", once that is mended go on: " + to_resume();
    } else if (finished_epoch_ > 0 && !options_.is_trial() && is_finite(run_.model) && save(run_.model, options_.out)) {
      error += "; the model of epoch " + grouped(finished_epoch_) + " is in " + options_.out;
    }
    if (folder_ && folder_->begun()) {
      folder_->log_end("error");
      try {
        folder_->end();
      } catch (const std::exception& another) {
        error += std::string("; ") + another.what();
      }
    }
    throw Failure(error);
  }

  std::string to_resume() const {
    return folder_ && options_.checkpoints.folder.empty() ? "treadle train --resume --run " + options_.run
                                                          : "give the same command with --resume";
  }

  void tell(const AnomalyRecord& record) {
    anomaly_ = anomaly_text(record);
    if (options_.quiet) return;
    if (bar_) bar_->clear();
    std::fprintf(stderr, "%s\n", anomaly_.c_str());
  }

  void tell(const History& history) {
    const Json result = result_json(options_, run_, history);
    if (folder_) {
      folder_->write_result(result, run_.model, run_.loaded.parts.validation, options_.threads);
      folder_->end();
    }
    if (options_.json)
      write_json(result);
    else if (!options_.quiet)
      write_out(result_text(options_, history));
  }

  const TrainOptions& options_;
  TrainRun& run_;
  RunFolder* folder_;  // none without --run
  TrainLog log_;
  Trainer trainer_;
  std::shared_ptr<ProgressBar> bar_;  // none where there is no terminal
  CheckpointReporter reporter_;
  std::string anomaly_;             // the last one
  std::size_t finished_epoch_ = 0;  // that the model is of; 0: none since this process began
};

void run_train(CommandLine& line, TrainOptions options) {
  settle(line, make_optimizer(options.optimizer));
  settle(line, options.limits, options.schedule, options.checkpoints.resume);
  std::optional<RunFolder> folder;
  if (options.is_trial()) {
    line.refuse("resume", "does not go with --fast-dev-run, which begins anew and writes nothing");
  } else if (!options.run.empty()) {
    folder.emplace(options.run, options.checkpoints.resume);
    std::error_code problem;
    if (std::filesystem::equivalent(options.run, options.checkpoints.folder, problem))
      line.refuse("checkpoints", "names the folder of the run; without it they are in " + folder->checkpoints());
    if (!line.given("out")) options.out = folder->model();
    if (tell_finished(line, options, *folder)) return;
  }
  TrainRun run = prepare_run(line, options, options.run.empty() ? "" : RunFolder::checkpoints_of(options.run));
  if (!options.quiet && !options.json) {
    write_out(describe(options, run));
    std::fflush(stdout);  // before the progress, which goes to stderr
  }
  Training(line, options, run, folder ? &*folder : nullptr).go();
}

std::function<void()> prepare_train(CommandLine& line) {
  const auto options = std::make_shared<TrainOptions>();
  line.job(resumed_job);
  add_data_options(line, options->data);
  add_training_data_options(line, options->training_data);
  add_augmentation(line, options->training_data.augmentation);
  line.path("model", "NAME", "A preset (" + preset_list() + "), or a model file to continue from", options->model,
            {preset_names().begin(), preset_names().end()});
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
      .path("out", "FILE", "Where to write the trained model", options->out)
      .path("log", "FILE", "Write one JSON object a line and an epoch", options->log)
      .path("run", "DIR", "New folder for all of this run: job, log, plan, checkpoints, model, result, report",
            options->run)
      .flag("quiet", "Print nothing but errors", options->quiet);
  // What another run wrote is not for this one to write over.
  for (const char* written : {"out", "log", "checkpoints"}) line.part_of("run", written);
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
