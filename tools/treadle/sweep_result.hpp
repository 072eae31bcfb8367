// What a sweep measures for one batch size, as a line of JSON that an interrupted sweep finds again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sensor_watch.hpp"

namespace treadle::tool {

/// A measured accuracy.
struct SweepPoint {
  std::size_t epoch = 0;              ///< finished, from 1
  double seconds = 0;                 ///< of training until then, validation not counted
  double accuracy = 0;                ///< of the validation data, 0 ... 1
  std::optional<double> joules = {};  ///< of the machine until then, likewise
};

struct SweepResult {
  std::size_t batch_size = 0;
  std::size_t threads = 0;
  double learning_rate = 0;          ///< that was trained with: the tuned one, else the scaled one
  double scaled_rate = 0;            ///< by the rule
  std::optional<double> tuned_rate;  ///< by the learning-rate finder; none: not asked for, or it found none
  std::size_t micro_batch = 0;
  std::size_t planned_bytes = 0;              ///< of the step
  std::optional<std::size_t> measured_bytes;  ///< that the process held more at its peak than before the run
  double samples_per_second = 0;              ///< of training, over all whole epochs
  double median_seconds = 0;                  ///< of an iteration with its data
  double p99_seconds = 0;
  double longest_seconds = 0;
  std::size_t iterations = 0;                 ///< that the three are taken over
  std::vector<SweepPoint> epochs;             ///< whole epochs at equal epochs, until it diverged
  bool cut_short = false;                     ///< the budget ended it before the last epoch
  bool diverged = false;                      ///< its parameters became no finite numbers, in either run
  double seconds = 0;                         ///< of training in these epochs
  std::optional<double> training_joules;      ///< of the machine in this time
  std::optional<double> equal_time_accuracy;  ///< after the same time for every size, unless it diverged
  SensorReadings sensors;                     ///< over both runs
  double wall_seconds = 0;                    ///< of everything for this size
};

/// What could not be measured, since memory does not suffice.
struct SweepMisfit {
  std::size_t batch_size = 0;
  std::size_t threads = 0;
  std::string reason;
};

/// Joules of training for a sample.
std::optional<double> joules_a_sample(const SweepResult& result);

nlohmann::ordered_json to_json(const SweepResult& result);
/// A Failure when something is missing or of another kind.
SweepResult sweep_result(const nlohmann::ordered_json& object);

}  // namespace treadle::tool
