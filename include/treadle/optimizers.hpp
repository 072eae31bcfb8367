// Optimizers: how a gradient g changes a parameter p. t counts iterations from 1.
#pragma once

#include <span>
#include <string_view>
#include <variant>

namespace treadle {

/// Stochastic gradient descent as in PyTorch:
///   g += weight_decay * p;  v = momentum * v + g;  p -= learning_rate * (nesterov ? g + momentum * v : v).
/// Without momentum no state is kept and p -= learning_rate * g.
struct Sgd {
  float learning_rate = 0.05f;  ///< > 0
  float momentum = 0.0f;        ///< in [0, 1)
  bool nesterov = false;        ///< needs momentum > 0  (Sutskever et al. 2013, ICML)
  float weight_decay = 0.0f;    ///< L2 penalty, >= 0

  static constexpr std::string_view type = "Sgd";
  friend constexpr bool operator==(const Sgd&, const Sgd&) = default;
};

/// Adam (Kingma and Ba 2015, arXiv:1412.6980, algorithm 1), with PyTorch's placing of epsilon:
///   g += weight_decay * p;  m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2;
///   p -= learning_rate / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon).
/// m and v of less than 2^-126 in size are 0: as subnormal numbers they would make every later update slower.
struct Adam {
  float learning_rate = 1e-3f;  ///< > 0
  float beta1 = 0.9f;           ///< in [0, 1)
  float beta2 = 0.999f;         ///< in [0, 1)
  float epsilon = 1e-8f;        ///< > 0
  float weight_decay = 0.0f;    ///< L2 penalty, >= 0

  static constexpr std::string_view type = "Adam";
  friend constexpr bool operator==(const Adam&, const Adam&) = default;
};

/// Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv:1711.05101, algorithm 2):
///   p -= learning_rate * weight_decay * p, then Adam's update without its L2 penalty.
struct AdamW {
  float learning_rate = 1e-3f;  ///< > 0
  float beta1 = 0.9f;           ///< in [0, 1)
  float beta2 = 0.999f;         ///< in [0, 1)
  float epsilon = 1e-8f;        ///< > 0
  float weight_decay = 1e-2f;   ///< >= 0

  static constexpr std::string_view type = "AdamW";
  friend constexpr bool operator==(const AdamW&, const AdamW&) = default;
};

/// Any optimizer. A new one joins this list.
using Optimizer = std::variant<Sgd, Adam, AdamW>;

/// The initial learning rate of any optimizer.
constexpr float learning_rate(const Optimizer& optimizer) noexcept {
  return std::visit([](const auto& o) { return o.learning_rate; }, optimizer);
}

/// What an optimizer keeps for each parameter, one name for each block of its state: "velocity" with momentum,
/// "first_moment" and "second_moment" for Adam and AdamW.
std::span<const std::string_view> state_names(const Optimizer& optimizer) noexcept;

/// What an optimizer counts: beta1^t and beta2^t after t iterations, multiplied up one by one, because libm's pow
/// differs between machines. 1 for optimizers that have no such numbers.
struct OptimizerProgress {
  double beta1_power = 1.0;
  double beta2_power = 1.0;
  friend constexpr bool operator==(const OptimizerProgress&, const OptimizerProgress&) = default;
};

}  // namespace treadle
