// The folder of one training run: what it was asked for, its log, the plan of its step, its model and how it ended.
#pragma once

#include <treadle/folder_lock.hpp>
#include <treadle/index_set.hpp>
#include <treadle/plan.hpp>
#include <treadle/run_log.hpp>
#include <treadle/run_report.hpp>
#include <treadle/schedule.hpp>
#include <treadle/training.hpp>

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "command_line.hpp"

namespace treadle::tool {

/// The line of a validation within an epoch.
std::string validation_line(const ValidationRecord& record);

class RunFolder {
 public:
  /// Makes the folder, and those above it, and keeps other runs out of it. Refuses one that holds a run, unless that is
  /// to be resumed.
  RunFolder(std::string path, bool resume);

  /// The job of the run in `path` if it is there, else "".
  static std::string job_of(const std::string& path);

  std::string page() const { return file(reporting::run_files::page); }
  std::string model() const { return file(reporting::run_files::model); }
  std::string checkpoints() const { return checkpoints_of(path_); }
  static std::string checkpoints_of(const std::string& path) { return path + "/" + reporting::run_files::checkpoints; }
  /// The result of the run that has ended in this folder, if one has.
  std::optional<nlohmann::ordered_json> result() const;
  /// Whether `line` asks for the run that is here, but perhaps with options that change no result.
  bool is_of(const CommandLine& line) const;

  /// Writes job, plan and the indices `held_out` once the run is sure to train: one that is refused leaves the folder
  /// as it is. Then logs every epoch, validations within epochs, anomalies, and of iterations the first hundred, every
  /// tenth of the first thousand and every hundredth. What cannot be logged is told by end(); training goes on. All but
  /// the trainer are to live as long as it.
  void watch(Trainer& trainer, const CommandLine& line, const PlanReport& plan, const data::IndexSet& held_out);
  /// Writes `result`, where there are validation data with their counts by class and, unless there are too many
  /// classes, their confusion matrix.
  void write_result(nlohmann::ordered_json result, const Model& model, const data::Samples& validation,
                    std::size_t threads);
  /// Logs why the run ended, see LoggedEnd.
  void log_end(std::string_view reason);
  /// Whether the run has trained here.
  bool begun() const noexcept { return log_.has_value(); }
  /// Writes the page, of a run that was cut short too.
  void end();

 private:
  std::string file(const char* name) const { return path_ + "/" + name; }
  void begin(const CommandLine& line, const PlanReport& plan, const data::IndexSet& held_out);
  void write(const char* name, const nlohmann::ordered_json& object) const;
  void append(const std::string& line);
  void log(const EpochRecord& record);
  void log(const IterationRecord& record);

  std::string path_;
  FolderLock lock_;
  std::optional<LineFile> log_;
  Result<void> problem_;
};

}  // namespace treadle::tool
