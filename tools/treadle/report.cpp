// treadle report: what a run did, as a page, JSON, CSV, or a curve in the terminal.
#include <treadle/run_report.hpp>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

#include "commands.hpp"
#include "files.hpp"
#include "output.hpp"

namespace treadle::tool {
namespace {

namespace fs = std::filesystem;

struct ReportOptions {
  std::string run;
  std::string out;
  std::string tensorboard;
  std::string_view csv;  // a table, or nothing
  bool json = false;
};

std::string terminal_text(const reporting::RunRecord& run) {
  constexpr std::size_t rows = 10;
  std::string text;
  for (const reporting::LineChart& chart : reporting::learning_curves(run))
    text += reporting::to_text(chart, chart_columns(), rows) + "\n";
  return text.empty() ? "no epoch is finished yet\n" : text;
}

/// Beside the log, or in the folder of the run. Another log there does not take the place of that run's page.
std::string page_path(const ReportOptions& options) {
  if (!options.out.empty()) return options.out;
  std::error_code problem;
  const fs::path run = options.run;
  const bool is_folder = fs::is_directory(run, problem);
  const fs::path folder = is_folder ? run : run.parent_path();
  const std::string page = (folder / reporting::run_files::page).string();
  if (!is_folder && run.filename() != reporting::run_files::log &&
      fs::exists(folder / reporting::run_files::log, problem) && fs::exists(page, problem))
    throw UsageError("'" + options.run + "' lies in the folder of a run, whose page is " + page +
                     "; --out says where to write the page of this log");
  return page;
}

/// The log's whole path, however the run was named.
std::string log_of(const std::string& run) {
  std::error_code problem;
  const fs::path log = fs::is_directory(run, problem) ? fs::path(run) / reporting::run_files::log : fs::path(run);
  const fs::path whole = fs::canonical(log, problem);
  return (problem ? log : whole).string();
}

/// Refuses a folder whose events are of another run with this name, which `source` tells; says there whose they are
/// now.
void claim_events(const ReportOptions& options, const std::string& folder, const std::string& name) {
  const std::string source = folder + "/source.txt", log = log_of(options.run);
  std::ifstream in(source, std::ios::binary);
  const std::string before{std::istreambuf_iterator<char>(in), {}};
  if (!before.empty() && before != log + "\n")
    throw Failure("--tensorboard '" + options.tensorboard + "': " + folder + " has the events of another run, " +
                  before.substr(0, before.find('\n')) + "; remove it, or name a folder below: --tensorboard " +
                  options.tensorboard + "/NAME shows NAME/" + name);
  reporting::write_text(source, log + "\n").value();
}

/// TensorBoard takes each folder below the one that it looks at as a run. The same run gives the same file.
void write_events(const ReportOptions& options, const reporting::RunRecord& run) {
  std::error_code problem;
  const std::string folder = options.tensorboard + "/" + run.name;
  fs::create_directories(folder, problem);
  if (problem)
    throw Failure("--tensorboard '" + options.tensorboard + "': cannot make the folder " + folder + ": " +
                  problem.message());
  claim_events(options, folder, run.name);
  const std::string path = folder + "/events.out.tfevents.0." + run.name;
  reporting::write_text(path, reporting::run_events(run, 0)).value();
  write_out("events written to " + path + "\n");
}

/// A Failure that says what is in a folder without a log.
void check_folder(const std::string& path) {
  std::error_code problem;
  const fs::path folder = path;
  if (!fs::is_directory(folder, problem) || fs::exists(folder / reporting::run_files::log, problem)) return;
  if (fs::exists(folder / "sweep.jsonl", problem))
    throw Failure("'" + path + "' is the folder of a sweep, which writes its page itself: " +
                  (folder / reporting::run_files::page).string());
  throw Failure("'" + path + "' has no " + reporting::run_files::log +
                "; expected the folder of a run, as treadle train --run fills it, or a log");
}

reporting::RunRecord read_all(const std::string& path) {
  check_folder(path);
  reporting::RunRecord run = reporting::read_run(path).value();
  for (const std::string& problem : run.unread) {
    const std::string text = "treadle report: warning: " + problem + "; the report is without it\n";
    std::fputs(text.c_str(), stderr);
  }
  return run;
}

void run_report(const CommandLine& line, const ReportOptions& options) {
  if (options.run.empty()) throw UsageError("the folder of a run is needed: treadle report RUN");
  if (options.json + !options.csv.empty() + !options.tensorboard.empty() > 1)
    throw UsageError("--csv, --json and --tensorboard exclude each other");
  if (options.json || !options.csv.empty() || !options.tensorboard.empty())
    line.refuse("out", "is for the page, which --csv, --json and --tensorboard do not write");
  const reporting::RunRecord run = read_all(options.run);
  if (options.json) return write_out(reporting::run_json(run));
  if (!options.csv.empty()) return write_out(reporting::run_csv(run, options.csv).value());
  if (!options.tensorboard.empty()) return write_events(options, run);
  const std::string page = page_path(options);
  check_distinct("--out", page, {options.run});
  reporting::write_text(page, reporting::run_page(run)).value();
  write_out(terminal_text(run) + "page written to " + page + "\n");
}

std::string table_list() {
  std::string text;
  for (const std::string_view table : reporting::run_tables) text += (text.empty() ? "" : ", ") + std::string(table);
  return text;
}

std::function<void()> prepare_report(CommandLine& line) {
  const auto options = std::make_shared<ReportOptions>();
  line.argument("RUN", "The folder of a run, or a log that treadle train wrote", options->run)
      .text("out", "FILE", "Where to write the page (default: report.html in the run's folder)", options->out)
      .text("tensorboard", "DIR", "Write a TensorBoard event file into DIR/<name of the run> instead",
            options->tensorboard)
      .option("csv", "TABLE", "Print one table as CSV instead: " + table_list(),
              rules::word("table", {std::begin(reporting::run_tables), std::end(reporting::run_tables)}),
              into(options->csv))
      .flag("json", "Print everything as one JSON object instead", options->json);
  return [&line, options] { run_report(line, *options); };
}

}  // namespace

const Command report_command = {"report", "Show what a run did: a page with charts, JSON or CSV",
                                "  treadle report run\n"
                                "  treadle report run --out today.html\n"
                                "  treadle report run/log.jsonl --csv epochs\n",
                                prepare_report};

}  // namespace treadle::tool
