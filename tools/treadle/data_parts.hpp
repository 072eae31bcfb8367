// The parts of data: which there are, and opening them.
#pragma once

#include <treadle/source.hpp>

#include <cstddef>
#include <memory>
#include <string>

#include "data_options.hpp"

namespace treadle::tool {

using SourcePointer = std::shared_ptr<const data::Source>;

/// The first `limit` samples, or all if it is 0.
data::Dataset limited(const data::Dataset& data, std::size_t limit);
SourcePointer limited(SourcePointer source, std::size_t limit);

bool has_samples(const data::Samples& samples);

/// Those of a folder of NPY files, with the same number of classes.
data::TrainTestSources open_npy_parts(const DataOptions& options, data::Labels labels = data::Labels::needed);

/// Images of one folder, with a warning of those that cannot be read.
SourcePointer open_image_folder(const std::string& folder, const data::ImageOptions& options);

/// Those of a folder of images whose folders are parts, or all of it as training data. `validation` is another such
/// folder, or empty.
data::TrainTestSources open_image_parts(const DataOptions& options, const std::string& validation);

}  // namespace treadle::tool
