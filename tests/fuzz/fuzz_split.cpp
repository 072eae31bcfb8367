#include <treadle/split.hpp>

#include <algorithm>

#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace treadle;
  constexpr std::size_t samples = 1000;
  const auto parts = data::parse_split({reinterpret_cast<const char*>(data), size}, samples);
  if (!parts) {
    fuzz::require_one_line(parts.error());
    return 0;
  }
  std::vector<std::uint32_t> all = parts->train;
  all.insert(all.end(), parts->validation.begin(), parts->validation.end());
  std::sort(all.begin(), all.end());
  fuzz::require(all.size() == samples, "every sample is in a part");
  for (std::uint32_t i = 0; i < samples; ++i) fuzz::require(all[i] == i, "no sample is in both parts");
  fuzz::require(!parts->train.empty() && !parts->validation.empty(), "no part is empty");
  return 0;
}
