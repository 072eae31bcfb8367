// The folder of a run, and what can be told of it: a page, JSON, CSV.
#pragma once

#include <treadle/chart.hpp>
#include <treadle/memory.hpp>
#include <treadle/result.hpp>
#include <treadle/run_log.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace treadle::reporting {

/// What a run's folder holds, each by its name.
namespace run_files {
inline constexpr const char* job = "job.json";        ///< the options of the run, by their names
inline constexpr const char* log = "log.jsonl";       ///< see run_log.hpp
inline constexpr const char* plan = "plan.json";      ///< memory of the step by kind and layer
inline constexpr const char* result = "result.json";  ///< how it ended, with what was counted by class
inline constexpr const char* validation_indices = "validation_indices.txt";  ///< of a split, one a line
inline constexpr const char* model = "model.safetensors";
inline constexpr const char* page = "report.html";
inline constexpr const char* checkpoints = "checkpoints";  ///< a folder, see checkpoint.hpp
}  // namespace run_files

/// What one layer asks for.
struct LayerMemory {
  std::string name;
  MemoryReport memory;
};

/// The time of one call of the step.
struct CallTime {
  std::string part;  ///< "forward", "loss", "backward" or "update"
  std::string layer;
  std::string name;
  double seconds = 0;  ///< of one iteration
};

/// Where the time of an iteration goes: means over `iterations` of them.
struct StepTimes {
  std::uint64_t iterations = 0;
  double seconds = 0;           ///< of one iteration: what follows, together
  double waiting = 0;           ///< for its samples
  double other = 0;             ///< callbacks, and the loop itself
  std::vector<CallTime> calls;  ///< in the order in which they run
};

/// What a JSON value that is neither array nor object means.
using PlainValue = std::variant<std::nullptr_t, bool, std::uint64_t, double, std::string>;

/// One of the members of an object that are neither arrays nor objects.
struct PlainMember {
  std::string name;
  PlainValue value;

  friend bool operator==(const PlainMember&, const PlainMember&) = default;
};

/// What was counted of one class in the validation data.
struct ClassRecord {
  std::uint64_t samples = 0;    ///< whose target it is
  std::uint64_t predicted = 0;  ///< samples of any class that were predicted as it
  std::uint64_t correct = 0;    ///< of those, its own
};

/// All that is known of a run. Only a log is always there: a run that is under way has no result yet.
struct RunRecord {
  std::string name;
  std::vector<PlainMember> job;  ///< option and value
  RunLog log;
  std::optional<MemoryReport> memory;  ///< of the step
  std::vector<LayerMemory> layers;     ///< before activations and workspace share their memory
  std::optional<StepTimes> times;      ///< of a run that was profiled
  std::vector<PlainMember> result;
  std::size_t classes = 0;               ///< 0: nothing was counted
  std::vector<std::string> class_names;  ///< [classes], or empty: they have numbers alone
  std::vector<ClassRecord> by_class;     ///< [classes], or empty: not known
  std::vector<std::uint64_t> confusion;  ///< [classes, classes], row: target, column: prediction, or empty: not counted
  std::vector<std::string> unread;       ///< of the folder: which file could not be read, and why
};

/// Reads the folder of a run, which its log.jsonl stands for too, or another log alone. The name is the folder's, or
/// the log's. What cannot be read besides the log is in `unread`. Errors, of the log: `not_found`, `bad_format` with
/// file and line.
Result<RunRecord> read_run(const std::string& path);

/// Each fills what one file says; `text` is its contents. `bad_format` with the byte, and `run` as it was.
Result<void> parse_job(std::string_view text, RunRecord& run);
Result<void> parse_plan(std::string_view text, RunRecord& run);
Result<void> parse_result(std::string_view text, RunRecord& run);

/// Loss, accuracy and learning rate by epoch, loss by iteration, and where there were validations within epochs all
/// validations by iteration: those of which the log has something.
std::vector<LineChart> learning_curves(const RunRecord& run);

std::string run_page(const RunRecord& run);
/// One object and a line end.
std::string run_json(const RunRecord& run);
/// What run_csv() makes tables of.
inline constexpr std::string_view run_tables[] = {"epochs",  "iterations", "validations", "anomalies", "confusion",
                                                  "classes", "times",      "memory",      "result",    "job"};
/// One of run_tables: a head and a line for each record; what is not known is empty. "validations" are those within
/// epochs, "times" the parts of an iteration's time, "waiting" and "other" among them, with their shares (0 ... 1).
/// Errors: `invalid_argument` for another table, `not_found` where nothing was counted or measured.
Result<std::string> run_csv(const RunRecord& run, std::string_view table);
/// A TensorBoard event file with the log's numbers as scalars, epochs by epoch and iterations by iteration.
/// `start_seconds`: when the run began, in seconds since 1970.
std::string run_events(const RunRecord& run, double start_seconds);

/// Makes `text` the file at `path`, which appears whole or not at all, whenever the power goes.
Result<void> write_text(const std::string& path, std::string_view text);

}  // namespace treadle::reporting
