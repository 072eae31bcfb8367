// What a training run does about an iteration that would spoil the model.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace treadle {

enum class GuardAction : std::uint8_t {
  stop,       ///< the run ends; the model is as it was before that iteration
  skip,       ///< that iteration makes no update, the run goes on with the next batch
  roll_back,  ///< the run goes back to its last checkpoint, or to the start of the epoch, with a smaller learning rate;
              ///< a batch whose samples are not finite is skipped, since going back would only meet it again
};

/// Looks at the loss and the gradients of each iteration before they become an update: it holds updates as
/// StepOptions::hold_update does. What is not finite is an anomaly, and so is a loss that leaps.
struct Guard {
  GuardAction action = GuardAction::stop;
  /// A loss above this many times the median of the last 32 good ones, once there are 8, is an anomaly: above 1, or 0
  /// to look for none. A median below 1 / batch size, a batch in which one sample has a loss of 1, counts as that.
  double spike = 0;
  double rate_factor = 0.5;  ///< roll_back: of the learning rate from then on, above 0, below 1
  std::uint64_t most = 10;   ///< anomalies of a run; one more ends it whatever the action
};

enum class AnomalyCause : std::uint8_t { loss, gradient, spike };

/// An iteration that made no update, and where to look.
struct AnomalyRecord {
  AnomalyCause cause{};             ///< what was not finite, or a leap of the loss
  GuardAction action{};             ///< what the run does now
  std::size_t epoch = 0;            ///< from 1
  std::size_t iteration = 0;        ///< of the epoch, from 1: the number of its batch
  std::uint64_t run_iteration = 0;  ///< of the run, from 1
  float loss = 0;                   ///< mean over the batch
  double limit = 0;                 ///< that the loss had to keep; infinity unless the cause is a spike
  double gradient_norm = 0;         ///< over all parameters; NaN when the cause is the loss itself
  std::string layer{};              ///< the first whose output, else the last whose gradient is not finite ("2 Dense");
                                    ///< "input" or "loss"; empty for a spike
  std::vector<std::size_t> rows{};  ///< of the batch, whose own loss is not finite or above the limit: the first 16
  std::size_t more_rows = 0;        ///< that are so beside these
  /// Their numbers in the data that the training samples were chosen from, by a split or a limit say: as data::number()
  /// has them. Empty for a stream.
  std::vector<std::uint32_t> samples{};
};

}  // namespace treadle
