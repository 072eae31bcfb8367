// A folder of IDX files: which files there are and what has to agree, for those who load them and those who leave them.
#pragma once

#include <treadle/data.hpp>
#include <treadle/result.hpp>
#include <treadle/shape.hpp>

#include <cstddef>
#include <string>

namespace treadle::data {

/// not_found, or what else keeps the folder from being read.
Result<void> check_idx_folder(const std::string& folder);

/// The files of one part of the samples.
struct IdxPart {
  std::string images;
  std::string labels;  ///< empty: each is 0
};

/// Of "train" or "t10k"; each file with or without ".gz", whichever exists.
Result<IdxPart> find_idx_part(const std::string& folder, const std::string& part, Labels labels);

/// Whether any of that part's files is there.
bool has_idx_part(const std::string& folder, const std::string& part);

/// Its samples in memory, with as many classes as the largest label asks for.
Result<Dataset> load_idx_part(const IdxPart& part);

/// Whether there is no training part to read, which those may do without who ignore labels and have a test part.
bool lacks_idx_training(const std::string& folder, Labels labels);

/// Whether the array in `path` has `rank` extents: 3 for images, 1 for labels.
Result<void> check_idx_rank(const std::string& path, const Shape& array, std::size_t rank);
/// Whether the labels in `path` are those of `images`.
Result<void> check_idx_labels(const std::string& path, const Shape& labels, const Shape& images);
/// Whether both parts have samples of one shape.
Result<void> check_idx_parts(const std::string& folder, const Shape& train, const Shape& test);

}  // namespace treadle::data
