#include "sweep_page.hpp"

#include <treadle/chart.hpp>
#include <treadle/page.hpp>

#include <nlohmann/json.hpp>

#include "output.hpp"
#include "recommendation.hpp"
#include "sweep_charts.hpp"
#include "sweep_figures.hpp"
#include "sweep_table.hpp"

namespace treadle::tool {
namespace {

using Json = nlohmann::ordered_json;

std::string member_text(const Json& value) {
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  return value.is_string() ? value.get<std::string>() : value.dump();
}

/// "batch size 64, 512": those that `is` picks, each once. "": none.
template <class Is>
std::string sizes(const Sweep& sweep, const Is& is) {
  std::string text;
  std::size_t last = 0;
  for (const SweepResult& result : sweep.results) {
    if (!is(result) || result.batch_size == last) continue;
    text += (text.empty() ? "batch size " : ", ") + grouped(result.batch_size);
    last = result.batch_size;
  }
  return text;
}

std::string largest(const Sweep& sweep, const Recommendation& advice) {
  std::string text = named(sweep.results[advice.largest], several_threads(sweep));
  if (sweep.misfits.empty()) return "Largest that fits: " + text + ", the largest that was tried.";
  const SweepMisfit& first = sweep.misfits.front();
  return "Largest that fits: " + text + ". Of batch size " + grouped(first.batch_size) +
         " memory does not suffice: " + first.reason + ".";
}

/// The other answers that one may want instead of the recommended one, and what to know of these.
std::string alternatives(const Sweep& sweep, const Recommendation& advice) {
  const auto size = [&](std::size_t index) { return named(sweep.results[index], several_threads(sweep)); };
  std::string text;
  if (advice.knee)
    text += "Smallest with " + fixed(100 * knee_share, 0) + " % of the best throughput: " + size(*advice.knee) + ". ";
  text += largest(sweep, advice);
  if (advice.best_at_equal_time)
    text += " Most accurate after " + seconds_text(sweep.equal_seconds) + ": " + size(*advice.best_at_equal_time) + ".";
  const std::string cut = sizes(sweep, [](const SweepResult& r) { return r.cut_short; });
  if (!cut.empty())
    text += " Out of their share of the budget before epoch " + grouped(sweep.epochs) + ", so that a larger --budget " +
            "tells more: " + cut + ".";
  const std::string diverged = sizes(sweep, [](const SweepResult& r) { return r.diverged; });
  if (!diverged.empty()) text += " Diverged, so that a smaller --learning-rate may help: " + diverged + ".";
  const std::string hot = sizes(sweep, [](const SweepResult& r) { return r.sensors.throttled.value_or(false); });
  if (!hot.empty()) text += " Throttled while it was measured, so that a cooler machine is faster: " + hot + ".";
  return text;
}

}  // namespace

std::string sweep_text(const Sweep& sweep) {
  const std::vector<std::vector<std::string>> rows = sweep_table(sweep);
  Table table(rows[0]);
  for (std::size_t i = 1; i < rows.size(); ++i) table.add(rows[i]);
  const Recommendation advice = recommend(sweep.results, sweep.target);
  return shown(table, several_threads(sweep) ? 2 : 1) + "\nrecommended: " + advice.reason + "\n" +
         alternatives(sweep, advice) + "\n";
}

std::string sweep_page(const Sweep& sweep) {
  const Recommendation advice = recommend(sweep.results, sweep.target);
  reporting::Page page("Batch sizes: " + sweep.title);
  if (sweep.missing != 0)
    page.paragraph("Interrupted: " + counted(sweep.missing, "size") + " of " +
                   std::to_string(sweep.missing + sweep.results.size() + sweep.misfits.size()) +
                   " are still to be measured; the same command goes on.");
  page.paragraph("Recommended is " + advice.reason + ".").paragraph(alternatives(sweep, advice));
  std::vector<std::string> svgs;
  for (const reporting::LineChart& chart : sweep_charts(sweep)) svgs.push_back(reporting::to_svg(chart));
  page.charts(svgs);
  const std::vector<std::vector<std::string>> rows = sweep_table(sweep);
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
  object["equal_epochs"] = sweep.epochs;
  object["missing"] = sweep.missing;
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
    one["joules_to_target"] = point && point->joules ? Json(*point->joules) : Json();
    object["results"].push_back(std::move(one));
  }
  object["misfits"] = Json::array();
  for (const SweepMisfit& misfit : sweep.misfits)
    object["misfits"].push_back(
        {{"batch_size", misfit.batch_size}, {"threads", misfit.threads}, {"reason", misfit.reason}});
  return object;
}

}  // namespace treadle::tool
