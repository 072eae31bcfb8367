#include "layers/parameter.hpp"

#include <algorithm>

#include "base/arena.hpp"
#include "base/philox.hpp"

namespace treadle::layers {
namespace {

constexpr Initializer initializers[] = {Initializer::he_uniform, Initializer::glorot_uniform, Initializer::zeros};

/// The k of the spec's matrix [n, k].
base::CheckedSize depth(const ParameterSpec& spec) noexcept {
  if (spec.layout == Layout::vector) return 1;
  base::CheckedSize k{spec.shape[1]};
  for (std::size_t axis = 2; axis < spec.shape.rank(); ++axis) k *= spec.shape[axis];
  return k;
}

/// Calls visit(place among the values, place in storage) for every element.
template <class Visit>
void for_each_element(const ParameterSpec& spec, std::size_t panel, Visit&& visit) noexcept {
  const std::size_t n = spec.shape[0], k = depth(spec).saturated();
  const std::size_t channels = spec.layout == Layout::image_panels ? spec.shape[1] : k;
  const std::size_t pixels = k / channels;
  for (std::size_t row = 0; row < n; ++row)
    for (std::size_t column = 0; column < k; ++column) {
      const std::size_t stored_column = column % pixels * channels + column / pixels;
      visit(row * k + column, (row / panel * k + stored_column) * panel + row % panel);
    }
}

}  // namespace

base::CheckedSize stored_elements(const ParameterSpec& spec, std::size_t panel) noexcept {
  return (base::CheckedSize{spec.shape[0]}.rounded_up(panel) * depth(spec)).rounded_up(base::alignment / sizeof(float));
}

void store(const ParameterSpec& spec, std::size_t panel, const float* values, float* stored) noexcept {
  const base::CheckedSize size = stored_elements(spec, panel);
  if (!size.valid()) return;
  std::fill_n(stored, size.saturated(), 0.0f);
  for_each_element(spec, panel, [&](std::size_t value, std::size_t place) { stored[place] = values[value]; });
}

void load(const ParameterSpec& spec, std::size_t panel, const float* stored, float* values) noexcept {
  for_each_element(spec, panel, [&](std::size_t value, std::size_t place) { values[value] = stored[place]; });
}

void initialize(const ParameterSpec& spec, std::uint64_t seed, std::uint32_t part, std::span<float> values) noexcept {
  const base::RandomStream random(seed, base::Purpose::initial_parameters, part);
  float limit = 0.0f;
  switch (spec.initializer) {
    case Initializer::he_uniform:
      limit = __builtin_sqrtf(6.0f / static_cast<float>(spec.fan_in));
      break;
    case Initializer::glorot_uniform:
      limit = __builtin_sqrtf(6.0f / (static_cast<float>(spec.fan_in) + static_cast<float>(spec.fan_out)));
      break;
    case Initializer::zeros:
      for (float& value : values) value = 0.0f;
      return;
  }
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = (2.0f * random.uniform(i) - 1.0f) * limit;
}

std::string_view name(Initializer initializer) noexcept {
  switch (initializer) {
    case Initializer::he_uniform:
      return "he_uniform";
    case Initializer::glorot_uniform:
      return "glorot_uniform";
    case Initializer::zeros:
      return "zeros";
  }
  return "unknown";
}

Result<Initializer> parse_initializer(std::string_view text) noexcept {
  Message known;
  for (Initializer initializer : initializers) {
    if (name(initializer) == text) return initializer;
    known << (known.text().empty() ? "" : ", ") << name(initializer);
  }
  return Error{ErrorCode::invalid_argument,
               Message{"unknown initializer '"} << text << "'; expected one of: " << known.text()};
}

}  // namespace treadle::layers
