#include "sweep_table.hpp"

#include <functional>

#include "sweep_figures.hpp"

namespace treadle::tool {
namespace {

std::string or_dash(const std::optional<double>& number, int digits) { return number ? fixed(*number, digits) : "-"; }

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
  const std::size_t epochs = sweep.epochs;
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
  if (at_epochs(sweep)) {
    all.push_back({"s to " + percent(target), [target](const SweepResult& r) {
                     const auto point = reached(r, target);
                     return point ? fixed(point->seconds, 1) : "-";
                   }});
    all.push_back({"epochs", [target](const SweepResult& r) {
                     const auto point = reached(r, target);
                     return point ? grouped(point->epoch) : "-";
                   }});
  }
  if (at_equal_epochs(sweep))
    all.push_back({"% at " + counted(epochs, "epoch"),
                   [epochs](const SweepResult& r) { return or_dash(hundred(accuracy_after(r, epochs)), 2); }});
  if (at_equal_time(sweep))
    all.push_back({"% at " + seconds_text(sweep.equal_seconds),
                   [](const SweepResult& r) { return or_dash(hundred(r.equal_time_accuracy), 2); }});
  if (have(sweep, &SensorReadings::joules)) {
    all.push_back({"mJ/sample", [](const SweepResult& r) { return or_dash(thousand(joules_a_sample(r)), 2); }});
    if (at_epochs(sweep))
      all.push_back(
          {"J to " + percent(target), [target](const SweepResult& r) { return or_dash(joules_to(r, target), 1); }});
  }
  if (have(sweep, &SensorReadings::celsius))
    all.push_back({"max C", [](const SweepResult& r) { return or_dash(r.sensors.celsius, 0); }});
  if (have(sweep, &SensorReadings::mean_mhz)) {
    all.push_back({"MHz", [](const SweepResult& r) { return or_dash(r.sensors.mean_mhz, 0); }});
    all.push_back({"min MHz", [](const SweepResult& r) { return or_dash(r.sensors.least_mhz, 0); }});
  }
  if (have(sweep, &SensorReadings::throttled))
    all.push_back({"throttled", [](const SweepResult& r) {
                     return r.sensors.throttled ? (*r.sensors.throttled ? "yes" : "no") : "-";
                   }});
  return all;
}

}  // namespace

std::vector<std::vector<std::string>> sweep_table(const Sweep& sweep) {
  const std::vector<Column> all = columns(sweep);
  std::vector<std::vector<std::string>> rows(1);
  for (const Column& column : all) rows[0].push_back(column.head);
  for (const SweepResult& result : sweep.results) {
    rows.emplace_back();
    for (const Column& column : all) rows.back().push_back(column.cell(result));
  }
  for (const SweepMisfit& misfit : sweep.misfits) {
    std::vector<std::string> row(all.size(), "-");
    row[0] = grouped(misfit.batch_size);
    if (several_threads(sweep)) row[1] = grouped(misfit.threads);
    row.back() = "does not fit";
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace treadle::tool
