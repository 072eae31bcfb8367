// A parameter tensor as the outside sees it and as the kernels want it.
#pragma once

#include <treadle/layers.hpp>
#include <treadle/shape.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/checked.hpp"

namespace treadle::layers {

/// How a tensor lies in a step's memory. Outside it is row-major.
enum class Layout : std::uint8_t {
  vector,        ///< [n], padded to whole panels
  panels,        ///< a matrix [n, k] as the B of a matrix product: [ceil(n / panel), k, panel]
  image_panels,  ///< [filters, channels, height, width] likewise, n = filters and k = (height, width, channels)
};

struct ParameterSpec {
  std::string_view name;  ///< "weight", "bias"
  Shape shape;            ///< [n, k] or [n]
  Layout layout = Layout::vector;
  Initializer initializer = Initializer::zeros;
  std::size_t fan_in = 1;
  std::size_t fan_out = 1;
};

// Their places where a layer has both.
inline constexpr std::size_t weight = 0;
inline constexpr std::size_t bias = 1;

/// A layer's parameters, in their order.
struct ParameterSpecs {
  static constexpr std::size_t max = 2;
  std::array<ParameterSpec, max> spec;
  std::size_t count = 0;

  const ParameterSpec* begin() const noexcept { return spec.data(); }
  const ParameterSpec* end() const noexcept { return spec.data() + count; }
};

/// Floats that the tensor takes in a step's memory, up to a whole cache line.
base::CheckedSize stored_elements(const ParameterSpec& spec, std::size_t panel) noexcept;

/// Between the two layouts; `stored` has stored_elements(), `values` the shape's. Padding is written as zero.
void store(const ParameterSpec& spec, std::size_t panel, const float* values, float* stored) noexcept;
void load(const ParameterSpec& spec, std::size_t panel, const float* stored, float* values) noexcept;

/// Draws the tensor's initial values. `part` tells the tensors of a model apart.
void initialize(const ParameterSpec& spec, std::uint64_t seed, std::uint32_t part, std::span<float> values) noexcept;

/// "he_uniform", "glorot_uniform" or "zeros".
std::string_view name(Initializer initializer) noexcept;
Result<Initializer> parse_initializer(std::string_view text) noexcept;

}  // namespace treadle::layers
