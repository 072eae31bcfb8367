// The log of a run: one JSON object a line, for each epoch, some iterations, validations within epochs, anomalies, and
// the end.
#pragma once

#include <treadle/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace treadle {

/// One finished epoch as it is logged. Numbers that are not finite are null in the log and NaN when read.
struct LoggedEpoch {
  std::uint64_t epoch = 0;       ///< from 1
  std::uint64_t iterations = 0;  ///< of this epoch
  double train_loss = 0;
  double train_accuracy = 0;                  ///< 0 ... 1
  std::optional<double> validation_loss;      ///< nothing: there was no validation
  std::optional<double> validation_accuracy;  ///< 0 ... 1
  std::optional<double> learning_rate;        ///< of its last iteration
  double seconds = 0;                         ///< of training
  double samples_per_second = 0;
};

/// One finished iteration as it is logged.
struct LoggedIteration {
  std::uint64_t iteration = 0;  ///< of the run, from 1
  std::uint64_t epoch = 0;      ///< from 1
  double loss = 0;              ///< mean over its batch, before its update
  std::optional<double> learning_rate;
};

/// One validation within an epoch as it is logged. Numbers that are not finite are null in the log and NaN when read.
struct LoggedValidation {
  std::uint64_t iteration = 0;  ///< of the run, finished before it
  std::uint64_t epoch = 0;      ///< from 1
  double loss = 0;
  double accuracy = 0;  ///< 0 ... 1
};

/// One iteration that a guard kept from becoming an update, as it is logged: of an AnomalyRecord what tells where to
/// look.
struct LoggedAnomaly {
  std::uint64_t iteration = 0;  ///< of the run, from 1
  std::uint64_t epoch = 0;      ///< from 1
  std::string cause{};          ///< "loss" or "gradient", which was not finite, or "spike"
  std::string action{};         ///< "stop", "skip" or "roll-back"
  double loss = 0;              ///< mean over the batch; NaN if it was not finite
  std::string layer{};
  std::vector<std::uint64_t> samples{};  ///< their numbers in the training data: of the first 16
  std::uint64_t more_samples = 0;        ///< whose loss was out of bounds too, those of a stream, which have no number
};

/// The end of a run, as its last line.
struct LoggedEnd {
  /// "epochs", "iterations", "time" or "no improvement", which ended it as it should; "request", a signal say;
  /// "anomaly", by a guard; "diverged", parameters that are not finite; "error".
  std::string reason{};
};

/// The object and a line end.
std::string log_line(const LoggedEpoch& epoch);
std::string log_line(const LoggedIteration& iteration);
std::string log_line(const LoggedValidation& validation);
std::string log_line(const LoggedAnomaly& anomaly);
std::string log_line(const LoggedEnd& end);

struct RunLog {
  std::vector<LoggedEpoch> epochs;            ///< in rising order
  std::vector<LoggedIteration> iterations;    ///< in rising order
  std::vector<LoggedValidation> validations;  ///< within epochs, in rising order
  std::vector<LoggedAnomaly> anomalies;       ///< as they came; a run that went on may have met one again
  std::string ended{};                        ///< the reason, if the last line tells the end; else empty
  bool torn = false;                          ///< the last line was cut off, by a loss of power say, and is left out
};

/// Reads a log that log_line() wrote, and lines of `treadle train --log`. A run that went on from a checkpoint tells
/// some epochs, iterations and validations again: the later line counts, and what the earlier attempt logged beyond it
/// is dropped. Names that are not known are passed over. Errors: `bad_format` with the line.
Result<RunLog> parse_run_log(std::string_view text);

/// A text file that grows by whole lines, whenever the power goes: a last line that was cut off is removed when the
/// file is opened again.
class LineFile {
 public:
  /// Opens the file at `path`, or makes it. Errors: `io`, `not_found`.
  static Result<LineFile> open(const std::string& path);

  /// Appends `line`, which ends in a line end, at once; with `sync` it is on the disk when this returns. After an error
  /// nothing of the line is left in the file, if the file can still be shortened.
  Result<void> append(std::string_view line, bool sync = false);

 private:
  struct File;
  explicit LineFile(std::shared_ptr<File> file) : file_(std::move(file)) {}
  std::shared_ptr<File> file_;
};

}  // namespace treadle
