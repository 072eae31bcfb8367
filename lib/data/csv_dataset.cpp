#include "data/csv_dataset.hpp"

#include <algorithm>

#include "base/out_of_memory.hpp"
#include "data/csv_columns.hpp"
#include "formats/file.hpp"
#include "formats/gzip.hpp"
#include "formats/text.hpp"

namespace treadle::data {
namespace {

Result<Dataset> parse(std::string_view text, const CsvOptions& options) {
  formats::CsvReader reader(text, options.separator);
  CsvColumns columns(options);
  std::vector<formats::CsvCell> cells;
  std::vector<float> features;
  std::vector<std::int32_t> labels;
  for (;;) {
    const Result<bool> more = reader.next(cells);
    if (!more) return more.error();
    if (!*more) break;
    if (reader.line() == 1) {
      const Result<bool> header = columns.begin(cells);
      if (!header) return header.error();
      if (*header) continue;
    }
    features.resize(features.size() + columns.features());
    const Result<std::int32_t> label = columns.read(cells, reader.line(), std::span(features).last(columns.features()));
    if (!label) return label.error();
    labels.push_back(*label);
  }
  if (const Result<void> any = check_samples(reader.line(), labels.size()); !any) return any.error();
  const auto classes = static_cast<std::size_t>(*std::max_element(labels.begin(), labels.end())) + 1;
  return Dataset::make({columns.features()}, std::move(features), std::move(labels), classes);
}

}  // namespace

Result<Dataset> parse_csv(std::string_view text, const CsvOptions& options) {
  if (const Result<void> checked = check_separator(options.separator); !checked) return checked.error();
  return base::or_out_of_memory("CSV", [&] { return parse(text, options); });
}

Result<Dataset> load_csv(const std::string& path, const CsvOptions& options) {
  Result<std::vector<std::uint8_t>> file = formats::read_file(path);
  if (!file) return file.error();
  if (formats::is_gzip(*file)) {
    file = formats::gunzip(*file, formats::max_file_size);
    if (!file) return formats::in_file(path, file.error());
  }
  const Result<Dataset> dataset = parse_csv({reinterpret_cast<const char*>(file->data()), file->size()}, options);
  if (!dataset) return formats::in_file(path, dataset.error());
  return dataset;
}

}  // namespace treadle::data
