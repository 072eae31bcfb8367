#include <treadle/run_report.hpp>

#include "formats/json.hpp"
#include "fuzz.hpp"

namespace {

treadle::Result<void> parse_log(std::string_view text, treadle::reporting::RunRecord& run) {
  treadle::Result<treadle::RunLog> parsed = treadle::parse_run_log(text);
  if (!parsed) return parsed.error();
  run.log = std::move(*parsed);
  return {};
}

}  // namespace

// The first byte says which file of a run's folder the rest is.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace treadle;
  if (size == 0) return 0;
  const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
  reporting::RunRecord run;
  constexpr Result<void> (*parsers[])(std::string_view, reporting::RunRecord&) = {
      parse_log, reporting::parse_job, reporting::parse_plan, reporting::parse_result};
  const Result<void> parsed = parsers[data[0] % 4](text, run);
  if (!parsed) {
    fuzz::require_one_line(parsed.error());
    return 0;
  }
  for (std::size_t i = 1; i < run.log.epochs.size(); ++i)
    fuzz::require(run.log.epochs[i - 1].epoch < run.log.epochs[i].epoch, "epochs rise");
  for (std::size_t i = 1; i < run.log.validations.size(); ++i)
    fuzz::require(run.log.validations[i - 1].iteration < run.log.validations[i].iteration, "validations rise");
  fuzz::require(run.confusion.empty() || run.confusion.size() == run.classes * run.classes, "the matrix is square");
  fuzz::require(run.by_class.empty() || run.by_class.size() == run.classes, "each class has its counts");
  fuzz::require(run.classes == 0 || run.class_names.empty() || run.class_names.size() == run.classes, "as many names");
  // Whatever was read can be shown: as a page, JSON that reads back, CSV, events and text.
  fuzz::require(reporting::run_page(run).ends_with("</html>\n"), "the page is whole");
  fuzz::require(formats::JsonDocument::parse(reporting::run_json(run)).has_value(), "the JSON is JSON");
  for (const std::string_view table : reporting::run_tables) static_cast<void>(reporting::run_csv(run, table));
  static_cast<void>(reporting::run_events(run, 0));
  for (const reporting::LineChart& chart : reporting::learning_curves(run))
    fuzz::require(!reporting::to_text(chart, 80, 10).empty(), "the chart is not empty");
  return 0;
}
