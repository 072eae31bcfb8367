// Whether a model can be trained or tried on a data set.
#pragma once

#include <treadle/model.hpp>
#include <treadle/result.hpp>
#include <treadle/source.hpp>

#include <string_view>

namespace treadle::training {

/// Whether the samples fit, whatever their labels. Errors begin with `what`, for example "fit: training data".
Result<void> check_samples(std::string_view what, const ModelView& model, const data::SampleInfo& data);

/// Whether the labels are classes of the model too.
Result<void> check_data(std::string_view what, const ModelView& model, const data::SampleInfo& data);

}  // namespace treadle::training
