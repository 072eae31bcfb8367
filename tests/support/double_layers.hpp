// Every layer once more, in double and in the plainest way: what the fast ones are held against.
#pragma once

#include <treadle/layers.hpp>
#include <treadle/shape.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <variant>
#include <vector>

namespace treadle::test {

using Values = std::vector<double>;

/// One sample x of shape `in` through a layer with its parameters, weight before bias, each as in PyTorch.
inline Values apply(const Flatten&, const Shape&, const Values& x, const double*) { return x; }

template <class Function>
Values map(Values x, Function f) {
  std::transform(x.begin(), x.end(), x.begin(), f);
  return x;
}

inline Values apply(const Relu&, const Shape&, const Values& x, const double*) {
  return map(x, [](double value) { return value > 0 ? value : 0; });
}

inline Values apply(const LeakyRelu& layer, const Shape&, const Values& x, const double*) {
  return map(x, [&](double value) { return value > 0 ? value : static_cast<double>(layer.slope) * value; });
}

inline Values apply(const Sigmoid&, const Shape&, const Values& x, const double*) {
  return map(x, [](double value) { return 1 / (1 + std::exp(-value)); });
}

inline Values apply(const Tanh&, const Shape&, const Values& x, const double*) {
  return map(x, [](double value) { return std::tanh(value); });
}

inline Values apply(const Gelu&, const Shape&, const Values& x, const double*) {
  return map(x, [](double value) { return 0.5 * value * std::erfc(-value / std::sqrt(2.0)); });
}

inline Values apply(const Silu&, const Shape&, const Values& x, const double*) {
  return map(x, [](double value) { return value / (1 + std::exp(-value)); });
}

inline Values apply(const Softmax&, const Shape& in, const Values& x, const double*) {
  Values y = map(x, [](double value) { return std::exp(value); });
  const std::size_t columns = in[in.rank() - 1];
  for (std::size_t first = 0; first < y.size(); first += columns) {
    double sum = 0;
    for (std::size_t i = first; i < first + columns; ++i) sum += y[i];
    for (std::size_t i = first; i < first + columns; ++i) y[i] /= sum;
  }
  return y;
}

inline Values apply(const Dense& layer, const Shape&, const Values& x, const double* parameters) {
  Values y(layer.units);
  for (std::size_t unit = 0; unit < layer.units; ++unit) {
    y[unit] = layer.bias ? parameters[layer.units * x.size() + unit] : 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) y[unit] += parameters[unit * x.size() + i] * x[i];
  }
  return y;
}

inline Values apply(const Layer& layer, const Shape& in, const Values& x, const double* parameters) {
  return std::visit([&](const auto& l) { return apply(l, in, x, parameters); }, layer);
}

}  // namespace treadle::test
