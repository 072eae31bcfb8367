// treadle sweep: the same training at several batch sizes, measured, and which size to take.
#include <treadle/run_log.hpp>
#include <treadle/run_report.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "data_options.hpp"
#include "files.hpp"
#include "options.hpp"
#include "output.hpp"
#include "progress_bar.hpp"
#include "recommendation.hpp"
#include "sweep_page.hpp"
#include "sweep_run.hpp"
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
  job["training samples"] = data::info(setting.train).size;
  job["validation samples"] = data::info(setting.validation).size;
  job["isa"] = name(active_isa());
  return job;
}

/// The results that an earlier sweep with the same job has left in `path`, and the file to append to.
class SweepLog {
 public:
  SweepLog(const std::string& path, const Json& job) : file_(LineFile::open(path).value()) {
    std::ifstream in(path);
    std::string text;
    if (!std::getline(in, text)) {
      append(Json{{"job", job}});
      return;
    }
    const Json head = Json::parse(text, nullptr, false);
    if (!head.is_object() || !head.contains("job"))
      throw Failure(path + ": line 1: expected the job of a sweep; give another --out");
    if (head["job"] != job)
      throw Failure(path + " is of a sweep with other options or data; give another --out, or remove it");
    for (std::size_t number = 2; std::getline(in, text); ++number) {
      const Json object = Json::parse(text, nullptr, false);
      if (object.is_discarded()) throw Failure(path + ": line " + std::to_string(number) + ": expected JSON");
      results_.push_back(sweep_result(object));
    }
  }

  const std::vector<SweepResult>& results() const noexcept { return results_; }

  void add(const SweepResult& result) {
    append(to_json(result));
    results_.push_back(result);
  }

 private:
  void append(const Json& object) { file_.append(json_line(object), true).value(); }

  LineFile file_;
  std::vector<SweepResult> results_;
};

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

/// Measures what the log does not have yet, the largest size first: what the fast ones leave of their share of the
/// budget is for the slow ones.
void run_sizes(const SweepOptions& options, const SweepSetting& setting, SweepLog& log) {
  const std::size_t all = options.sizes.size() * options.threads.size();
  const bool show_bar = !options.quiet && ProgressBar::usable(stderr);
  const auto bar = std::make_shared<ProgressBar>(stderr);
  std::function<void(const IterationRecord&)> progress;
  if (show_bar) progress = [bar](const IterationRecord& record) { bar->update(record); };
  for (auto size = options.sizes.rbegin(); size != options.sizes.rend(); ++size) {
    if (!fits(setting, *size)) {
      if (!options.quiet) std::fprintf(stderr, "batch %s does not fit into --memory\n", grouped(*size).c_str());
      continue;
    }
    for (const std::size_t threads : options.threads) {
      const auto is_this = [&](const SweepResult& r) { return r.batch_size == *size && r.threads == threads; };
      if (std::any_of(log.results().begin(), log.results().end(), is_this)) continue;
      double used = 0;
      for (const SweepResult& result : log.results()) used += result.wall_seconds;
      const auto left = static_cast<double>(all - log.results().size());
      const double share = std::max((options.budget - used) / left - setting.equal_seconds, 1.0);
      const double rate = scaled_rate(options, as_written(learning_rate(setting.optimizer)), *size);
      const auto same = std::find_if(log.results().begin(), log.results().end(),
                                     [&](const SweepResult& r) { return r.batch_size == *size; });
      const SweepResult* same_size = same == log.results().end() ? nullptr : &*same;
      const SweepResult result = sweep_run(setting, {*size, threads, rate, share}, same_size, progress);
      if (show_bar) bar->clear();
      if (!options.quiet) std::fputs(progress_line(result).c_str(), stderr);
      log.add(result);
    }
  }
  if (log.results().empty()) throw Failure("no batch size fits into --memory");
}

void make_folder(const std::string& path) {
  std::error_code problem;
  std::filesystem::create_directories(path, problem);
  if (problem) throw Failure("--out '" + path + "': cannot make the folder: " + problem.message());
}

void write_results(const SweepOptions& options, const Sweep& sweep) {
  const std::string page = options.out + "/report.html";
  reporting::write_text(page, sweep_page(sweep)).value();
  reporting::write_text(options.out + "/sweep.json", json_line(sweep_json(sweep))).value();
  if (options.json) return write_json(sweep_json(sweep));
  write_out(sweep_text(sweep) + "page written to " + page + "\n");
}

void run_sweep(const CommandLine& line, SweepOptions options) {
  const Optimizer optimizer = make_optimizer(options.optimizer);
  const Schedule schedule = make_schedule(line, options.schedule);
  active_isa();
  const TrainingData data = load_samples(line, options.data, options.training_data, options.seed);
  const data::Samples &train = data.parts.train, &validation = data.parts.validation;
  const Model model = starting_model(line, options.model, options.training_data, data.parts);
  const std::size_t samples = data::info(train).size;
  if (!line.given("batch-sizes")) std::erase_if(options.sizes, [&](std::size_t size) { return size > samples; });
  if (options.sizes.back() > samples)
    throw UsageError("--batch-sizes: expected at most the " + grouped(samples) + " training samples, got " +
                     grouped(options.sizes.back()));
  SweepSetting setting{.model = model,
                       .train = train,
                       .validation = validation,
                       .loading = make_loading(options.training_data, data),
                       .optimizer = optimizer,
                       .schedule = schedule};
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

  make_folder(options.out);
  Json job = job_of(line, options, setting);
  SweepLog log(options.out + "/sweep.jsonl", job);
  if (!options.quiet && !log.results().empty())
    std::fprintf(stderr, "going on: %zu of %zu are measured\n", log.results().size(),
                 options.sizes.size() * options.threads.size());
  run_sizes(options, setting, log);

  Sweep sweep;
  sweep.title = options.model + ", " + std::filesystem::path(options.data.path).filename().string();
  sweep.job = std::move(job);
  sweep.results = log.results();
  std::sort(sweep.results.begin(), sweep.results.end(), [](const SweepResult& a, const SweepResult& b) {
    return a.batch_size != b.batch_size ? a.batch_size < b.batch_size : a.threads < b.threads;
  });
  sweep.target = options.target.value_or(default_target(sweep.results));
  sweep.equal_seconds = setting.equal_seconds;
  write_results(options, sweep);
}

void add_sizes(CommandLine& line, const std::shared_ptr<SweepOptions>& options) {
  const auto sizes = [options](const std::string& text) {
    options->sizes = read_wholes(text, 1, largest_size);
    options->sizes_text = text;
  };
  const auto threads = [options](const std::string& text) {
    options->threads = read_wholes(text, 1, most_threads);
    options->threads_text = text;
  };
  line.option("batch-sizes", "LIST", "What to measure; ... goes on as the list begins", sizes, options->sizes_text)
      .option("threads", "LIST", "Each size with each of these numbers of threads", threads, options->threads_text);
}

void add_measuring(CommandLine& line, const std::shared_ptr<SweepOptions>& options) {
  line.whole("epochs", "Of each size, for the accuracy at equal epochs", options->epochs, 1, 1'000'000)
      .option(
          "budget", "TIME", "Of the whole sweep: half for equal epochs, half for equal time",
          [options](const std::string& text) { options->budget = read_duration(text); }, "12min")
      .option(
          "target", "SHARE", "Accuracy whose time is looked at: 0.85 or 85%",
          [options](const std::string& text) { options->target = read_share(text); },
          Default::words("2 points below the best"))
      .option(
          "memory", "SIZE", "Bytes that a step may use; larger batches run in micro-batches",
          [options](const std::string& text) { options->memory_limit = read_bytes(text); }, Default::words("no limit"));
}

void add_rates(CommandLine& line, const std::shared_ptr<SweepOptions>& options) {
  add_optimizer_name(line, options->optimizer);
  add_learning_rate(line, options->optimizer);
  add_hyperparameters(line, options->optimizer);
  add_schedule(line, options->schedule);
  add_plateau(line, options->schedule);
  line.option(
          "rate-rule", "NAME", "Learning rate by batch size: linear, sqrt or fixed",
          [options](const std::string& text) {
            options->rate_rule = read_word(text, "rule", {"linear", "sqrt", "fixed"});
          },
          Default::words("sqrt for adam and adamw, else linear"))
      .flag("tune-rate", "Look for each size's rate with the learning-rate finder; the rule's is shown beside",
            options->tune_rate)
      .whole("reference-batch", "Batch size for which the learning rate is meant", options->reference, 1, largest_size);
}

std::function<void()> prepare_sweep(CommandLine& line) {
  const auto options = std::make_shared<SweepOptions>();
  line.job(training_options(), translate_for_sweep);
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
