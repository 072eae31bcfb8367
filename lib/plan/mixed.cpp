// Iterations of samples with two targets. A file of its own, so that a program without them has none of its code.
#include <treadle/plan.hpp>

#include <limits>

#include "plan/run.hpp"

namespace treadle {

bool TrainingStep::begin(std::span<const float> inputs, std::span<const std::int32_t> targets,
                         const MixedTargets* mixed) noexcept {
  if (mixed != nullptr && (mixed->others.size() != targets.size() || mixed->shares.size() != targets.size()))
    return false;
  if (!begin(inputs, targets)) return false;
  program_->iteration.context.mixed = mixed;
  return true;
}

bool TrainingStep::begin_gradients(std::span<const float> inputs, std::span<const std::int32_t> targets,
                                   const MixedTargets* mixed) noexcept {
  if (!program_->holds_update() || !begin(inputs, targets, mixed)) return false;
  program_->iteration.gradients_only = true;
  return true;
}

float TrainingStep::run(std::span<const float> inputs, std::span<const std::int32_t> targets,
                        const MixedTargets* mixed) noexcept {
  if (!begin(inputs, targets, mixed)) return std::numeric_limits<float>::quiet_NaN();
  return plan_detail::run_iteration(*program_);
}

float TrainingStep::compute_gradients(std::span<const float> inputs, std::span<const std::int32_t> targets,
                                      const MixedTargets* mixed) noexcept {
  if (!program_->holds_update() || !begin(inputs, targets, mixed)) return std::numeric_limits<float>::quiet_NaN();
  return plan_detail::run_gradients(*program_);
}

}  // namespace treadle
