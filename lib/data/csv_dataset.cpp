#include "data/csv_dataset.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <exception>

#include "formats/csv.hpp"
#include "formats/file.hpp"
#include "formats/text.hpp"

namespace treadle::data {
namespace {

using formats::CsvCell, formats::shown_text;

/// Turns the lines of one text into samples.
class CsvParser {
 public:
  CsvParser(std::string_view text, const CsvOptions& options) noexcept
      : reader_(text, options.separator), options_(options) {}

  Result<Dataset> parse() {
    if (const Result<void> begun = begin(); !begun) return begun.error();
    for (;;) {
      const Result<bool> more = reader_.next(cells_);
      if (!more) return more.error();
      if (!*more) break;
      if (const Result<void> added = add_sample(); !added) return added.error();
    }
    if (labels_.empty()) return Error{ErrorCode::bad_format, "no samples after the header line"};
    const auto classes = static_cast<std::size_t>(*std::max_element(labels_.begin(), labels_.end())) + 1;
    return Dataset::make({labelled() ? columns_ - 1 : columns_}, std::move(features_), std::move(labels_), classes);
  }

 private:
  /// The first line: as many columns as it has, all lines must have.
  Result<void> begin() {
    const Result<bool> any = reader_.next(cells_);
    if (!any) return any.error();
    if (!*any) return Error{ErrorCode::bad_format, "the file has no lines"};
    columns_ = cells_.size();
    if (columns_ < 2 && labelled())
      return Error{ErrorCode::bad_format,
                   Message{"line 1: one column only, expected features and a label separated by "}
                       << shown_text({&options_.separator, 1})};
    if (!std::all_of(cells_.begin(), cells_.end(), formats::is_csv_number))
      for (const CsvCell& cell : cells_) names_.push_back(unescaped(cell));
    if (const Result<void> chosen = choose_label(); !chosen) return chosen;
    return names_.empty() ? add_sample() : Result<void>{};
  }

  bool labelled() const noexcept { return !options_.label_column.empty() || columns_ != options_.unlabelled_columns; }

  Result<void> choose_label() {
    const std::string& wanted = options_.label_column;
    label_ = labelled() ? columns_ - 1 : columns_;
    if (wanted.empty()) return {};
    const auto found = std::find(names_.begin(), names_.end(), wanted);
    if (found != names_.end()) {
      if (std::find(found + 1, names_.end(), wanted) != names_.end())
        return Error{ErrorCode::bad_format, Message{"line 1: two columns have the name "} << shown_text(wanted)};
      label_ = static_cast<std::size_t>(found - names_.begin());
      return {};
    }
    const auto [end, error] = std::from_chars(wanted.data(), wanted.data() + wanted.size(), label_);
    if (error == std::errc{} && end == wanted.data() + wanted.size() && label_ < columns_) return {};
    Message message{"no column "};
    message << shown_text(wanted) << ": line 1 has columns 0 to " << columns_ - 1;
    if (names_.empty()) return Error{ErrorCode::not_found, message << " and no names"};
    for (std::size_t i = 0; i < names_.size() && i < 8; ++i)
      message << (i == 0 ? ": " : ", ") << shown_text(names_[i], 16);
    return Error{ErrorCode::not_found, message << (names_.size() > 8 ? ", ..." : "")};
  }

  Result<void> add_sample() {
    if (cells_.size() != columns_)
      return Error{ErrorCode::bad_format, Message{"line "} << reader_.line() << ": expected " << columns_
                                                           << " columns as in line 1, got " << cells_.size()};
    for (std::size_t i = 0; i < columns_; ++i) {
      const Result<double> number = formats::parse_csv_number(cells_[i]);
      if (!number) return wrong(i, number.error().message);
      if (const Result<void> added = i == label_ ? add_label(*number) : add_feature(i, *number); !added) return added;
    }
    if (!labelled()) labels_.push_back(0);
    return {};
  }

  Result<void> add_label(double number) {
    if (!(number >= 0 && number < static_cast<double>(max_classes)) || number != std::floor(number))
      return wrong(label_, Message{"expected a label, a whole number in 0 ... "} << max_classes - 1 << ", got "
                                                                                 << shown_text(cells_[label_].text));
    labels_.push_back(static_cast<std::int32_t>(number));
    return {};
  }

  Result<void> add_feature(std::size_t column, double number) {
    const auto feature = static_cast<float>(number);
    if (!std::isfinite(feature))
      return wrong(column, Message{"expected a number in float32's range, got "} << shown_text(cells_[column].text));
    features_.push_back(feature);
    return {};
  }

  Error wrong(std::size_t column, const Message& what) const noexcept {
    Message message{"line "};
    message << reader_.line() << ", column " << column + 1;
    if (!names_.empty()) message << " (" << shown_text(names_[column], 24) << ')';
    return {ErrorCode::bad_format, message << ": " << what};
  }

  formats::CsvReader reader_;
  const CsvOptions& options_;
  std::vector<CsvCell> cells_;
  std::vector<std::string> names_;  // empty when there is no header line
  std::size_t columns_ = 0;
  std::size_t label_ = 0;  // columns_ when there are no labels
  std::vector<float> features_;
  std::vector<std::int32_t> labels_;
};

/// A separator that may occur inside a number or ends lines would make every file ambiguous.
bool may_separate(char separator) noexcept {
  constexpr std::string_view reserved = "\"\r\n+-.0123456789";
  const bool letter = (separator >= 'a' && separator <= 'z') || (separator >= 'A' && separator <= 'Z');
  return !letter && separator != '\0' && reserved.find(separator) == std::string_view::npos;
}

}  // namespace

Result<Dataset> parse_csv(std::string_view text, const CsvOptions& options) {
  if (!may_separate(options.separator))
    return Error{ErrorCode::invalid_argument, Message{shown_text({&options.separator, 1})}
                                                  << " cannot separate cells: it occurs in numbers or lines"};
  try {
    return CsvParser{text, options}.parse();
  } catch (const std::exception&) {
    return Error{ErrorCode::out_of_memory, "not enough memory for the samples"};
  }
}

Result<Dataset> load_csv(const std::string& path, const CsvOptions& options) {
  const Result<std::vector<std::uint8_t>> file = formats::read_file(path);
  if (!file) return file.error();
  const Result<Dataset> dataset = parse_csv({reinterpret_cast<const char*>(file->data()), file->size()}, options);
  if (!dataset) return formats::in_file(path, dataset.error());
  return dataset;
}

}  // namespace treadle::data
