#include "sweep_page.hpp"

#include <treadle/chart.hpp>
#include <treadle/page.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>

#include "output.hpp"
#include "recommendation.hpp"

namespace treadle::tool {
namespace {

using Json = nlohmann::ordered_json;
using reporting::Axis;
using reporting::LineChart;
using reporting::Scale;
using reporting::Series;

std::string or_dash(const std::optional<double>& number, int digits) { return number ? fixed(*number, digits) : "-"; }

std::optional<double> hundred(const std::optional<double>& share) {
  return share ? std::optional<double>{100 * *share} : std::nullopt;
}

bool any(const Sweep& sweep, const std::optional<double> SensorReadings::*reading) {
  return std::any_of(sweep.results.begin(), sweep.results.end(),
                     [&](const SweepResult& result) { return (result.sensors.*reading).has_value(); });
}

bool tuned(const Sweep& sweep) {
  return std::any_of(sweep.results.begin(), sweep.results.end(),
                     [](const auto& r) { return r.tuned_rate.has_value(); });
}

bool several_threads(const Sweep& sweep) {
  return std::any_of(sweep.results.begin(), sweep.results.end(),
                     [&](const SweepResult& result) { return result.threads != sweep.results[0].threads; });
}

std::string member_text(const Json& value) {
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  return value.is_string() ? value.get<std::string>() : value.dump();
}

/// "0.4 s", "12 s".
std::string seconds_text(double seconds) { return fixed(seconds, seconds < 10 ? 1 : 0) + " s"; }

/// One column of the table: its head and what it says of a result.
struct Column {
  std::string head;
  std::function<std::string(const SweepResult&)> cell;
};

std::vector<Column> columns(const Sweep& sweep) {
  const auto milliseconds = [](double SweepResult::*member) {
    return [member](const SweepResult& r) { return fixed(1e3 * r.*member, 3); };
  };
  const double target = sweep.target;
  const std::size_t epochs = equal_epochs(sweep.results);
  std::vector<Column> all = {{"batch", [](const SweepResult& r) { return grouped(r.batch_size); }}};
  if (several_threads(sweep)) all.push_back({"threads", [](const SweepResult& r) { return grouped(r.threads); }});
  all.push_back({"rate", [](const SweepResult& r) { return rate_text(r.learning_rate); }});
  if (tuned(sweep)) {
    all.push_back({"tuned", [](const SweepResult& r) { return r.tuned_rate ? rate_text(*r.tuned_rate) : "-"; }});
    all.push_back({"by rule", [](const SweepResult& r) { return rate_text(r.scaled_rate); }});
  }
  all.push_back(
      {"samples/s", [](const SweepResult& r) { return grouped(static_cast<std::uint64_t>(r.samples_per_second)); }});
  all.push_back({"median ms", milliseconds(&SweepResult::median_seconds)});
  all.push_back({"p99 ms", milliseconds(&SweepResult::p99_seconds)});
  all.push_back({"max ms", milliseconds(&SweepResult::longest_seconds)});
  all.push_back({"planned", [](const SweepResult& r) { return human_bytes(r.planned_bytes); }});
  all.push_back(
      {"measured", [](const SweepResult& r) { return r.measured_bytes ? human_bytes(*r.measured_bytes) : "-"; }});
  if (epochs != 0) {
    all.push_back({"s to " + percent(target), [target](const SweepResult& r) {
                     const auto point = reached(r, target);
                     return point ? fixed(point->seconds, 1) : "-";
                   }});
    all.push_back({"epochs", [target](const SweepResult& r) {
                     const auto point = reached(r, target);
                     return point ? grouped(point->epoch) : "-";
                   }});
    all.push_back({"% at " + counted(epochs, "epoch"),
                   [epochs](const SweepResult& r) { return or_dash(hundred(accuracy_after(r, epochs)), 2); }});
    all.push_back({"% at " + seconds_text(sweep.equal_seconds),
                   [](const SweepResult& r) { return or_dash(hundred(r.equal_time_accuracy), 2); }});
  }
  if (any(sweep, &SensorReadings::joules))
    all.push_back({"J", [](const SweepResult& r) { return or_dash(r.sensors.joules, 0); }});
  if (any(sweep, &SensorReadings::celsius))
    all.push_back({"max C", [](const SweepResult& r) { return or_dash(r.sensors.celsius, 0); }});
  if (any(sweep, &SensorReadings::mean_mhz)) {
    all.push_back({"MHz", [](const SweepResult& r) { return or_dash(r.sensors.mean_mhz, 0); }});
    all.push_back({"min MHz", [](const SweepResult& r) { return or_dash(r.sensors.least_mhz, 0); }});
  }
  return all;
}

/// The head and a row for each result.
std::vector<std::vector<std::string>> cells(const Sweep& sweep) {
  const std::vector<Column> all = columns(sweep);
  std::vector<std::vector<std::string>> rows(1);
  for (const Column& column : all) rows[0].push_back(column.head);
  for (const SweepResult& result : sweep.results) {
    rows.emplace_back();
    for (const Column& column : all) rows.back().push_back(column.cell(result));
  }
  return rows;
}

/// "batch size 64, 512", each once.
std::string diverged(const Sweep& sweep) {
  std::string text;
  std::size_t last = 0;
  for (const SweepResult& result : sweep.results) {
    if (!result.diverged || result.batch_size == last) continue;
    text += (text.empty() ? "batch size " : ", ") + grouped(result.batch_size);
    last = result.batch_size;
  }
  return text;
}

/// The other answers that one may want instead of the recommended one.
std::string alternatives(const Sweep& sweep, const Recommendation& advice) {
  const auto size = [&](std::size_t index) { return "batch size " + grouped(sweep.results[index].batch_size); };
  std::string text;
  if (advice.knee)
    text += "Smallest with " + fixed(100 * knee_share, 0) + " % of the best throughput: " + size(*advice.knee) + ". ";
  text += "Largest that fits: " + size(advice.largest) + ".";
  if (advice.best_at_equal_time)
    text += " Most accurate after " + seconds_text(sweep.equal_seconds) + ": " + size(*advice.best_at_equal_time) + ".";
  if (std::any_of(sweep.results.begin(), sweep.results.end(), [](const auto& r) { return r.cut_short; }))
    text += " Some sizes ran out of their share of the budget before their last epoch.";
  if (std::any_of(sweep.results.begin(), sweep.results.end(), [](const auto& r) { return r.diverged; }))
    text += " Diverged, so that a smaller --learning-rate may help: " + diverged(sweep) + ".";
  return text;
}

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

std::vector<LineChart> charts(const Sweep& sweep) {
  using R = const SweepResult&;
  std::vector<LineChart> all;
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
  const std::size_t epochs = equal_epochs(sweep.results);
  if (epochs != 0) {
    LineChart accuracy = over_sizes("Final accuracy", "%");
    add_series(sweep, accuracy, "after " + counted(epochs, "epoch"),
               [&](R r) { return hundred(accuracy_after(r, epochs)); });
    add_series(sweep, accuracy, "after " + seconds_text(sweep.equal_seconds),
               [](R r) { return hundred(r.equal_time_accuracy); });
    all.push_back(std::move(accuracy));
    LineChart target = over_sizes("Time to " + percent(sweep.target), "seconds of training", Scale::log10);
    add_series(sweep, target, "", [&](R r) {
      const auto point = reached(r, sweep.target);
      return point ? std::optional{point->seconds} : std::nullopt;
    });
    all.push_back(std::move(target));
    all.push_back(accuracy_chart(sweep));
  }
  if (any(sweep, &SensorReadings::joules)) {
    LineChart energy = over_sizes("Energy of both runs", "J");
    add_series(sweep, energy, "", [](R r) { return r.sensors.joules; });
    all.push_back(std::move(energy));
  }
  if (any(sweep, &SensorReadings::celsius)) {
    LineChart heat = over_sizes("Highest temperature", "degrees Celsius");
    add_series(sweep, heat, "", [](R r) { return r.sensors.celsius; });
    all.push_back(std::move(heat));
  }
  if (any(sweep, &SensorReadings::mean_mhz)) {
    LineChart clock = over_sizes("Clock", "MHz");
    add_series(sweep, clock, "mean", [](R r) { return r.sensors.mean_mhz; });
    add_series(sweep, clock, "least", [](R r) { return r.sensors.least_mhz; });
    all.push_back(std::move(clock));
  }
  return all;
}

}  // namespace

std::string sweep_text(const Sweep& sweep) {
  const std::vector<std::vector<std::string>> rows = cells(sweep);
  Table table(rows[0]);
  for (std::size_t i = 1; i < rows.size(); ++i) table.add(rows[i]);
  const Recommendation advice = recommend(sweep.results, sweep.target);
  return shown(table, several_threads(sweep) ? 2 : 1) + "\nrecommended: " + advice.reason + "\n" +
         alternatives(sweep, advice) + "\n";
}

std::string sweep_page(const Sweep& sweep) {
  const Recommendation advice = recommend(sweep.results, sweep.target);
  reporting::Page page("Batch sizes: " + sweep.title);
  page.paragraph("Recommended is " + advice.reason + ".").paragraph(alternatives(sweep, advice));
  std::vector<std::string> svgs;
  for (const LineChart& chart : charts(sweep)) svgs.push_back(reporting::to_svg(chart));
  page.charts(svgs);
  const std::vector<std::vector<std::string>> rows = cells(sweep);
  page.heading("Measured").table(rows[0], {rows.begin() + 1, rows.end()});
  std::vector<std::vector<std::string>> job;
  for (const auto& [name, value] : sweep.job.items())
    if (!value.is_null()) job.push_back({name, member_text(value)});
  return page.heading("Job").table({"name", "value"}, job).html();
}

Json sweep_json(const Sweep& sweep) {
  const Recommendation advice = recommend(sweep.results, sweep.target);
  const auto size = [&](const std::optional<std::size_t>& index) {
    return index ? Json{{"batch_size", sweep.results[*index].batch_size}, {"threads", sweep.results[*index].threads}}
                 : Json();
  };
  Json object = {
      {"title", sweep.title}, {"job", sweep.job}, {"target", sweep.target}, {"equal_seconds", sweep.equal_seconds}};
  object["equal_epochs"] = equal_epochs(sweep.results);
  object["recommended"] = size(advice.chosen);
  object["reason"] = advice.reason;
  object["fastest_to_target"] = size(advice.fastest_to_target);
  object["best_at_equal_time"] = size(advice.best_at_equal_time);
  object["knee"] = size(advice.knee);
  object["largest"] = size(advice.largest);
  object["results"] = Json::array();
  for (const SweepResult& result : sweep.results) {
    Json one = to_json(result);
    const std::optional<SweepPoint> point = reached(result, sweep.target);
    one["seconds_to_target"] = point ? Json(point->seconds) : Json();
    one["epochs_to_target"] = point ? Json(point->epoch) : Json();
    object["results"].push_back(std::move(one));
  }
  return object;
}

}  // namespace treadle::tool
