// Where an iteration went wrong: the layer, and the samples of its batch.
#pragma once

#include <treadle/guard.hpp>
#include <treadle/model.hpp>
#include <treadle/plan.hpp>
#include <treadle/result.hpp>

#include <string>
#include <vector>

#include "training/batch_loader.hpp"

namespace treadle::training {

/// In place of a layer: the samples themselves are not finite.
inline constexpr const char* input_layer = "input";

/// The layer that AnomalyRecord names. `step` has just computed the gradients of `batch`, with the parameters
/// `parameters`.
Result<std::string> anomalous_layer(const Model& model, std::span<const float> parameters, const TrainingStep& step,
                                    AnomalyCause cause, const Batch& batch);

/// Tells `record` the rows of `batch` whose own loss is not finite or above its limit, and their samples' numbers. The
/// step's gradients are lost.
void find_rows(TrainingStep& step, const Batch& batch, AnomalyRecord& record);

}  // namespace treadle::training
