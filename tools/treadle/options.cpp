#include "options.hpp"

#include <treadle/executor.hpp>
#include <treadle/run_report.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "output.hpp"

namespace treadle::tool {

std::string preset_list() {
  std::string list;
  for (const std::string_view name : preset_names()) list.append(list.empty() ? "" : ", ").append(name);
  return list;
}

bool is_preset(const std::string& name) {
  const std::vector<std::string_view> presets(preset_names().begin(), preset_names().end());
  std::error_code problem;
  if (std::find(presets.begin(), presets.end(), name) != presets.end()) return true;
  if (std::filesystem::exists(name, problem)) return false;
  if (name.find_first_of("/.") != std::string::npos) throw Failure("--model: no such file: '" + name + "'");
  try {
    read_word(name, "model", presets);
  } catch (const UsageError& error) {
    throw UsageError(std::string("--model: no such file, and ") + error.what());
  }
  return true;
}

std::string model_path(const std::string& path) {
  std::error_code problem;
  return std::filesystem::is_directory(path, problem) ? path + "/" + reporting::run_files::model : path;
}

Model read_model(const std::string& path) { return load_model(model_path(path)).value(); }

std::vector<std::string> names_of(const Model& model) {
  return {model.class_names().begin(), model.class_names().end()};
}

bool is_finite(const Model& model) {
  return std::ranges::all_of(model.parameters(), [](float parameter) { return std::isfinite(parameter); });
}

void add_model_file(CommandLine& line, std::string& path) {
  line.text("model", "FILE", "The model, as treadle train wrote it, or the folder of a run; needed", path)
      .need("model", "a file that treadle train wrote");
}

void add_limits(CommandLine& line, LimitOptions& options) {
  line.option("epochs", "N", "Passes over the training samples", rules::whole(1, 1'000'000'000), into(options.epochs),
              Default::words("10, or no limit where another is given"))
      .whole("max-iterations", "End the run after so many iterations; 0: no limit", options.max_iterations, 0)
      .option("max-time", "TIME", "End the run after this time: 90s, 15min, 2h", rules::duration(),
              into(options.max_seconds), Default::words("no limit"))
      .option("patience", "N",
              "End the run after N validations in a row without a better one, and take the best one's parameters",
              rules::whole(1, 1'000'000'000), into(options.patience), Default::words("no early end"))
      .option("least-improvement", "X", "What --patience asks of a better validation, at least",
              rules::real(Range::zero_or_more), into(options.least_improvement), "0")
      .option(
          "metric", "NAME", "What --patience looks at: loss or accuracy", rules::word("metric", {"loss", "accuracy"}),
          [&options](std::string_view name) {
            options.metric = name == "loss" ? Metric::validation_loss : Metric::validation_accuracy;
          },
          "loss")
      .flag("keep-last", "With --patience: the model of the last validation, not of the best one", options.keep_last);
}

void add_validation_every(CommandLine& line, LimitOptions& options) {
  line.whole("validation-every", "Also validate after each so many iterations of an epoch; 0: at its end only",
             options.validation_every, 0);
}

std::optional<EarlyStopping> make_early_stopping(const CommandLine& line, const LimitOptions& options) {
  if (options.patience == 0) {
    for (const char* name : {"metric", "least-improvement", "keep-last"}) line.refuse(name, "goes with --patience");
    return std::nullopt;
  }
  return EarlyStopping{.metric = options.metric,
                       .patience = options.patience,
                       .least_improvement = static_cast<double>(options.least_improvement),
                       .restore_best = !options.keep_last};
}

void add_batch_options(CommandLine& line, BatchOptions& options) {
  line.whole("batch-size", "Samples of one iteration", options.batch_size, 1, most_samples);
  line.option("micro-batch", "N", "Samples processed at once; changes no result", rules::whole(1, most_samples),
              into(options.micro_batch), Default::words("what is fastest and fits into --memory"));
  line.option("memory", "SIZE", "Bytes that a training step may use, such as 256KiB or 1MB", rules::bytes(),
              into(options.memory_limit), Default::words("no limit"));
}

void add_accumulate(CommandLine& line, BatchOptions& options) {
  line.whole("accumulate", "Batches whose gradients make one update", options.accumulate, 1, 1'000'000);
}

void check(const BatchOptions& options) {
  if (options.accumulate > most_samples / options.batch_size)
    throw UsageError("--accumulate: more samples than an iteration can have, " + std::to_string(most_samples));
  if (options.micro_batch <= options.batch_size) return;
  throw UsageError("--micro-batch: expected at most the batch size, " + std::to_string(options.batch_size) + ", got " +
                   std::to_string(options.micro_batch));
}

void add_target(CommandLine& line, std::string_view& target, const Default& otherwise) {
  std::vector<std::string_view> names;
  std::string list;
  for (const Target& each : known_targets()) {
    names.push_back(each.name);
    list += (list.empty() ? "" : ", ") + std::string(each.name);
  }
  line.option("target", "NAME", "The processor: " + list, rules::word("target", names), into(target), otherwise);
}

void add_threads(CommandLine& line, std::size_t& threads) {
  line.whole("threads", "Threads, 0: one for each CPU; changes no result", threads, 0, most_threads);
}

void add_placement(CommandLine& line, PlacementOptions& options) {
  Placement& placement = options.placement;
  line.option("cpus", "LIST", "CPUs to train on, such as 2-3", rules::cpus(), into(placement.cpus),
              Default::words("all"))
      .option("nice", "N", "Of the training threads, 0 to 19: more leaves more to other programs", rules::whole(0, 19),
              into(placement.nice), Default::words("as started"))
      .option(
          "priority", "NAME", "normal, batch, or idle: only what nothing else wants",
          rules::word("priority", {"normal", "batch", "idle"}),
          [&placement](std::string_view word) {
            placement.scheduling = word == "idle"    ? Scheduling::idle
                                   : word == "batch" ? Scheduling::batch
                                                     : Scheduling::normal;
          },
          "normal")
      .option("duty-cycle", "PERCENT", "Train this part of the time at most, such as 50%", rules::percent(),
              into(options.duty_cycle), "100%");
}

void add_json(CommandLine& line, bool& json) { line.flag("json", "Print one JSON object instead of text", json); }

Isa active_isa() {
  const Result<Isa> isa = default_isa();
  if (!isa && isa.error().code == ErrorCode::invalid_argument) throw UsageError(std::string(isa.error().text()));
  return isa.value();
}

}  // namespace treadle::tool
