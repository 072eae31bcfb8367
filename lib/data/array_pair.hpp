// What two NumPy arrays, features and labels, are as a data set: by what their headers say.
#pragma once

#include <treadle/result.hpp>
#include <treadle/source.hpp>

#include "data/file_source.hpp"
#include "formats/npy.hpp"

namespace treadle::data {

/// How features of this type are stored, or unsupported.
Result<StoredValue> value_type(formats::NpyType features);
/// How labels of this type are stored, or unsupported.
Result<StoredLabel> label_type(formats::NpyType labels);

/// Samples of `features` [samples, ...] with `labels` [samples] or [samples, 1], of max_classes classes. Bytes of two
/// axes are images and get a third one; others of two are signals [time, channels]. Errors: shape_mismatch (other
/// shapes, samples without elements), too_large (more samples than an index counts).
Result<SampleInfo> pair_info(StoredValue values, const Shape& features, const Shape& labels);

}  // namespace treadle::data
