// The options of checkpoints, what is said about them, and the signals that end a run which has them.
#pragma once

#include <treadle/training.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "command_line.hpp"
#include "progress_bar.hpp"

namespace treadle::tool {

/// --checkpoints, --checkpoint-every, --checkpoint-limit and --resume.
struct CheckpointArguments {
  std::string folder;
  std::uint64_t every_iterations = 0;
  double every_seconds = 60;
  std::size_t most_bytes_per_hour = 0;
  bool never = false;
  bool resume = false;
};
void add_checkpoints(CommandLine& line, CheckpointArguments& arguments);
/// In the folder of --checkpoints, else in `run_folder`; none if that is "" too, or if there are never to be any.
std::optional<CheckpointOptions> make_checkpoints(const CommandLine& line, const CheckpointArguments& arguments,
                                                  const std::string& run_folder);

/// Tells on standard error what becomes of checkpoints, and remembers what to say at an interrupted run's end. To live
/// as long as the trainer.
class CheckpointReporter {
 public:
  /// `bar`, which may be null, is wiped before a line is written. `quiet`: only what went wrong is told.
  CheckpointReporter(Trainer& trainer, std::shared_ptr<ProgressBar> bar, bool quiet);

  /// Ends an interrupted run: throws what main() makes one line and the exit status 128 + signal of. `how` says how to
  /// go on.
  [[noreturn]] void interrupted(const std::string& how) const;
  /// The finished iterations that the last checkpoint has; none if it failed or there was none in this process.
  std::optional<std::uint64_t> kept() const;

 private:
  void resumed(const ResumeRecord& record) const;
  void finished(const CheckpointRecord& record);
  void say(const std::string& line) const;

  std::shared_ptr<ProgressBar> bar_;
  bool quiet_;
  CheckpointRecord last_;
};

}  // namespace treadle::tool
