// What every loss's file answers:
//
//   Result<void> check(const L&, const Shape& output);           whether a model's output fits; errors say what would
//   Activation record(const L&, const LossContext&, Recorder&);  records the loss, with and without gradient; gives dy
#pragma once

#include <treadle/result.hpp>
#include <treadle/shape.hpp>

#include "calls/recorder.hpp"

namespace treadle::losses {

struct LossContext {
  calls::Activation output;       ///< of the model
  calls::BufferId sample_losses;  ///< [batch]: receives each sample's loss, not divided by the batch
  calls::BufferId sample_hits;    ///< [batch]: receives 1 where the prediction was right, else 0
};

}  // namespace treadle::losses
