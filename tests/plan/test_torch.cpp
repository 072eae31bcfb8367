// Sixty iterations with each optimizer against the same run by PyTorch (tests/vectors/make_training_vectors.py).
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

constexpr std::size_t samples = 84, features = 23, batch_size = 13;

std::vector<float> parameters(const test::Vectors& vectors, const std::string& prefix) {
  std::vector<float> all;
  for (const char* name : {"0.weight", "0.bias", "2.weight", "2.bias", "4.weight", "4.bias"}) {
    const std::vector<float> tensor = vectors.floats(prefix + "." + name);
    all.insert(all.end(), tensor.begin(), tensor.end());
  }
  return all;
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
    const std::vector<float> losses = vectors.floats(prefix + ".loss");
    TrainingStep step = plan(model, SoftmaxCrossEntropy{}, c.optimizer, {.batch_size = batch_size}).value();
    std::size_t first = 0;
    for (float expected : losses) {
      const std::size_t rows = std::min(batch_size, samples - first);
      const float loss = step.run(std::span(inputs).subspan(first * features, rows * features),
                                  std::span(targets).subspan(first, rows));
      CHECK(std::abs(loss - expected) <= 1e-4f * std::abs(expected));
      first = (first + rows) % samples;
    }
    const std::vector<float> expected = parameters(vectors, prefix);
    std::vector<float> trained(expected.size());
    REQUIRE(step.get_parameters(trained));
    for (std::size_t i = 0; i < expected.size(); ++i) CHECK(std::abs(trained[i] - expected[i]) <= 1e-5f);
  }
}
