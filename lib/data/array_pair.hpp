// What two NumPy arrays, features and labels, are as a data set: by what their headers say.
#pragma once

#include <treadle/result.hpp>
#include <treadle/source.hpp>

#include "formats/npy.hpp"

namespace treadle::data {

/// Whether such numbers can be labels, else `unsupported`.
Result<void> check_label_type(formats::NumberType labels);

/// Samples of `features` [samples, ...] with `labels` [samples] or [samples, 1], of max_classes classes. uint8 of two
/// axes are images and get a third one; others of two are signals [time, channels]. Errors: shape_mismatch (other
/// shapes, samples without elements), too_large (more samples than an index counts).
Result<SampleInfo> pair_info(formats::NumberType values, const Shape& features, const Shape& labels);

}  // namespace treadle::data
