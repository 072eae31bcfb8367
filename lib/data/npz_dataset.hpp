// Data sets from NumPy arrays.
#pragma once

#include <treadle/data.hpp>
#include <treadle/result.hpp>

#include "formats/file.hpp"
#include "formats/npy.hpp"

namespace treadle::data {

/// What load_npz() makes of the file's bytes.
Result<TrainTest> parse_npz(formats::Bytes file, Labels labels = Labels::needed);

/// What load_npy() makes of two arrays: `features` [samples, ...], `labels` [samples] or [samples, 1].
Result<Dataset> from_arrays(const formats::NpyArray& features, const formats::NpyArray& labels);

}  // namespace treadle::data
