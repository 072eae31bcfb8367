// A folder of IDX files: which files there are and what has to agree, for those who load them and those who leave them.
#pragma once

#include <treadle/result.hpp>
#include <treadle/shape.hpp>

#include <cstddef>
#include <string>

namespace treadle::data {

/// not_found, or what else keeps the folder from being read.
Result<void> check_idx_folder(const std::string& folder);

/// The first of `name` and `name`.gz that exists.
Result<std::string> find_idx_file(const std::string& folder, const std::string& name);

/// Whether the array in `path` has `rank` extents: 3 for images, 1 for labels.
Result<void> check_idx_rank(const std::string& path, const Shape& array, std::size_t rank);
/// Whether the labels in `path` are those of `images`.
Result<void> check_idx_labels(const std::string& path, const Shape& labels, const Shape& images);
/// Whether both parts have samples of one shape.
Result<void> check_idx_parts(const std::string& folder, const Shape& train, const Shape& test);

}  // namespace treadle::data
