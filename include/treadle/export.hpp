// A model as source code, for firmware.
#pragma once

#include <treadle/losses.hpp>
#include <treadle/model.hpp>
#include <treadle/optimizers.hpp>
#include <treadle/plan.hpp>
#include <treadle/result.hpp>
#include <treadle/target.hpp>

#include <cstddef>
#include <optional>
#include <string>

namespace treadle {

/// How the firmware is going to train.
struct HeaderTraining {
  Loss loss = SoftmaxCrossEntropy{};
  Optimizer optimizer = Sgd{};
  StepOptions step = {};  ///< batch_size, micro_batch, memory_limit and keep_gradients; the others mean nothing
};

struct HeaderOptions {
  Target target;                                ///< a microcontroller: a processor with 32-bit addresses
  std::string name = "model";                   ///< namespace of all that the header defines, a C++ identifier
  std::size_t inference_batch = 1;              ///< samples that inference computes at once
  std::optional<HeaderTraining> training = {};  ///< none: for inference alone
};

/// A C++ header with the layers and parameters of `model` as constants for flash, and the memory that inference and
/// training take on the target, which the compiler checks there (treadle::PlanMemory). The parameters must be finite. A
/// normalisation is among the constants; the firmware calls treadle::normalize() with it before each step.
Result<std::string> export_header(const Model& model, const HeaderOptions& options);

}  // namespace treadle
