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

/// What lies around the image that a convolution reads.
enum class Padding : std::uint8_t {
  valid,  ///< nothing: output extent = (input - kernel) / stride + 1, rounded down
  same,   ///< zeros, so that output extent = input / stride, rounded up; where their number is odd, one more below and
          ///< right
};

/// Two-dimensional convolution (cross-correlation) over images. Input [height, width, channels], output [height',
/// width', filters]; weight [filters, channels, kernel, kernel], bias [filters] as in PyTorch's Conv2d.
struct Conv2d {
  std::size_t filters = 0;  ///< number of output channels, at least 1
  std::size_t kernel = 3;   ///< height and width of the window, at least 1
  std::size_t stride = 1;   ///< from one window to the next, down and right, at least 1
  Padding padding = Padding::valid;
  bool bias = true;
  Initializer initializer = Initializer::he_uniform;  ///< fan_in = kernel * kernel * channels

  static constexpr std::string_view type = "Conv2d";
  friend constexpr bool operator==(const Conv2d&, const Conv2d&) = default;
};

/// The largest value of each window, channel by channel. Input [height, width, channels], output [height', width',
/// channels], extent' = (extent - window) / stride + 1, rounded down. A NaN in a window gives NaN. The gradient goes to
/// the first largest value of the window, row by row.
struct MaxPool2d {
  std::size_t window = 2;  ///< height and width, at least 1
  std::size_t stride = 0;  ///< from one window to the next; 0: as the window

  static constexpr std::string_view type = "MaxPool2d";
  friend constexpr bool operator==(const MaxPool2d&, const MaxPool2d&) = default;
};

/// y = max(x, 0) for each element, any shape. NaN stays NaN; the gradient at 0 is 0.
struct Relu {
  static constexpr std::string_view type = "Relu";
  friend constexpr bool operator==(const Relu&, const Relu&) = default;
};

/// y = x > 0 ? x : slope x for each element, any shape. NaN stays NaN; the gradient at 0 is slope.
struct LeakyRelu {
  float slope = 0.01f;  ///< above 0 and finite; others are refused: with them the gradient could not be told from y

  static constexpr std::string_view type = "LeakyRelu";
  friend constexpr bool operator==(const LeakyRelu&, const LeakyRelu&) = default;
};

/// y = 1 / (1 + exp(-x)) for each element, any shape.
struct Sigmoid {
  static constexpr std::string_view type = "Sigmoid";
  friend constexpr bool operator==(const Sigmoid&, const Sigmoid&) = default;
};

/// y = tanh(x) for each element, any shape.
struct Tanh {
  static constexpr std::string_view type = "Tanh";
  friend constexpr bool operator==(const Tanh&, const Tanh&) = default;
};

/// y = x Phi(x) for each element, any shape; Phi is the standard normal distribution (Hendrycks and Gimpel 2016,
/// arXiv:1606.08415). The exact form, as torch.nn.GELU(approximate='none'), also in the lower tail; what was trained
/// with the approximation by tanh differs from it by less than 5e-4 in each value.
struct Gelu {
  static constexpr std::string_view type = "Gelu";
  friend constexpr bool operator==(const Gelu&, const Gelu&) = default;
};

/// y = x / (1 + exp(-x)) for each element, any shape: also called swish.
struct Silu {
  static constexpr std::string_view type = "Silu";
  friend constexpr bool operator==(const Silu&, const Silu&) = default;
};

/// y = exp(x) / sum of exp(x) over the last axis, [..., n] with n up to 2^24; sums to 1. Values with a NaN or +inf
/// among them, or all -inf, give NaN. Not to be put before SoftmaxCrossEntropy, which takes logits.
struct Softmax {
  static constexpr std::string_view type = "Softmax";
  friend constexpr bool operator==(const Softmax&, const Softmax&) = default;
};

/// Any layer. A new one joins this list.
using Layer = std::variant<Flatten, Dense, Relu, LeakyRelu, Sigmoid, Tanh, Gelu, Silu, Softmax, Conv2d, MaxPool2d>;

/// The layer's type as it is written in messages and files, for example "Dense".
constexpr std::string_view type_name(const Layer& layer) noexcept {
  return std::visit([](const auto& l) { return l.type; }, layer);
}

}  // namespace treadle
