#include <treadle/split.hpp>

#include <algorithm>

#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace treadle;
  constexpr std::size_t samples = 1000;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  for (const std::size_t lines : {1, 3}) {
    const auto groups = data::parse_groups(text, lines);
    if (!groups) fuzz::require_one_line(groups.error());
    const auto weights = data::parse_weights(text, lines);
    if (!weights) fuzz::require_one_line(weights.error());
    if (weights)
      for (const float weight : *weights) fuzz::require(weight >= 0, "a weight is at least 0");
  }
  const auto parts = data::parse_split(text, samples);
  const auto indices = data::parse_indices(text, samples);
  if (!indices) fuzz::require_one_line(indices.error());
  if (!parts) {
    fuzz::require_one_line(parts.error());
    return 0;
  }
  std::vector<std::uint32_t> all = parts->train.indices();
  const std::vector<std::uint32_t> validation = parts->validation.indices();
  all.insert(all.end(), validation.begin(), validation.end());
  fuzz::require(indices && indices->indices() == validation, "the same indices without a split");
  std::sort(all.begin(), all.end());
  fuzz::require(all.size() == samples, "every sample is in a part");
  for (std::uint32_t i = 0; i < samples; ++i) fuzz::require(all[i] == i, "no sample is in both parts");
  fuzz::require(!parts->train.empty() && !parts->validation.empty(), "no part is empty");
  return 0;
}
