// treadle sweep: the same training at several batch sizes, measured, and which size to take.
#include <treadle/run_report.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "data_options.hpp"
#include "errors.hpp"
#include "files.hpp"
#include "interrupts.hpp"
#include "options.hpp"
#include "output.hpp"
#include "recommendation.hpp"
#include "sweep_log.hpp"
#include "sweep_page.hpp"
#include "sweep_sizes.hpp"
#include "training_data.hpp"
#include "training_job.hpp"

namespace treadle::tool {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t largest_size = 1 << 30;

struct SweepOptions {
  DataOptions data;
  TrainingDataOptions training_data;
  std::string model = "mlp";
  std::string sizes_text = "1,2,4,...,1024", threads_text = "1";
  std::vector<std::size_t> sizes = read_wholes(sizes_text, 1, largest_size), threads = {1};
  OptimizerOptions optimizer;
  ScheduleOptions schedule;
  std::string rate_rule = "auto";
  std::size_t reference = 128;
  bool tune_rate = false;
  StabilityOptions stability;
  bool no_shuffle = false;
  std::size_t epochs = 3;
  double budget = 12 * 60;
  std::optional<double> target;
  std::size_t memory_limit = 0;
  std::uint64_t seed = 1;
  std::string out = "sweep";
  bool quiet = false;
  bool json = false;
};

/// Goyal et al. 2017 (arXiv:1706.02677) for SGD, Malladi et al. 2022 (arXiv:2205.10287) for Adam.
std::string_view rule_of(const SweepOptions& options) {
  if (options.rate_rule != "auto") return options.rate_rule;
  return options.optimizer.name.starts_with("adam") ? "sqrt" : "linear";
}

double scaled_rate(const SweepOptions& options, double rate, std::size_t batch_size) {
  const double ratio = static_cast<double>(batch_size) / static_cast<double>(options.reference);
  const std::string_view rule = rule_of(options);
  return rule == "linear" ? rate * ratio : rule == "sqrt" ? rate * std::sqrt(ratio) : rate;
}

/// What must agree for an interrupted sweep to go on.
Json job_of(const CommandLine& line, const SweepOptions& options, const SweepSetting& setting) {
  Json job = job_json(line.effective());
  // How much is said, where it is written and what is made of the results changes no measurement.
  for (const char* name : {"out", "quiet", "json", "target"}) job.erase(name);
  job["learning-rate"] = as_written(learning_rate(setting.optimizer));
  job["rate-rule"] = rule_of(options);
  job["training data"] = data::fingerprint(setting.train).value();
  job["validation data"] = data::fingerprint(setting.validation).value();
  job["isa"] = name(active_isa());
  return job;
}

SweepSizes sizes_of(const SweepOptions& options, const SweepSetting& setting) {
  SweepSizes todo{.sizes = {}, .budget = options.budget, .quiet = options.quiet};
  for (auto size = options.sizes.rbegin(); size != options.sizes.rend(); ++size)
    for (const std::size_t threads : options.threads)
      todo.sizes.push_back(
          {*size, threads, scaled_rate(options, as_written(learning_rate(setting.optimizer)), *size), 0});
  return todo;
}

/// A run's page would be lost.
void check_no_run(const std::string& path) {
  std::error_code problem;
  if (std::filesystem::exists(path + "/" + reporting::run_files::log, problem))
    throw Failure("--out '" + path + "' is the folder of a run; give the sweep one of its own");
}

std::string page_of(const SweepOptions& options) { return options.out + "/report.html"; }

void write_results(const SweepOptions& options, const Sweep& sweep) {
  const std::string page = page_of(options);
  reporting::write_text(page, sweep_page(sweep)).value();
  reporting::write_text(options.out + "/sweep.json", json_line(sweep_json(sweep))).value();
  if (sweep.missing != 0) return;
  if (options.json) return write_json(sweep_json(sweep));
  write_out(sweep_text(sweep) + "page written to " + page + "\n");
}

/// What looks at accuracies.
void check_without_validation(const CommandLine& line, const SweepOptions& options) {
  const char* const why = "needs validation data: give --validation-split 0.1, for example";
  line.refuse("target", why);
  if (make_plateau(line, options.schedule)) line.refuse("schedule", std::string("plateau ") + why);
}

SweepSetting make_setting(const CommandLine& line, const SweepOptions& options, const TrainingData& data,
                          const Model& model) {
  SweepSetting setting{.model = model,
                       .train = data.parts.train,
                       .validation = data.parts.validation,
                       .loading = make_loading(options.training_data, data),
                       .optimizer = make_optimizer(options.optimizer),
                       .schedule = make_schedule(line, options.schedule)};
  setting.plateau = make_plateau(line, options.schedule);
  setting.warm_up = options.schedule.warm_up;
  setting.seed = options.seed;
  setting.memory_limit = options.memory_limit;
  setting.epochs = options.epochs;
  setting.tune_rate = options.tune_rate;
  setting.clip_norm = options.stability.clip_norm;
  setting.clip_value = options.stability.clip_value;
  setting.shuffle = !options.no_shuffle;
  setting.equal_seconds = options.budget / 2 / static_cast<double>(options.sizes.size() * options.threads.size());
  setting.stop = &catch_interrupts();
  return setting;
}

/// The last part of a path that names something: "data" of "data/" and of "sets/data/.".
std::string last_name(const std::string& path) {
  std::error_code problem;
  std::filesystem::path whole = std::filesystem::weakly_canonical(path, problem);
  if (!whole.has_filename()) whole = whole.parent_path();
  return problem ? path : whole.filename().string();
}

Sweep make_sweep(const SweepOptions& options, const SweepSetting& setting, std::vector<SweepResult> results,
                 std::vector<SweepMisfit> misfits) {
  Sweep sweep;
  sweep.title = options.model + ", " + last_name(options.data.path);
  std::sort(results.begin(), results.end(), [](const SweepResult& a, const SweepResult& b) {
    return a.batch_size != b.batch_size ? a.batch_size < b.batch_size : a.threads < b.threads;
  });
  sweep.target = options.target.value_or(default_target(results));
  sweep.equal_seconds = setting.equal_seconds;
  sweep.epochs = setting.epochs;
  sweep.missing = options.sizes.size() * options.threads.size() - results.size() - misfits.size();
  sweep.results = std::move(results);
  std::reverse(misfits.begin(), misfits.end());  // they were found from the largest on
  sweep.misfits = std::move(misfits);
  return sweep;
}

/// Tells how far it came.
[[noreturn]] void end_interrupted(const SweepOptions& options, const Sweep& sweep) {
  const std::size_t all = sweep.results.size() + sweep.misfits.size() + sweep.missing;
  throw Interrupted(caught_signal(), "stopped: " + std::to_string(all - sweep.missing) + " of " + std::to_string(all) +
                                         " are measured" +
                                         (sweep.results.empty() ? "" : ", the page so far is in " + page_of(options)) +
                                         "; to go on, give the same command again");
}

void run_sweep(const CommandLine& line, SweepOptions options) {
  make_optimizer(options.optimizer);
  make_schedule(line, options.schedule);
  active_isa();
  check_no_run(options.out);
  const TrainingData data = load_samples(line, options.data, options.training_data, options.model, options.seed);
  if (data::info(data.parts.validation).size == 0) check_without_validation(line, options);
  const Model model = starting_model(line, options.model, options.training_data, data, {options.quiet});
  const std::size_t samples = data::info(data.parts.train).size;
  if (!line.given("batch-sizes")) std::erase_if(options.sizes, [&](std::size_t size) { return size > samples; });
  if (options.sizes.back() > samples)
    throw UsageError("--batch-sizes: expected at most the " + grouped(samples) + " training samples, got " +
                     grouped(options.sizes.back()));
  const SweepSetting setting = make_setting(line, options, data, model);

  const FolderLock lock = lock_folder("--out", options.out);
  const Json job = job_of(line, options, setting);
  SweepLog log(options.out + "/sweep.jsonl", job);
  std::vector<SweepMisfit> misfits = measure_sizes(setting, sizes_of(options, setting), log);
  Sweep sweep = make_sweep(options, setting, log.results(), std::move(misfits));
  sweep.job = job;
  if (!sweep.results.empty()) write_results(options, sweep);
  if (sweep.missing != 0) end_interrupted(options, sweep);
}

void add_sizes(CommandLine& line, const std::shared_ptr<SweepOptions>& options) {
  line.option("batch-sizes", "LIST", "What to measure; ... goes on as the list begins", rules::wholes(1, largest_size),
              into(options->sizes), options->sizes_text)
      .option("threads", "LIST", "Each size with each of these numbers of threads", rules::wholes(1, most_threads),
              into(options->threads), options->threads_text);
}

void add_measuring(CommandLine& line, const std::shared_ptr<SweepOptions>& options) {
  line.whole("epochs", "Of each size, for the accuracy at equal epochs", options->epochs, 1, 1'000'000)
      .option("budget", "TIME", "Of the whole sweep: half for equal epochs, half for equal time", rules::duration(),
              into(options->budget), "12min")
      .option("target", "SHARE", "Accuracy whose time is looked at: 0.85 or 85%", rules::share(), into(options->target),
              Default::words("2 points below the best"))
      .option("memory", "SIZE", "Bytes that a step may use; larger batches run in micro-batches", rules::bytes(),
              into(options->memory_limit), Default::words("no limit"));
}

void add_rates(CommandLine& line, const std::shared_ptr<SweepOptions>& options) {
  add_optimizer_name(line, options->optimizer);
  add_learning_rate(line, options->optimizer);
  add_hyperparameters(line, options->optimizer);
  add_schedule(line, options->schedule);
  add_plateau(line, options->schedule);
  line.option("rate-rule", "NAME", "Learning rate by batch size: linear, sqrt or fixed",
              rules::word("rule", {"linear", "sqrt", "fixed"}), into(options->rate_rule),
              Default::words("sqrt for adam and adamw, else linear"))
      .flag("tune-rate", "Look for each size's rate with the learning-rate finder; the rule's is shown beside",
            options->tune_rate)
      .whole("reference-batch", "Batch size for which the learning rate is meant", options->reference, 1, largest_size);
}

std::function<void()> prepare_sweep(CommandLine& line) {
  const auto options = std::make_shared<SweepOptions>();
  // How long and where the training is, not the sweep.
  line.job(training_options(), translate_for_sweep, {"epochs", "out"});
  add_data_options(line, options->data);
  add_training_data_options(line, options->training_data);
  add_augmentation(line, options->training_data.augmentation);
  line.text("model", "NAME", "A preset (" + preset_list() + "), or a model file to continue from", options->model);
  add_sizes(line, options);
  add_measuring(line, options);
  add_rates(line, options);
  add_clipping(line, options->stability);
  line.whole("seed", "Of the first parameters and of the samples' order", options->seed, 0)
      .flag("no-shuffle", "Visit the samples in the order of the data", options->no_shuffle)
      .text("out", "DIR", "Folder for results and page; an interrupted sweep goes on there", options->out)
      .flag("quiet", "Print nothing but the result and errors", options->quiet);
  add_json(line, options->json);
  return [&line, options] { run_sweep(line, *options); };
}

}  // namespace

const Command sweep_command = {
    "sweep", "Measure batch sizes on your model, data and board, and recommend one",
    "  treadle sweep --data /usr/share/datasets/fashion-mnist --model mlp --out sweep\n"
    "  treadle sweep --data sensors.csv --batch-sizes 8,16,32,...,256 --threads 1,4 --budget 5min\n"
    "  treadle sweep --job train.json --rate-rule linear --target 95% --json\n",
    prepare_sweep};

}  // namespace treadle::tool
