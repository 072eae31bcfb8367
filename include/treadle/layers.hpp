// Layer descriptions: plain values that say what a layer is. Its parameters and buffers belong to the plan.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

namespace treadle {

/// How the weight of a layer is drawn before training. Numbers come from Philox, keyed by seed, layer and index, so
/// they are the same on every machine. Biases start at zero.
enum class Initializer : std::uint8_t {
  he_uniform,      ///< U(-l, l), l = sqrt(6 / fan_in)              (He et al. 2015, arXiv:1502.01852)
  glorot_uniform,  ///< U(-l, l), l = sqrt(6 / (fan_in + fan_out))  (Glorot and Bengio 2010, AISTATS)
  zeros,           ///< all zero
};

/// Views a sample of any shape as a vector: [a, b, ...] -> [a * b * ...]. Costs nothing at run time.
struct Flatten {
  static constexpr std::string_view type = "Flatten";
  friend constexpr bool operator==(const Flatten&, const Flatten&) = default;
};

/// Fully connected: y = x W^T + b. Input [in], output [units]; weight [units, in], bias [units] as in PyTorch's Linear.
struct Dense {
  std::size_t units = 0;  ///< number of outputs, at least 1
  bool bias = true;
  Initializer initializer = Initializer::he_uniform;

  static constexpr std::string_view type = "Dense";
  friend constexpr bool operator==(const Dense&, const Dense&) = default;
};

/// y = max(x, 0) for each element, any shape. NaN stays NaN; the gradient at 0 is 0.
struct Relu {
  static constexpr std::string_view type = "Relu";
  friend constexpr bool operator==(const Relu&, const Relu&) = default;
};

/// Any layer. A new one joins this list.
using Layer = std::variant<Flatten, Dense, Relu>;

/// The layer's type as it is written in messages and files, for example "Dense".
constexpr std::string_view type_name(const Layer& layer) noexcept {
  return std::visit([](const auto& l) { return l.type; }, layer);
}

}  // namespace treadle
