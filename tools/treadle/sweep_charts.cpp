#include "sweep_charts.hpp"

#include <cmath>

#include "sweep_figures.hpp"

namespace treadle::tool {
namespace {

using reporting::Axis;
using reporting::LineChart;
using reporting::Scale;
using reporting::Series;

constexpr double mebibyte = 1024.0 * 1024.0;

/// A line over the batch sizes for each number of threads.
template <class Value>
void add_series(const Sweep& sweep, LineChart& chart, const std::string& name, const Value& value) {
  std::vector<std::size_t> threads;
  for (const SweepResult& result : sweep.results)
    if (std::find(threads.begin(), threads.end(), result.threads) == threads.end()) threads.push_back(result.threads);
  for (const std::size_t count : threads) {
    Series series{name, {}};
    if (threads.size() > 1) series.name += (name.empty() ? "" : ", ") + counted(count, "thread");
    for (const SweepResult& result : sweep.results)
      if (result.threads == count) {
        const std::optional<double> y = value(result);
        series.points.push_back({static_cast<double>(result.batch_size), y.value_or(std::nan(""))});
      }
    chart.series.push_back(std::move(series));
  }
}

LineChart over_sizes(std::string title, std::string unit, Scale scale = Scale::linear) {
  return {
      std::move(title), {.label = "batch size", .scale = Scale::log2}, {.label = std::move(unit), .scale = scale}, {}};
}

LineChart accuracy_chart(const Sweep& sweep) {
  LineChart chart{
      "Validation accuracy over time", {.label = "seconds of training", .scale = Scale::log10}, {.label = "%"}, {}};
  for (const SweepResult& result : sweep.results) {
    Series series{grouped(result.batch_size), {}};
    if (several_threads(sweep)) series.name += ", " + counted(result.threads, "thread");
    for (const SweepPoint& point : result.epochs) series.points.push_back({point.seconds, 100 * point.accuracy});
    chart.series.push_back(std::move(series));
  }
  return chart;
}

LineChart rate_chart(const Sweep& sweep) {
  LineChart chart = over_sizes("Learning rate", "", Scale::log10);
  // Threads change no rate.
  Series tuned{"tuned", {}}, scaled{"by the rule", {}};
  for (const SweepResult& result : sweep.results) {
    const double size = static_cast<double>(result.batch_size);
    tuned.points.push_back({size, result.tuned_rate.value_or(std::nan(""))});
    scaled.points.push_back({size, result.scaled_rate});
  }
  chart.series = {std::move(tuned), std::move(scaled)};
  return chart;
}

using R = const SweepResult&;

void add_work(const Sweep& sweep, std::vector<LineChart>& all) {
  LineChart speed = over_sizes("Throughput", "samples/s");
  add_series(sweep, speed, "", [](R r) { return std::optional{r.samples_per_second}; });
  all.push_back(std::move(speed));
  LineChart time = over_sizes("Time of an iteration", "ms", Scale::log10);
  add_series(sweep, time, "median", [](R r) { return std::optional{1e3 * r.median_seconds}; });
  add_series(sweep, time, "99 %", [](R r) { return std::optional{1e3 * r.p99_seconds}; });
  add_series(sweep, time, "maximum", [](R r) { return std::optional{1e3 * r.longest_seconds}; });
  all.push_back(std::move(time));
  LineChart memory = over_sizes("Peak memory", "MiB", Scale::log10);
  add_series(sweep, memory, "planned",
             [](R r) { return std::optional{static_cast<double>(r.planned_bytes) / mebibyte}; });
  add_series(sweep, memory, "measured", [](R r) {
    return r.measured_bytes ? std::optional{static_cast<double>(*r.measured_bytes) / mebibyte} : std::nullopt;
  });
  all.push_back(std::move(memory));
  if (tuned(sweep)) all.push_back(rate_chart(sweep));
}

void add_accuracies(const Sweep& sweep, std::vector<LineChart>& all) {
  if (at_equal_epochs(sweep) || at_equal_time(sweep)) {
    LineChart accuracy = over_sizes("Final accuracy", "%");
    if (at_equal_epochs(sweep))
      add_series(sweep, accuracy, "after " + counted(sweep.epochs, "epoch"),
                 [&](R r) { return hundred(accuracy_after(r, sweep.epochs)); });
    if (at_equal_time(sweep))
      add_series(sweep, accuracy, "after " + seconds_text(sweep.equal_seconds),
                 [](R r) { return hundred(r.equal_time_accuracy); });
    all.push_back(std::move(accuracy));
  }
  if (at_epochs(sweep)) {
    LineChart target = over_sizes("Time to " + percent(sweep.target), "seconds of training", Scale::log10);
    add_series(sweep, target, "", [&](R r) {
      const auto point = reached(r, sweep.target);
      return point ? std::optional{point->seconds} : std::nullopt;
    });
    all.push_back(std::move(target));
    all.push_back(accuracy_chart(sweep));
  }
}

void add_sensors(const Sweep& sweep, std::vector<LineChart>& all) {
  if (have(sweep, &SensorReadings::joules)) {
    LineChart energy = over_sizes("Energy of training", "mJ a sample", Scale::log10);
    add_series(sweep, energy, "", [](R r) { return thousand(joules_a_sample(r)); });
    all.push_back(std::move(energy));
    if (at_epochs(sweep)) {
      LineChart target = over_sizes("Energy to " + percent(sweep.target), "J", Scale::log10);
      add_series(sweep, target, "", [&](R r) { return joules_to(r, sweep.target); });
      all.push_back(std::move(target));
    }
  }
  if (have(sweep, &SensorReadings::celsius)) {
    LineChart heat = over_sizes("Highest temperature", "degrees Celsius");
    add_series(sweep, heat, "", [](R r) { return r.sensors.celsius; });
    all.push_back(std::move(heat));
  }
  if (have(sweep, &SensorReadings::mean_mhz)) {
    LineChart clock = over_sizes("Clock of the fastest CPU", "MHz");
    add_series(sweep, clock, "mean", [](R r) { return r.sensors.mean_mhz; });
    add_series(sweep, clock, "least", [](R r) { return r.sensors.least_mhz; });
    all.push_back(std::move(clock));
  }
}

}  // namespace

std::vector<LineChart> sweep_charts(const Sweep& sweep) {
  std::vector<LineChart> all;
  add_work(sweep, all);
  add_accuracies(sweep, all);
  add_sensors(sweep, all);
  return all;
}

}  // namespace treadle::tool
