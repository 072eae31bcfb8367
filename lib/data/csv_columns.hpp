// What the columns of a CSV file mean, and one line of it as a sample.
#pragma once

#include <treadle/data.hpp>
#include <treadle/result.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "formats/csv.hpp"

namespace treadle::data {

/// Line numbers in errors count from 1. May throw what its containers do.
class CsvColumns {
 public:
  /// `options` must have a separator that check_separator() takes.
  explicit CsvColumns(CsvOptions options) : options_(std::move(options)) {}

  /// Takes in the first line: as many columns as it has, all lines must have. True if it is a header and no sample.
  Result<bool> begin(std::span<const formats::CsvCell> first);

  /// Of one sample, at least 1.
  std::size_t features() const noexcept { return labelled() ? used() - 1 : used(); }
  char separator() const noexcept { return options_.separator; }
  /// The column of labels, by name or index; empty if there is none.
  std::string label() const { return !labelled() ? "" : names_.empty() ? std::to_string(label_) : names_[label_]; }

  /// Puts the features of line `line` into `out`, features() of them, and gives its label, 0 without labels.
  Result<std::int32_t> read(std::span<const formats::CsvCell> cells, std::size_t line, std::span<float> out) const;

 private:
  /// Columns that are not ignored.
  std::size_t used() const noexcept {
    return columns_ - static_cast<std::size_t>(std::count(ignored_.begin(), ignored_.end(), true));
  }
  bool labelled() const noexcept { return !options_.label_column.empty() || used() != options_.unlabelled_columns; }
  Result<bool> is_header(std::span<const formats::CsvCell> first) const;
  Result<std::size_t> find(const std::string& wanted) const;
  Result<void> choose_ignored();
  Result<void> choose_label();
  Result<std::int32_t> to_label(const formats::CsvCell& cell, double number, std::size_t line) const;
  Error no_label(const formats::CsvCell& cell, std::size_t line) const noexcept;
  Error wrong(std::size_t column, std::size_t line, const Message& what) const noexcept;

  CsvOptions options_;
  std::vector<std::string> names_;  // empty when there is no header line
  std::size_t columns_ = 0;
  std::vector<bool> ignored_;  // of each column
  std::size_t label_ = 0;      // columns_ when there are no labels
};

/// Whether a character can be told from numbers and the ends of lines; with another one every file would be ambiguous.
Result<void> check_separator(char separator);

/// An error unless there is a sample in a file of so many lines.
Result<void> check_samples(std::size_t lines, std::size_t samples);

}  // namespace treadle::data
