// Small networks and data of awkward sizes for tests of the plan and the loop.
#pragma once

#include <treadle/model.hpp>
#include <treadle/plan.hpp>

#include <cstring>
#include <vector>

#include "support/random_values.hpp"

namespace treadle::test {

/// No extent is a multiple of any tile edge.
inline Model awkward_model() {
  return Model({7, 5, 1}, {Flatten{}, Dense{37}, Relu{}, Dense{19, false}, Relu{}, Dense{3}});
}

/// Images instead: convolutions with and without padding, a stride and a bias, windows that overlap and that touch.
inline Model awkward_cnn() {
  return Model({11, 9, 3}, {Conv2d{.filters = 5, .kernel = 3, .padding = Padding::same}, Relu{}, MaxPool2d{2},
                            Conv2d{.filters = 17, .kernel = 2, .bias = false}, MaxPool2d{2, 1},
                            Conv2d{.filters = 33, .kernel = 3, .stride = 2, .padding = Padding::same}, Relu{},
                            Flatten{}, Dense{3}});
}

/// One batch of three classes for a model whose samples have `elements` values; that many has awkward_model().
struct Batch {
  std::vector<float> inputs;
  std::vector<std::int32_t> targets;
};
inline Batch awkward_batch(std::size_t rows, std::uint64_t seed, std::size_t elements = 35) {
  return {random_values(rows * elements, seed), random_classes(rows, 3, seed)};
}

/// One optimizer of each kind, and of each path through its kernel.
inline std::vector<Optimizer> optimizers() {
  return {Sgd{.learning_rate = 0.1f},
          Sgd{.learning_rate = 0.1f, .weight_decay = 0.01f},
          Sgd{.learning_rate = 0.05f, .momentum = 0.9f},
          Sgd{.learning_rate = 0.05f, .momentum = 0.9f, .nesterov = true, .weight_decay = 0.01f},
          Adam{.learning_rate = 0.01f, .weight_decay = 0.01f},
          AdamW{.learning_rate = 0.01f}};
}

/// The parameters after `iterations` iterations of `model` from seed 1, batches of `rows` samples, the last of each
/// three short; losses are added to `losses`.
inline std::vector<float> train(const Optimizer& optimizer, const StepOptions& options, std::size_t rows,
                                std::size_t iterations, std::vector<float>* losses = nullptr,
                                Model model = awkward_model()) {
  model.initialize(1).value();
  TrainingStep step = plan(model, SoftmaxCrossEntropy{}, optimizer, options).value();
  for (std::size_t i = 0; i < iterations; ++i) {
    const Batch batch = awkward_batch(i % 3 == 2 ? rows / 2 + 1 : rows, i, model.input().elements().value());
    const float loss = step.run(batch.inputs, batch.targets);
    if (losses != nullptr) losses->push_back(loss);
  }
  std::vector<float> parameters(parameter_count(model).value());
  step.get_parameters(parameters).value();
  return parameters;
}

/// Equal bits, so that NaN equals itself and 0 differs from -0.
inline bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  // Nothing is at null, which memcmp must not be given.
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

}  // namespace treadle::test
