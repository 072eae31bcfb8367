#include "data/raw_description.hpp"
#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace treadle;
  const auto raw = data::parse_raw_description({reinterpret_cast<const char*>(data), size});
  if (!raw) {
    fuzz::require_one_line(raw.error());
    return 0;
  }
  const auto sample = raw->info.sample_bytes();
  fuzz::require(sample.has_value() && *sample > 0, "a sample has bytes");
  fuzz::require(raw->info.size > 0 && raw->feature_bytes / raw->info.size == *sample, "the file has every sample");
  fuzz::require(raw->label_bytes / raw->info.size == bytes_of(raw->label_type), "the file has every label");
  fuzz::require(raw->info.classes > 0, "there are classes");
  fuzz::require(!raw->features.empty() && !raw->labels.empty(), "files have names");
  return 0;
}
