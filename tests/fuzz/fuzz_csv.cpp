#include <cmath>

#include "data/csv_dataset.hpp"
#include "data/csv_source.hpp"
#include "file_in_memory.hpp"
#include "source_in_file.hpp"

namespace {

using namespace treadle;

/// What stays in its file has the same samples, whatever pieces the file is read in, or is refused for the same kind of
/// reason.
void check_source(std::string_view text, const data::CsvOptions& options, const Result<data::Dataset>& expected) {
  const fuzz::FileInMemory file(text.data(), text.size());
  if (text.starts_with("\x1F\x8B")) {  // compressed, as the file is taken
    const auto loaded = data::load_csv(file.path(), options);
    if (!loaded) fuzz::require_one_line(loaded.error());
    fuzz::require(!loaded || data::read_csv_head(file.path(), options), "the first line is enough");
    return fuzz::require(!data::open_csv(file.path(), options), "a compressed file has to be unpacked");
  }
  const auto source = data::open_csv_in_pieces(file.path(), options, 0, 1 + text.size() % 61);
  fuzz::require(source.has_value() == expected.has_value(), "a file is taken as its text is");
  fuzz::require_same(source, expected);
  const auto head = data::read_csv_head(file.path(), options);
  if (!head) fuzz::require_one_line(head.error());
  if (expected) fuzz::require(head && Shape{head->features} == expected->sample_shape(), "the first line is enough");
}

void read_columns(std::string_view line, data::CsvOptions& options) {
  std::size_t end = line.find('\1');
  options.label_column = line.substr(0, end);
  while (end != std::string_view::npos) {
    line.remove_prefix(end + 1);
    end = line.find('\1');
    std::string column(line.substr(0, end));
    if (column.starts_with('y') || column.starts_with('n')) {
      options.header = column[0] == 'y' ? data::CsvHeader::yes : data::CsvHeader::no;
      column.erase(0, 1);
    }
    options.ignored_columns.push_back(std::move(column));
  }
}

}  // namespace

// The first byte is the separator, the first line the label column and behind \1 each a column to ignore, before an
// ignored one y or n if the header is not guessed; the rest is the file.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  data::CsvOptions options;
  if (!text.empty()) {
    options.separator = text[0];
    const std::size_t end = text.find('\n');
    read_columns(text.substr(1, end == std::string_view::npos ? end : end - 1), options);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  const auto dataset = data::parse_csv(text, options);
  check_source(text, options, dataset);
  if (!dataset) {
    fuzz::require_one_line(dataset.error());
    return 0;
  }
  fuzz::require(dataset->size() > 0 && dataset->size() == dataset->labels().size(), "every sample has a label");
  fuzz::require(dataset->floats().size() == dataset->size() * dataset->sample_elements(), "every sample is whole");
  for (float value : dataset->floats()) fuzz::require(std::isfinite(value), "features are finite");
  for (std::int32_t label : dataset->labels())
    fuzz::require(label >= 0 && static_cast<std::size_t>(label) < dataset->classes(), "labels are in range");
  return 0;
}
