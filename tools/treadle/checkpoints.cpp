#include "checkpoints.hpp"

#include <cstdio>

#include "errors.hpp"
#include "interrupts.hpp"
#include "output.hpp"

namespace treadle::tool {
namespace {

struct Interval {
  std::uint64_t iterations = 0;  ///< 0: it is a time, if not never
  double seconds = 0;
};

/// A number of iterations, a time with its unit, or never.
Rule<Interval> intervals() {
  const auto read = [](const std::string& text) -> Interval {
    if (text == "never") return {};
    if (text.find_first_not_of("0123456789") == std::string::npos) return {.iterations = read_whole(text, 1)};
    if (text.find_first_not_of("0123456789.") == std::string::npos)
      throw UsageError("expected iterations such as 500, a time such as 90s, 10min or 1h, or never, got '" + text +
                       "'");
    return {.seconds = read_duration(text)};
  };
  return {read, R"({"type": ["integer", "string"], "minimum": 1,
                    "pattern": "^(never|[0-9]+|([0-9]+\\.?[0-9]*|\\.[0-9]+)(s|min|h))$"})"};
}

}  // namespace

void add_checkpoints(CommandLine& line, CheckpointArguments& arguments) {
  line.path("checkpoints", "DIR",
            "Write checkpoints into this folder, from which --resume goes on (default: \"checkpoints\" in --run)",
            arguments.folder)
      .option(
          "checkpoint-every", "N|TIME", "Write one after every N iterations, or every 30s, 10min, 1h; or never",
          intervals(),
          [&arguments](const Interval& interval) {
            arguments.every_iterations = interval.iterations;
            arguments.every_seconds = interval.seconds;
            arguments.never = interval.iterations == 0 && interval.seconds == 0;
          },
          "1min")
      .option("checkpoint-limit", "SIZE", "Write at most so many bytes an hour, since flash wears out: 512MB",
              rules::bytes(), into(arguments.most_bytes_per_hour), Default::words("no limit"))
      .flag("resume", "Go on from the newest checkpoint, if there is one", arguments.resume);
}

std::optional<CheckpointOptions> make_checkpoints(const CommandLine& line, const CheckpointArguments& arguments,
                                                  const std::string& run_folder) {
  const std::string& folder = arguments.folder.empty() ? run_folder : arguments.folder;
  if (folder.empty())
    for (const char* name : {"checkpoint-every", "checkpoint-limit", "resume"})
      line.refuse(name, "goes with --checkpoints or --run");
  if (arguments.never)
    for (const char* name : {"checkpoints", "checkpoint-limit", "resume"})
      line.refuse(name, "does not go with --checkpoint-every never");
  if (folder.empty() || arguments.never) return std::nullopt;
  return CheckpointOptions{.folder = folder,
                           .every_iterations = arguments.every_iterations,
                           .every_seconds = arguments.every_seconds,
                           .most_bytes_per_hour = arguments.most_bytes_per_hour,
                           .resume = arguments.resume};
}

CheckpointReporter::CheckpointReporter(Trainer& trainer, std::shared_ptr<ProgressBar> bar, bool quiet)
    : bar_(std::move(bar)), quiet_(quiet) {
  trainer.on_resume([this](const ResumeRecord& record) { resumed(record); });
  trainer.on_checkpoint([this](const CheckpointRecord& record) { finished(record); });
}

void CheckpointReporter::say(const std::string& line) const {
  if (bar_) bar_->clear();
  const std::string text = line + "\n";
  std::fwrite(text.data(), 1, text.size(), stderr);
}

void CheckpointReporter::resumed(const ResumeRecord& record) const {
  if (record.damaged)
    say("warning: " + std::string(record.damaged->text()) + "; going on from the other checkpoint, " + record.path);
  if (!quiet_)
    say("resumed from " + record.path + ": epoch " + grouped(record.epoch) + ", " +
        counted(record.epoch_iteration, "iteration") + " of it done");
}

/// A disk that stays full is told once.
void CheckpointReporter::finished(const CheckpointRecord& record) {
  if (record.error && !last_.error)
    say("warning: no checkpoint after iteration " + grouped(record.iteration) +
        ", training goes on: " + std::string(record.error->text()));
  if (!record.error && last_.error) say("checkpoints are written again, after iteration " + grouped(record.iteration));
  last_ = record;
}

std::optional<std::uint64_t> CheckpointReporter::kept() const {
  return last_.error || last_.iteration == 0 ? std::nullopt : std::optional(last_.iteration);
}

void CheckpointReporter::interrupted(const std::string& how) const {
  if (bar_) bar_->clear();
  const std::string after = "stopped after iteration " + grouped(last_.iteration);
  if (last_.error)
    throw Interrupted(caught_signal(), after + ", but it could not be kept: " + std::string(last_.error->text()));
  throw Interrupted(caught_signal(), after + ", in epoch " + grouped(last_.epoch) + "; to go on, " + how);
}

}  // namespace treadle::tool
