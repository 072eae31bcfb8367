// Every layer once more, in double and in the plainest way: what the fast ones are held against.
#pragma once

#include <treadle/layers.hpp>

#include <cstddef>
#include <variant>
#include <vector>

namespace treadle::test {

using Values = std::vector<double>;

/// One sample x through a layer with its parameters, weight [units, in] before bias [units].
inline Values apply(const Flatten&, const Values& x, const double*) { return x; }

inline Values apply(const Relu&, const Values& x, const double*) {
  Values y = x;
  for (double& value : y) value = value > 0 ? value : 0;
  return y;
}

inline Values apply(const Dense& layer, const Values& x, const double* parameters) {
  Values y(layer.units);
  for (std::size_t unit = 0; unit < layer.units; ++unit) {
    y[unit] = layer.bias ? parameters[layer.units * x.size() + unit] : 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) y[unit] += parameters[unit * x.size() + i] * x[i];
  }
  return y;
}

inline Values apply(const Layer& layer, const Values& x, const double* parameters) {
  return std::visit([&](const auto& l) { return apply(l, x, parameters); }, layer);
}

}  // namespace treadle::test
