// Sixty iterations with each optimizer against the same run by PyTorch (tests/vectors/make_training_vectors.py,
// make_conv_vectors.py), and the gradients of mixed targets (make_mixup_vectors.py).
#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "support/networks.hpp"
#include "support/vectors.hpp"

using namespace treadle;

namespace {

struct Case {
  const char* name;
  Optimizer optimizer;
};

const Case cases[] = {
    {"sgd", Sgd{.learning_rate = 0.1f}},
    {"momentum", Sgd{.learning_rate = 0.05f, .momentum = 0.9f}},
    {"nesterov", Sgd{.learning_rate = 0.05f, .momentum = 0.9f, .nesterov = true}},
    {"momentum_weight_decay", Sgd{.learning_rate = 0.05f, .momentum = 0.9f, .weight_decay = 1e-3f}},
    {"adam", Adam{.learning_rate = 1e-3f}},
    {"adamw", AdamW{.learning_rate = 1e-3f, .weight_decay = 0.01f}},
};

constexpr std::size_t features = 23, batch_size = 13;

std::vector<float> parameters(const test::Vectors& vectors, const std::string& prefix,
                              std::initializer_list<const char*> layers = {"0", "2", "4"}) {
  std::vector<float> all;
  for (const char* layer : layers)
    for (const char* name : {".weight", ".bias"}) {
      const std::vector<float> tensor = vectors.floats(prefix + "." + layer + name);
      all.insert(all.end(), tensor.begin(), tensor.end());
    }
  return all;
}

/// Trains on the batches in order, a loss for each of `losses`, and compares these and the final parameters.
void check_training(TrainingStep step, const std::vector<float>& inputs, const std::vector<std::int32_t>& targets,
                    const std::vector<float>& losses, const std::vector<float>& expected) {
  const std::size_t all = targets.size(), elements = inputs.size() / all;
  std::size_t first = 0;
  for (float expected_loss : losses) {
    const std::size_t rows = std::min(step.batch_size(), all - first);
    const float loss =
        step.run(std::span(inputs).subspan(first * elements, rows * elements), std::span(targets).subspan(first, rows));
    CHECK(std::abs(loss - expected_loss) <= 1e-4f * std::abs(expected_loss));
    first = (first + rows) % all;
  }
  std::vector<float> trained(expected.size());
  REQUIRE(step.get_parameters(trained));
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(std::abs(trained[i] - expected[i]) <= 1e-5f);
}

}  // namespace

TEST_CASE("the loss of each iteration and the final parameters agree with PyTorch") {
  const test::Vectors vectors(TREADLE_TEST_DATA "/vectors/training_vectors.safetensors");
  const std::vector<float> inputs = vectors.floats("inputs");
  const std::vector<std::int32_t> targets = vectors.integers("targets");
  Model model({features}, {Dense{17}, Relu{}, Dense{9}, Relu{}, Dense{5}});
  REQUIRE(model.set_parameters(parameters(vectors, "initial")));

  for (const Case& c : cases) {
    CAPTURE(c.name);
    const std::string prefix = c.name;
    check_training(plan(model, SoftmaxCrossEntropy{}, c.optimizer, {.batch_size = batch_size}).value(), inputs, targets,
                   vectors.floats(prefix + ".loss"), parameters(vectors, prefix));
  }
}

TEST_CASE("so do those of a convolutional network") {
  const test::Vectors vectors(TREADLE_TEST_DATA "/vectors/conv_vectors.safetensors");
  Model model({9, 8, 2}, {Conv2d{.filters = 6, .kernel = 3, .padding = Padding::same}, Relu{}, MaxPool2d{2},
                          Conv2d{.filters = 9, .kernel = 2}, Relu{}, Flatten{}, Dense{4}});
  REQUIRE(model.set_parameters(parameters(vectors, "train.initial", {"0", "3", "6"})));
  const Case conv_cases[] = {{"train.momentum", Sgd{.learning_rate = 0.05f, .momentum = 0.9f}},
                             {"train.adam", Adam{.learning_rate = 1e-3f}}};
  for (const Case& c : conv_cases) {
    CAPTURE(c.name);
    const std::string prefix = c.name;
    check_training(plan(model, SoftmaxCrossEntropy{}, c.optimizer, {.batch_size = 11}).value(),
                   vectors.floats("train.inputs"), vectors.integers("train.targets"), vectors.floats(prefix + ".loss"),
                   parameters(vectors, prefix, {"0", "3", "6"}));
  }
}

TEST_CASE("the loss of mixed targets and its gradients agree with PyTorch") {
  const test::Vectors vectors(TREADLE_TEST_DATA "/vectors/mixup_vectors.safetensors");
  const std::vector<std::int32_t> targets = vectors.integers("targets"), others = vectors.integers("others");
  const std::vector<float> shares = vectors.floats("shares"), expected = parameters(vectors, "grad");
  Model model({features}, {Dense{17}, Relu{}, Dense{9}, Relu{}, Dense{5}});
  REQUIRE(model.set_parameters(parameters(vectors, "initial")));
  TrainingStep step =
      plan(model, SoftmaxCrossEntropy{}, Sgd{}, {.batch_size = batch_size, .keep_gradients = true}).value();
  const MixedTargets mixed{others, shares};
  const float loss = step.run(vectors.floats("inputs"), targets, &mixed);
  CHECK(std::abs(loss - vectors.floats("loss")[0]) <= 1e-6f * loss);
  std::vector<float> gradients(expected.size());
  REQUIRE(step.get_gradients(gradients));
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(std::abs(gradients[i] - expected[i]) <= 1e-7f);
}
