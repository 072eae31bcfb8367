// treadle find-rate: trains for a few iterations while the learning rate rises, and suggests one.
#include <treadle/chart.hpp>
#include <treadle/rate_finder.hpp>

#include <algorithm>
#include <cstdio>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "options.hpp"
#include "output.hpp"
#include "progress_bar.hpp"
#include "training_data.hpp"
#include "training_job.hpp"

namespace treadle::tool {
namespace {

using Json = nlohmann::ordered_json;

struct FindRateOptions {
  DataOptions data;
  TrainingDataOptions training_data;
  std::string model = "mlp";
  BatchOptions batch;
  StabilityOptions stability;
  OptimizerOptions optimizer;
  float least = 1e-7f, most = 10;
  std::size_t iterations = 100;
  float smoothing = 0.98f;
  std::uint64_t seed = 1;
  std::size_t threads = 1;
  PlacementOptions placement;
  bool no_shuffle = false;
  bool json = false;
};

TrainerOptions trainer_options(const FindRateOptions& options, const TrainingData& data) {
  return {.batch_size = options.batch.batch_size,
          .accumulate = options.batch.accumulate,
          .micro_batch = options.batch.micro_batch,
          .memory_limit = options.batch.memory_limit,
          .seed = options.seed,
          .clip_norm = options.stability.clip_norm,
          .clip_value = options.stability.clip_value,
          .shuffle = !options.no_shuffle,
          .threads = options.threads,
          .placement = options.placement.placement,
          .duty_cycle = options.placement.duty_cycle,
          .loading = make_loading(options.training_data, data)};
}

std::string_view end_name(RateFinderEnd end) {
  switch (end) {
    case RateFinderEnd::iterations:
      return "iterations";
    case RateFinderEnd::divergence:
      return "divergence";
    case RateFinderEnd::not_finite:
      return "not finite";
    case RateFinderEnd::request:
      return "request";
  }
  return "unknown";
}

double rate_of(const RatePoint& point) { return as_written(static_cast<float>(point.learning_rate)); }

/// About 20 of the points, the suggested one among them.
std::string table_of(const RateFinding& finding) {
  Table table({"rate", "loss", "smoothed", ""});
  const std::size_t all = finding.points.size(), every = std::max<std::size_t>(1, (all + 10) / 20);
  for (std::size_t i = 0; i < all; ++i) {
    const RatePoint& point = finding.points[i];
    const bool suggested = finding.suggestion && *finding.suggestion == point.learning_rate;
    if (i % every == 0 || suggested || i + 1 == all)
      table.add({rate_text(point.learning_rate), fixed(point.loss, 4), fixed(point.smoothed_loss, 4),
                 suggested ? "<- steepest" : ""});
  }
  return table.text();
}

/// Without the end of a test which diverged: it would make everything else flat.
std::string curve_of(const RateFinding& finding) {
  constexpr std::size_t rows = 10;
  reporting::LineChart chart{"Smoothed loss", {"learning rate", reporting::Scale::log10, false}, {.label = "loss"}, {}};
  chart.series.push_back({"smoothed", {}});
  std::vector<reporting::Point>& points = chart.series[0].points;
  double best = std::numeric_limits<double>::infinity();
  for (const RatePoint& point : finding.points) {
    points.push_back({point.learning_rate, point.smoothed_loss});
    best = std::min(best, point.smoothed_loss);
  }
  while (!points.empty() && points.back().y > 2 * best) points.pop_back();
  return reporting::to_text(chart, chart_columns(), rows);
}

std::string text_of(const RateFinding& finding) {
  std::string text = table_of(finding) + "\n" + curve_of(finding) + "\n";
  if (finding.end == RateFinderEnd::divergence) text += "ended early: the loss diverged\n";
  if (finding.end == RateFinderEnd::not_finite) text += "ended early: the loss is not finite\n";
  if (finding.suggestion)
    text += "suggested learning rate: " + rate_text(*finding.suggestion) + ", where the loss falls most steeply\n";
  if (finding.tenth_of_minimum)
    text += "a tenth of the rate where it is least: " + rate_text(*finding.tenth_of_minimum) + "\n";
  return text;
}

Json json_of(const FindRateOptions& options, const RateFinding& finding) {
  const auto or_null = [](const std::optional<double>& rate) {
    return rate ? Json(as_written(static_cast<float>(*rate))) : Json();
  };
  Json object = {{"suggestion", or_null(finding.suggestion)},
                 {"tenth_of_minimum", or_null(finding.tenth_of_minimum)},
                 {"ended", end_name(finding.end)},
                 {"optimizer", options.optimizer.name},
                 {"batch_size", options.batch.batch_size},
                 {"seed", options.seed}};
  object["points"] = Json::array();
  for (const RatePoint& point : finding.points)
    object["points"].push_back(
        {{"learning_rate", rate_of(point)}, {"loss", point.loss}, {"smoothed_loss", point.smoothed_loss}});
  return object;
}

RateFinding find(const CommandLine& line, const FindRateOptions& options) {
  check(options.batch);
  if (!(options.least < options.most)) throw UsageError("--min-rate: expected a number below --max-rate");
  const Optimizer optimizer = make_optimizer(options.optimizer);
  active_isa();
  const TrainingData data = load_samples(line, options.data, options.training_data, options.model, options.seed);
  const Model model = starting_model(line, options.model, options.training_data, data, {});
  RateFinderOptions finder{.least = as_written(options.least),
                           .most = as_written(options.most),
                           .iterations = options.iterations,
                           .smoothing = as_written(options.smoothing)};
  std::size_t done = 0;
  if (ProgressBar::usable(stderr))
    finder.on_point = [&](const RatePoint&) { std::fprintf(stderr, "\riteration %zu/%zu", ++done, finder.iterations); };
  const RateFinding finding =
      find_rate(model, SoftmaxCrossEntropy{}, optimizer, data.parts.train, trainer_options(options, data), finder)
          .value();
  if (done > 0) std::fputs("\r\x1b[K", stderr);
  return finding;
}

void run_find_rate(const CommandLine& line, const FindRateOptions& options) {
  const RateFinding finding = find(line, options);
  if (options.json)
    write_json(json_of(options, finding));
  else
    write_out(text_of(finding));
  if (!finding.suggestion)
    throw Failure(finding.end == RateFinderEnd::not_finite
                      ? "no rate to suggest: the loss is not finite after " +
                            counted(finding.points.size(), "iteration") + "; look at the data, or lower --min-rate"
                      : "no rate to suggest: the loss falls nowhere from " + rate_text(as_written(options.least)) +
                            " to " + rate_text(as_written(options.most)));
}

void add_test(CommandLine& line, const std::shared_ptr<FindRateOptions>& options) {
  const auto rate = [&](const char* name, const char* help, float& target, const char* shown) {
    line.option(name, "X", help, rules::real(Range::above_zero), into(target), shown);
  };
  rate("min-rate", "Learning rate of the first iteration, above 0", options->least, "1e-7");
  rate("max-rate", "Of the last one, each in between by the same factor larger", options->most, "10");
  line.whole("iterations", "From the one to the other", options->iterations, 2, 1'000'000)
      .option("smoothing", "X", "Of the loss: the weight of what was before, 0 to below 1",
              rules::real(Range::zero_to_below_one), into(options->smoothing), "0.98");
}

std::function<void()> prepare_find_rate(CommandLine& line) {
  const auto options = std::make_shared<FindRateOptions>();
  line.job(training_options(), {});
  add_data_options(line, options->data);
  add_training_data_options(line, options->training_data);
  add_augmentation(line, options->training_data.augmentation);
  line.text("model", "NAME", "A preset (" + preset_list() + "), or a model file to begin with", options->model);
  add_test(line, options);
  add_optimizer_name(line, options->optimizer);
  add_hyperparameters(line, options->optimizer);
  add_batch_options(line, options->batch);
  add_accumulate(line, options->batch);
  add_clipping(line, options->stability);
  line.whole("seed", "Of the first parameters and of the samples' order", options->seed, 0)
      .flag("no-shuffle", "Visit the samples in the order of the data", options->no_shuffle);
  add_threads(line, options->threads);
  add_placement(line, options->placement);
  add_json(line, options->json);
  return [&line, options] { run_find_rate(line, *options); };
}

}  // namespace

const Command find_rate_command = {
    "find-rate", "Suggest a learning rate, from a few iterations in which it rises",
    "  treadle find-rate --data /usr/share/datasets/fashion-mnist --model mlp\n"
    "  treadle find-rate --data sensors.csv --optimizer momentum --batch-size 32 --iterations 300\n"
    "  treadle find-rate --data sensors.csv --model model.safetensors --json\n",
    prepare_find_rate};

}  // namespace treadle::tool
