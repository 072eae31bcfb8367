#include <cmath>

#include "data/csv_dataset.hpp"
#include "fuzz.hpp"

// The first byte is the separator, the first line the label column, the rest the file.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace treadle;
  std::string_view text{reinterpret_cast<const char*>(data), size};
  data::CsvOptions options;
  if (!text.empty()) {
    options.separator = text[0];
    const std::size_t end = text.find('\n');
    options.label_column = text.substr(1, end == std::string_view::npos ? end : end - 1);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  const auto dataset = data::parse_csv(text, options);
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
