#include "data/csv_columns.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>

#include "data/csv_dataset.hpp"
#include "formats/text.hpp"

namespace treadle::data {

using formats::CsvCell, formats::shown_text;

namespace {

/// The index that the text is.
std::optional<std::size_t> as_index(const std::string& text) noexcept {
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(index) : std::nullopt;
}

}  // namespace

Result<bool> CsvColumns::begin(std::span<const CsvCell> first) {
  columns_ = first.size();
  ignored_.assign(columns_, false);
  if (columns_ < 2 && labelled()) {
    Message message{"line 1: one column only, expected features and a label separated by "};
    message << shown_text({&options_.separator, 1});
    for (const std::string_view other : {";", "\t", "|"})
      if (columns_ == 1 && first[0].text.find(other) != std::string_view::npos)
        message << ", and the line has " << shown_text(other);
    return Error{ErrorCode::bad_format, message};
  }
  const Result<bool> header = is_header(first);
  if (!header) return header;
  if (*header)
    for (const CsvCell& cell : first) names_.push_back(unescaped(cell));
  if (const Result<void> chosen = choose_ignored(); !chosen) return chosen.error();
  if (const Result<void> chosen = choose_label(); !chosen) return chosen.error();
  return header;
}

/// Columns that are ignored by their index may hold anything in either kind of line.
Result<bool> CsvColumns::is_header(std::span<const CsvCell> first) const {
  if (options_.header != CsvHeader::guess) return options_.header == CsvHeader::yes;
  std::vector<bool> looked_at(first.size(), true);
  for (const std::string& ignored : options_.ignored_columns)
    if (const auto index = as_index(ignored); index && *index < first.size()) looked_at[*index] = false;
  bool header = false;
  std::size_t empty = columns_;
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (!looked_at[i]) continue;
    header |= !formats::is_csv_number(first[i]);
    if (first[i].text.empty()) empty = std::min(empty, i);
  }
  if (empty == columns_) return header;
  return Error{
      ErrorCode::bad_format,
      Message{"line 1, column "}
          << empty + 1
          << ": the cell is empty, and the line may be a header or a sample; say which with the option header"};
}

Result<std::size_t> CsvColumns::find(const std::string& wanted) const {
  const auto found = std::find(names_.begin(), names_.end(), wanted);
  if (found != names_.end()) {
    if (std::find(found + 1, names_.end(), wanted) != names_.end())
      return Error{ErrorCode::bad_format, Message{"line 1: two columns have the name "} << shown_text(wanted)};
    return static_cast<std::size_t>(found - names_.begin());
  }
  if (const auto index = as_index(wanted); index && *index < columns_) return *index;
  Message message{"no column "};
  message << shown_text(wanted) << ": line 1 has columns 0 to " << columns_ - 1;
  if (names_.empty()) return Error{ErrorCode::not_found, message << " and no names"};
  for (std::size_t i = 0; i < names_.size() && i < 8; ++i)
    message << (i == 0 ? ": " : ", ") << shown_text(names_[i], 16);
  return Error{ErrorCode::not_found, message << (names_.size() > 8 ? ", ..." : "")};
}

Result<void> CsvColumns::choose_ignored() {
  for (const std::string& wanted : options_.ignored_columns) {
    const Result<std::size_t> column = find(wanted);
    if (!column) return column.error();
    ignored_[*column] = true;
  }
  if (used() >= (labelled() ? 2u : 1u)) return {};
  return Error{ErrorCode::invalid_argument, Message{"line 1: of "} << columns_ << " columns none is left for features"};
}

Result<void> CsvColumns::choose_label() {
  label_ = columns_;
  if (!labelled()) return {};
  if (options_.label_column.empty()) {
    while (ignored_[--label_]) {
    }
    return {};
  }
  const Result<std::size_t> column = find(options_.label_column);
  if (!column) return column.error();
  label_ = *column;
  if (!ignored_[label_]) return {};
  return Error{ErrorCode::invalid_argument,
               Message{"column "} << shown_text(options_.label_column) << " has the labels and cannot be ignored"};
}

Result<std::int32_t> CsvColumns::read(std::span<const CsvCell> cells, std::size_t line, std::span<float> out) const {
  if (cells.size() != columns_)
    return Error{ErrorCode::bad_format, Message{"line "} << line << ": expected " << columns_
                                                         << " columns as in line 1, got " << cells.size()};
  std::int32_t label = 0;
  for (std::size_t i = 0, feature = 0; i < columns_; ++i) {
    if (ignored_[i]) continue;
    const Result<double> number = formats::parse_csv_number(cells[i]);
    if (!number && i == label_ && !cells[i].text.empty()) return no_label(cells[i], line);
    if (!number) return wrong(i, line, number.error().message);
    if (i == label_) {
      const Result<std::int32_t> read = to_label(cells[i], *number, line);
      if (!read) return read;
      label = *read;
      continue;
    }
    out[feature] = static_cast<float>(*number);
    if (!std::isfinite(out[feature++]))
      return wrong(i, line, Message{"expected a number in float32's range, got "} << shown_text(cells[i].text));
  }
  return label;
}

Result<std::int32_t> CsvColumns::to_label(const CsvCell& cell, double number, std::size_t line) const {
  if (number >= 0 && number < static_cast<double>(max_classes) && number == std::floor(number))
    return static_cast<std::int32_t>(number);
  return no_label(cell, line);
}

Error CsvColumns::no_label(const CsvCell& cell, std::size_t line) const noexcept {
  return wrong(
      label_, line,
      Message{"expected a label, a whole number in 0 ... "} << max_classes - 1 << ", got " << shown_text(cell.text));
}

Error CsvColumns::wrong(std::size_t column, std::size_t line, const Message& what) const noexcept {
  Message message{"line "};
  message << line << ", column " << column + 1;
  if (!names_.empty()) message << " (" << shown_text(names_[column], 24) << ')';
  return {ErrorCode::bad_format, message << ": " << what};
}

Result<void> check_separator(char separator) {
  constexpr std::string_view reserved = "\"\r\n+-.0123456789";
  const bool letter = (separator >= 'a' && separator <= 'z') || (separator >= 'A' && separator <= 'Z');
  if (!letter && separator != '\0' && reserved.find(separator) == std::string_view::npos) return {};
  return Error{ErrorCode::invalid_argument,
               Message{shown_text({&separator, 1})} << " cannot separate cells: it occurs in numbers or lines"};
}

Result<void> check_samples(std::size_t lines, std::size_t samples) {
  if (samples > 0) return {};
  return Error{ErrorCode::bad_format, lines == 0 ? "the file has no lines" : "no samples after the header line"};
}

}  // namespace treadle::data
