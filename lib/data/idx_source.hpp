// Samples in IDX files that stay where they are.
#pragma once

#include <treadle/result.hpp>

#include <memory>

#include "data/file_source.hpp"
#include "data/idx_folder.hpp"

namespace treadle::data {

/// Samples that are read when they are asked for, with all 256 classes that a byte can name, or one without
/// labels.
Result<std::shared_ptr<FileSource>> open_idx_part(const IdxPart& part, Access access = Access::positioned);

}  // namespace treadle::data
