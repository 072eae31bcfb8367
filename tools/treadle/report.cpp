// treadle report: what a run did, as a page, JSON, CSV, or a curve in the terminal.
#include <treadle/run_report.hpp>

#include <filesystem>
#include <memory>

#include "commands.hpp"
#include "files.hpp"
#include "output.hpp"

namespace treadle::tool {
namespace {

struct ReportOptions {
  std::string run;
  std::string out;
  std::string tensorboard;
  bool json = false;
  bool csv = false;
  bool times = false;
  bool validations = false;
};

std::string terminal_text(const reporting::RunRecord& run) {
  constexpr std::size_t rows = 10;
  std::string text;
  for (const reporting::LineChart& chart : reporting::learning_curves(run))
    text += reporting::to_text(chart, chart_columns(), rows) + "\n";
  return text.empty() ? "no epoch is finished yet\n" : text;
}

/// Beside the log, or in the folder of the run.
std::string page_path(const ReportOptions& options) {
  if (!options.out.empty()) return options.out;
  std::error_code problem;
  const std::filesystem::path run = options.run;
  const bool folder = std::filesystem::is_directory(run, problem);
  return ((folder ? run : run.parent_path()) / reporting::run_files::page).string();
}

/// TensorBoard takes files of this name in any folder below the one that it looks at. The same run gives the same file.
void write_events(const ReportOptions& options, const reporting::RunRecord& run) {
  std::error_code problem;
  std::filesystem::create_directories(options.tensorboard, problem);
  if (problem)
    throw Failure("--tensorboard '" + options.tensorboard + "': cannot make the folder: " + problem.message());
  const std::string path = options.tensorboard + "/events.out.tfevents.0." + run.name;
  reporting::write_text(path, reporting::run_events(run, 0)).value();
  write_out("events written to " + path + "\n");
}

void run_report(const ReportOptions& options) {
  if (options.run.empty()) throw UsageError("the folder of a run is needed: treadle report RUN");
  if (options.json + options.csv + options.times + options.validations + !options.tensorboard.empty() > 1)
    throw UsageError("--csv, --csv-times, --csv-validations, --json and --tensorboard exclude each other");
  const reporting::RunRecord run = reporting::read_run(options.run).value();
  if (options.json) return write_out(reporting::run_json(run));
  if (options.csv) return write_out(reporting::run_csv(run));
  if (options.validations) return write_out(reporting::validations_csv(run));
  if (options.times) {
    if (!run.times)
      throw Failure(
          "the run was not profiled: it is no folder of treadle train --run, or had a duty cycle, or has not ended");
    return write_out(reporting::times_csv(run));
  }
  if (!options.tensorboard.empty()) return write_events(options, run);
  const std::string page = page_path(options);
  check_distinct("--out", page, {options.run});
  reporting::write_text(page, reporting::run_page(run)).value();
  write_out(terminal_text(run) + "page written to " + page + "\n");
}

std::function<void()> prepare_report(CommandLine& line) {
  const auto options = std::make_shared<ReportOptions>();
  line.argument("RUN", "The folder of a run, or a log that treadle train wrote", options->run)
      .text("out", "FILE", "Where to write the page (default: report.html in the run's folder)", options->out)
      .text("tensorboard", "DIR", "Write a TensorBoard event file into this folder instead", options->tensorboard)
      .flag("csv", "Print the epochs as CSV instead", options->csv)
      .flag("csv-times", "Print the time of each call of a profiled run as CSV instead", options->times)
      .flag("csv-validations", "Print the validations within epochs as CSV instead", options->validations)
      .flag("json", "Print everything as one JSON object instead", options->json);
  return [options] { run_report(*options); };
}

}  // namespace

const Command report_command = {"report", "Show what a run did: a page with charts, JSON or CSV",
                                "  treadle report run\n"
                                "  treadle report run --out today.html\n"
                                "  treadle report run/log.jsonl --csv\n",
                                prepare_report};

}  // namespace treadle::tool
