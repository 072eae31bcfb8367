// Records everything that a step calls: each layer forward, the loss, each layer backward, the update.
#pragma once

#include "calls/recorder.hpp"
#include "plan/program.hpp"
#include "plan/request.hpp"

namespace treadle::plan_detail {

/// Tensors of a model, for the size of Program::parameters.
std::size_t parameter_tensors(const ModelView& model) noexcept;

/// Fills `program`'s buffer names, parameters (where there is room) and sizes, and the recorder's arrays. The recorder
/// is one for training, or for inference.
void record_training(const Request& request, calls::Recorder& recorder, Program& program) noexcept;
void record_inference(const Request& request, calls::Recorder& recorder, Program& program) noexcept;

}  // namespace treadle::plan_detail
