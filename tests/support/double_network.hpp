// A whole network in double, for gradients by differences.
#pragma once

#include <treadle/model.hpp>

#include <cmath>
#include <cstddef>
#include <vector>

#include "support/double_layers.hpp"
#include "support/networks.hpp"

namespace treadle::test {

/// The mean cross entropy of `batch`, with `parameters` in the order of Model::parameters().
inline double double_loss(const Model& model, const std::vector<double>& parameters, const Batch& batch) {
  const std::vector<LayerInfo> infos = layer_infos(model).value();
  const std::vector<ParameterInfo> tensors = model.parameter_infos().value();
  std::vector<std::size_t> first(infos.size());
  for (const ParameterInfo& info : tensors)
    if (info.name.ends_with("weight")) first[info.layer] = info.offset;
  const auto elements = static_cast<std::ptrdiff_t>(model.input().elements().value());
  double sum = 0;
  for (std::size_t row = 0; row < batch.targets.size(); ++row) {
    const auto sample = batch.inputs.begin() + static_cast<std::ptrdiff_t>(row) * elements;
    Values x(sample, sample + elements);
    for (std::size_t i = 0; i < infos.size(); ++i)
      x = apply(model.layers()[i], infos[i].input, x, parameters.data() + first[i]);
    double total = 0;
    for (const double z : x) total += std::exp(z);
    sum += std::log(total) - x[static_cast<std::size_t>(batch.targets[row])];
  }
  return sum / static_cast<double>(batch.targets.size());
}

}  // namespace treadle::test
