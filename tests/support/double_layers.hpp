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

/// Output extent and zeros before the input along one axis.
struct SlidExtent {
  std::size_t output, before;
};
inline SlidExtent slide(std::size_t input, std::size_t window, std::size_t stride, bool same) {
  if (!same) return {(input - window) / stride + 1, 0};
  std::size_t output = 0;
  while (output * stride < input) ++output;
  const std::size_t needed = (output - 1) * stride + window;
  return {output, needed > input ? (needed - input) / 2 : 0};
}

inline Values apply(const Conv2d& layer, const Shape& in, const Values& x, const double* parameters) {
  const bool same = layer.padding == Padding::same;
  const auto [height, top] = slide(in[0], layer.kernel, layer.stride, same);
  const auto [width, left] = slide(in[1], layer.kernel, layer.stride, same);
  const std::size_t window = layer.kernel * layer.kernel, filters = layer.filters, channels = in[2];
  Values y;
  for (std::size_t i = 0; i < height; ++i)
    for (std::size_t j = 0; j < width; ++j)
      for (std::size_t filter = 0; filter < filters; ++filter) {
        double sum = layer.bias ? parameters[filters * channels * window + filter] : 0.0;
        for (std::size_t c = 0; c < channels; ++c)
          for (std::size_t n = 0; n < window; ++n) {
            const std::size_t row = i * layer.stride + n / layer.kernel - top;
            const std::size_t column = j * layer.stride + n % layer.kernel - left;
            if (row < in[0] && column < in[1])
              sum += parameters[(filter * channels + c) * window + n] * x[(row * in[1] + column) * channels + c];
          }
        y.push_back(sum);
      }
  return y;
}

inline Values apply(const MaxPool2d& layer, const Shape& in, const Values& x, const double*) {
  const std::size_t stride = layer.stride == 0 ? layer.window : layer.stride, channels = in[2];
  const std::size_t height = slide(in[0], layer.window, stride, false).output;
  const std::size_t width = slide(in[1], layer.window, stride, false).output;
  Values y;
  for (std::size_t i = 0; i < height; ++i)
    for (std::size_t j = 0; j < width; ++j)
      for (std::size_t c = 0; c < channels; ++c) {
        double largest = x[(i * stride * in[1] + j * stride) * channels + c];
        for (std::size_t row = i * stride; row < i * stride + layer.window; ++row)
          for (std::size_t column = j * stride; column < j * stride + layer.window; ++column)
            largest = std::max(largest, x[(row * in[1] + column) * channels + c]);
        y.push_back(largest);
      }
  return y;
}

inline Values apply(const Layer& layer, const Shape& in, const Values& x, const double* parameters) {
  return std::visit([&](const auto& l) { return apply(l, in, x, parameters); }, layer);
}

}  // namespace treadle::test
