// Files beside the data that say something of each sample, and what --limit leaves of them.
#pragma once

#include <treadle/split.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "data_options.hpp"

namespace treadle::tool {

/// Of training samples: how many are taken, and how many there are without --limit. Files below may be of either.
struct SampleCounts {
  std::size_t taken = 0, all = 0;
};

/// A number or a name a line.
std::vector<float> read_weights(const std::string& path, const SampleCounts& counts);
std::vector<std::int32_t> read_groups(const std::string& path, const SampleCounts& counts);

/// The samples for validation by their indices, of which those that are not taken are left out.
data::Split read_split(const std::string& path, const SampleCounts& counts);

/// Warns when --limit takes no sample of some class.
void warn_of_missing_classes(const data::Samples& train, const SampleCounts& counts);

}  // namespace treadle::tool
