#include <treadle/normalization.hpp>

#include <cassert>
#include <cstddef>

namespace treadle {

void normalize(const NormalizationView& normalization, std::span<float> samples) noexcept {
  const std::size_t places = normalization.shift.size();
  if (places == 0) return;
  assert(normalization.scale.size() == places && samples.size() % places == 0);
  for (std::size_t first = 0; first < samples.size(); first += places)
    for (std::size_t i = 0; i < places; ++i)
      samples[first + i] = (samples[first + i] - normalization.shift[i]) * normalization.scale[i];
}

}  // namespace treadle
