// A data set from the text of a CSV file.
#pragma once

#include <treadle/data.hpp>
#include <treadle/result.hpp>

#include <string_view>

namespace treadle::data {

/// More classes than any classifier has; a larger label is a mistake in the file or in the choice of the column.
inline constexpr std::size_t max_classes = 1'000'000;

/// What load_csv() makes of the file's text. Errors name line and column.
Result<Dataset> parse_csv(std::string_view text, const CsvOptions& options);

}  // namespace treadle::data
