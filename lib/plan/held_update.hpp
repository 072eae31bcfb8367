// Updates that wait until all of an iteration's gradients are complete: their norm, their limits, one sweep.
#pragma once

#include <cstddef>

#include "calls/recorder.hpp"
#include "plan/program.hpp"
#include "plan/request.hpp"

namespace treadle::plan_detail {

/// What an iteration with a held update knows of its gradients.
struct GradientNorm {
  double norm = 0;  ///< the Euclidean norm of all gradients, each limited to clip_value, before they are scaled
  float scale = 1;  ///< what the update multiplies them with
};

/// Whether these options make the update wait.
bool holds_update(const StepOptions& options) noexcept;

/// Records the calls of Phase::norm and Phase::update, and asks for their buffers. program.gradients must be set;
/// `stored` floats are in its block.
void record_held_update(const Request& request, std::size_t stored, calls::Recorder& recorder,
                        Program& program) noexcept;

}  // namespace treadle::plan_detail
