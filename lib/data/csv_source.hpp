// Samples in a CSV file that stays where it is.
#pragma once

#include <treadle/source.hpp>

#include <cstddef>
#include <memory>
#include <string>

namespace treadle::data {

/// What open_csv() gives; the file is gone through in pieces of `piece` bytes, or of a line if that is longer.
Result<std::shared_ptr<const Source>> open_csv_in_pieces(const std::string& path, const CsvOptions& options,
                                                         std::size_t classes, std::size_t piece);

}  // namespace treadle::data
