#include <treadle/page.hpp>
#include <treadle/run_report.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "report/anomaly.hpp"
#include "report/axis.hpp"
#include "report/markup.hpp"
#include "report/run_classes.hpp"
#include "report/run_parts.hpp"

namespace treadle::reporting {
namespace {

constexpr MemoryKind kinds[] = {MemoryKind::parameter,  MemoryKind::gradient,  MemoryKind::optimizer_state,
                                MemoryKind::activation, MemoryKind::workspace, MemoryKind::plan};
static_assert(std::size(kinds) == memory_kinds);

std::string size_text(std::size_t bytes) {
  constexpr std::array units = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double amount = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; amount >= 1024 && unit + 1 < units.size(); ++unit) amount /= 1024;
  return decimal(amount, unit == 0 ? 0 : 1) + " " + units[unit];
}

template <class Records, class X, class Y>
Series series(std::string name, const Records& records, const X& x, const Y& y) {
  Series made{std::move(name), {}};
  for (const auto& record : records) made.points.push_back({static_cast<double>(x(record)), y(record)});
  return made;
}

bool has_points(const Series& series) {
  return std::any_of(series.points.begin(), series.points.end(), [](const Point& p) { return std::isfinite(p.y); });
}

void add_chart(std::vector<LineChart>& charts, LineChart chart) {
  std::erase_if(chart.series, [](const Series& one) { return !has_points(one); });
  if (!chart.series.empty()) charts.push_back(std::move(chart));
}

/// Those within epochs and those at their ends, by iteration.
std::vector<LoggedValidation> all_validations(const RunLog& log) {
  std::vector<LoggedValidation> all = log.validations;
  std::uint64_t iteration = 0;
  for (const LoggedEpoch& epoch : log.epochs) {
    iteration += epoch.iterations;
    if (epoch.validation_loss || epoch.validation_accuracy)
      all.push_back({iteration, epoch.epoch, or_nan(epoch.validation_loss), or_nan(epoch.validation_accuracy)});
  }
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.iteration < b.iteration; });
  return all;
}

void add_validations(std::vector<LineChart>& charts, const RunLog& log, const Axis& by_iteration) {
  if (log.validations.empty()) return;
  const std::vector<LoggedValidation> all = all_validations(log);
  const auto iteration = [](const LoggedValidation& v) { return v.iteration; };
  add_chart(charts, {"Validation loss, within epochs too",
                     by_iteration,
                     {.label = "loss"},
                     {series("validation", all, iteration, [](const auto& v) { return v.loss; })}});
  add_chart(charts, {"Validation accuracy, within epochs too",
                     by_iteration,
                     {.label = "%"},
                     {series("validation", all, iteration, [](const auto& v) { return 100 * v.accuracy; })}});
}

/// "validation accuracy 85.00 %, loss 0.4000".
std::string figures(std::string_view of, double accuracy, double loss) {
  return std::string(of) + " accuracy " + decimal(100 * accuracy, 2) + " %, loss " + decimal(loss, 4);
}

/// What early stopping kept.
void add_best(Page& page, const RunRecord& run) {
  const auto number = [&](std::string_view name) {
    const PlainValue* const value = result_member(run, name);
    if (value == nullptr) return std::nan("");
    if (const auto* const whole = std::get_if<std::uint64_t>(value)) return static_cast<double>(*whole);
    const auto* const real = std::get_if<double>(value);
    return real == nullptr ? std::nan("") : *real;
  };
  if (const double best = number("best_epoch"); std::isfinite(best))
    page.paragraph("The model has the best parameters, of epoch " + decimal(best, 0) + ": " +
                   figures("validation", number("validation_accuracy"), number("validation_loss")) + ".");
}

/// How it ended. A log without its folder may be of a program that records no end.
void add_end(Page& page, const RunRecord& run) {
  constexpr std::pair<std::string_view, std::string_view> sentences[] = {
      {"epochs", "Ended: all its epochs are done."},
      {"iterations", "Ended at the limit of its iterations."},
      {"time", "Ended at the limit of its time."},
      {"no improvement", "Ended early: validation no longer improved."},
      {"request", "Interrupted before its end."},
      {"anomaly", "Stopped by the guard, see the anomalies."},
      {"diverged", "Ended without a model: the parameters are no finite numbers any more."},
      {"error", "Ended by an error, which was told where it ran."}};
  const std::string reason = end_reason(run);
  if (reason.empty()) {
    if (!run.job.empty()) page.paragraph("No end is recorded: the run is still going on, or it was cut off.");
    return;
  }
  const auto found = std::find_if(std::begin(sentences), std::end(sentences),
                                  [&](const auto& sentence) { return sentence.first == reason; });
  page.paragraph(found == std::end(sentences) ? "Ended: " + reason + "." : std::string(found->second));
}

void add_unread(Page& page, const RunRecord& run) {
  for (const std::string& problem : run.unread)
    page.paragraph("A file of the run could not be read, and what it has is left out: " + problem);
}

void add_summary(Page& page, const RunRecord& run) {
  if (run.log.epochs.empty()) {
    page.paragraph("No epoch is finished yet.");
    return;
  }
  const LoggedEpoch& last = run.log.epochs.back();
  double seconds = 0;
  for (const LoggedEpoch& epoch : run.log.epochs) seconds += epoch.seconds;
  std::string text = "After " + std::to_string(last.epoch) + (last.epoch == 1 ? " epoch" : " epochs") + " and " +
                     decimal(seconds, 1) + " s of training: ";
  text += last.validation_accuracy ? figures("validation", *last.validation_accuracy, or_nan(last.validation_loss))
                                   : figures("training", last.train_accuracy, last.train_loss);
  page.paragraph(text + ", " + decimal(last.samples_per_second, 0) + " samples/s.");
  add_best(page, run);
  if (run.log.torn) page.paragraph("The last line of the log was cut off and is left out.");
}

void add_epochs(Page& page, const RunRecord& run) {
  if (run.log.epochs.empty()) return;
  std::vector<std::vector<std::string>> rows;
  for (const LoggedEpoch& epoch : run.log.epochs)
    rows.push_back({std::to_string(epoch.epoch), decimal(epoch.train_loss, 4), decimal(100 * epoch.train_accuracy, 2),
                    decimal(or_nan(epoch.validation_loss), 4), decimal(100 * or_nan(epoch.validation_accuracy), 2),
                    epoch.learning_rate ? tick_text(*epoch.learning_rate) : "\xE2\x80\x93", decimal(epoch.seconds, 1),
                    decimal(epoch.samples_per_second, 0)});
  page.heading("Epochs").table({"epoch", "loss", "accuracy %", "validation loss", "validation accuracy %",
                                "learning rate", "seconds", "samples/s"},
                               rows);
}

void add_anomalies(Page& page, const RunRecord& run) {
  if (run.log.anomalies.empty()) return;
  constexpr std::size_t most = 100;  // the last ones; the JSON has all
  const std::size_t all = run.log.anomalies.size(), first = all - std::min(all, most);
  std::vector<std::vector<std::string>> rows;
  for (std::size_t i = first; i < all; ++i) {
    const LoggedAnomaly& anomaly = run.log.anomalies[i];
    rows.push_back({std::to_string(anomaly.epoch), std::to_string(anomaly.iteration), cause_text(anomaly),
                    decimal(anomaly.loss, 4), anomaly.layer, samples_text(anomaly), action_text(anomaly)});
  }
  page.heading("Anomalies")
      .paragraph(
          "Iterations that made no update, the layer where it first showed, and the samples whose own loss was out of "
          "bounds." +
          std::string(first > 0 ? " The last 100; the JSON has all." : ""));
  page.table({"epoch", "iteration of the run", "what", "loss", "layer", "samples", "then"}, rows);
}

std::string share_text(double seconds, double all) { return decimal(all > 0 ? 100 * seconds / all : 0, 1) + " %"; }

/// From the samples to the update.
BarChart part_chart(const StepTimes& times) {
  BarChart chart{"Time of an iteration by its parts: " + decimal(times.seconds * 1e3, 3) + " ms", {"time"}, {}};
  const auto add = [&](const char* name, double seconds) {
    chart.bars.push_back({name, {seconds}, share_text(seconds, times.seconds)});
  };
  add("waiting for data", times.waiting);
  for (const char* part : {"forward", "loss", "backward", "update"}) {
    double seconds = 0;
    for (const CallTime& call : times.calls) seconds += call.part == part ? call.seconds : 0;
    add(part, seconds);
  }
  add("other", times.other);
  return chart;
}

/// Calls with the most time first; what is too small to see is one bar.
BarChart call_chart(const StepTimes& times) {
  constexpr std::size_t most_bars = 14;
  std::vector<CallTime> calls = times.calls;
  std::stable_sort(calls.begin(), calls.end(), [](const auto& a, const auto& b) { return a.seconds > b.seconds; });
  double total = 0, rest = 0;
  for (std::size_t i = 0; i < calls.size(); ++i) (i < most_bars ? total : rest) += calls[i].seconds;
  total += rest;
  BarChart chart{"Time of each call in an iteration: " + decimal(total * 1e3, 3) + " ms", {"time"}, {}};
  for (std::size_t i = 0; i < std::min(calls.size(), most_bars); ++i)
    chart.bars.push_back(
        {calls[i].layer + ": " + calls[i].name, {calls[i].seconds}, share_text(calls[i].seconds, total)});
  if (calls.size() > most_bars) chart.bars.push_back({"all others", {rest}, share_text(rest, total)});
  return chart;
}

void add_times(Page& page, const StepTimes& times) {
  page.heading("Time of an iteration");
  page.paragraph("Means over " + std::to_string(times.iterations) +
                 (times.iterations == 1 ? " iteration." : " iterations.") +
                 " Waiting for data is until a batch is read, or gathered where all data are in memory. An update of "
                 "its own is there only where updates wait for all gradients; elsewhere it is a part of the calls that "
                 "compute them.");
  page.charts({to_svg(part_chart(times)), to_svg(call_chart(times))});
  std::vector<std::vector<std::string>> rows;
  const auto add = [&](std::string part, std::string layer, std::string call, double seconds) {
    rows.push_back({std::move(part), std::move(layer), std::move(call), decimal(seconds * 1e6, 1),
                    decimal(times.seconds > 0 ? 100 * seconds / times.seconds : 0, 1)});
  };
  add("waiting for data", "", "", times.waiting);
  for (const CallTime& call : times.calls) add(call.part, call.layer, call.name, call.seconds);
  add("other", "", "", times.other);
  page.table({"part", "layer", "call", "microseconds", "% of the iteration"}, rows);
}

BarChart kind_chart(const MemoryReport& memory) {
  BarChart chart{"Memory of the step by kind: " + size_text(memory.total()), {"bytes"}, {}};
  for (const MemoryKind kind : kinds)
    chart.bars.push_back(
        {std::string(treadle::name(kind)), {static_cast<double>(memory[kind])}, size_text(memory[kind])});
  return chart;
}

BarChart layer_chart(const std::vector<LayerMemory>& layers) {
  BarChart chart{"Memory by layer, before anything is shared", {}, {}};
  for (const MemoryKind kind : kinds)
    if (kind != MemoryKind::plan) chart.series.emplace_back(treadle::name(kind));
  for (const LayerMemory& layer : layers) {
    Bar bar{layer.name, {}, size_text(layer.memory.total())};
    for (const MemoryKind kind : kinds)
      if (kind != MemoryKind::plan) bar.values.push_back(static_cast<double>(layer.memory[kind]));
    chart.bars.push_back(std::move(bar));
  }
  return chart;
}

void add_step(Page& page, const RunRecord& run) {
  std::vector<std::string> charts;
  if (run.memory) charts.push_back(to_svg(kind_chart(*run.memory)));
  constexpr std::size_t most_layers = 40;  // more make no chart; the JSON has them
  if (!run.layers.empty() && run.layers.size() <= most_layers) charts.push_back(to_svg(layer_chart(run.layers)));
  if (!charts.empty()) page.heading("The step").charts(charts);
}

struct TextOf {
  std::string operator()(std::nullptr_t) const { return "none"; }
  std::string operator()(bool value) const { return value ? "yes" : "no"; }
  std::string operator()(std::uint64_t value) const { return std::to_string(value); }
  std::string operator()(double value) const {
    char room[40];
    return {room, std::to_chars(room, room + sizeof room, value).ptr};
  }
  std::string operator()(const std::string& value) const { return value; }
};

void add_members(Page& page, std::string_view heading, const std::vector<PlainMember>& members) {
  if (members.empty()) return;
  std::vector<std::vector<std::string>> rows;
  for (const PlainMember& member : members)
    if (std::string text = std::visit(TextOf{}, member.value); !text.empty())
      rows.push_back({member.name, std::move(text)});
  page.heading(heading).table({"name", "value"}, rows);
}

}  // namespace

std::vector<LineChart> learning_curves(const RunRecord& run) {
  const auto& epochs = run.log.epochs;
  const auto& iterations = run.log.iterations;
  const auto epoch = [](const LoggedEpoch& e) { return e.epoch; };
  const Axis by_epoch{.label = "epoch", .whole = true};
  std::vector<LineChart> charts;
  add_chart(charts, {"Loss",
                     by_epoch,
                     {.label = "loss"},
                     {series("training", epochs, epoch, [](const auto& e) { return e.train_loss; }),
                      series("validation", epochs, epoch, [](const auto& e) { return or_nan(e.validation_loss); })}});
  add_chart(charts,
            {"Accuracy",
             by_epoch,
             {.label = "%"},
             {series("training", epochs, epoch, [](const auto& e) { return 100 * e.train_accuracy; }),
              series("validation", epochs, epoch, [](const auto& e) { return 100 * or_nan(e.validation_accuracy); })}});
  const auto iteration = [](const LoggedIteration& i) { return i.iteration; };
  const Axis by_iteration{.label = "iteration", .whole = true};
  add_chart(charts, {"Loss of an iteration's batch",
                     by_iteration,
                     {.label = "loss"},
                     {series("loss", iterations, iteration, [](const auto& i) { return i.loss; })}});
  add_validations(charts, run.log, by_iteration);
  const Axis rate{.label = "learning rate"};
  const auto rates = [](const auto& record) { return or_nan(record.learning_rate); };
  if (!iterations.empty())
    add_chart(charts, {"Learning rate", by_iteration, rate, {series("rate", iterations, iteration, rates)}});
  else
    add_chart(charts, {"Learning rate at an epoch's end", by_epoch, rate, {series("rate", epochs, epoch, rates)}});
  return charts;
}

std::string run_page(const RunRecord& run) {
  Page page("Run " + run.name);
  add_summary(page, run);
  add_end(page, run);
  add_unread(page, run);
  std::vector<std::string> svgs;
  for (const LineChart& chart : learning_curves(run)) svgs.push_back(to_svg(chart));
  const auto epoch = [](const LoggedEpoch& e) { return e.epoch; };
  if (!run.log.epochs.empty()) {
    const auto speed = [](const LoggedEpoch& e) { return e.samples_per_second; };
    svgs.push_back(to_svg(LineChart{"Speed of training",
                                    {.label = "epoch", .whole = true},
                                    {.label = "samples/s"},
                                    {series("speed", run.log.epochs, epoch, speed)}}));
  }
  if (!svgs.empty()) page.heading("Learning curves").charts(svgs);
  add_anomalies(page, run);
  add_epochs(page, run);
  add_classes(page, run);
  if (run.times) add_times(page, *run.times);
  add_step(page, run);
  add_members(page, "Result", run.result);
  add_members(page, "Job", run.job);
  return page.html();
}

}  // namespace treadle::reporting
