// What treadle train says of its run: before it, in the log, and of its result.
#pragma once

#include <treadle/training.hpp>

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "train_run.hpp"

namespace treadle::tool {

/// What is known before the first iteration, in a few lines.
std::string describe(const TrainOptions& options, const TrainRun& run);

/// The line of --log.
std::string log_line(const EpochRecord& record);
/// Bytes at the beginning of the log at `path` whose epochs and validations are so long ago that the checkpoint does
/// not have them: they stay.
std::uintmax_t kept_log(const std::string& path, const ResumeRecord& record);
/// The lines of a log from there to where the run was interrupted, in their order.
std::vector<std::string> logged_before(const ResumeRecord& record);

/// As result.json and the log of a run's folder say it: "epochs".
std::string_view stop_name(StopReason reason);

nlohmann::ordered_json result_json(const TrainOptions& options, const TrainRun& run, const History& history);
std::string result_text(const TrainOptions& options, const History& history);

}  // namespace treadle::tool
