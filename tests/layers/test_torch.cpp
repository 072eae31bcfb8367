// Layers and the loss against vectors that PyTorch made (make_layer_vectors.py and make_activation_vectors.py in
// tests/vectors).
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "support/layer_harness.hpp"
#include "support/vectors.hpp"

using namespace treadle;

namespace {

const test::Vectors& conv_vectors() {
  static const test::Vectors loaded(TREADLE_TEST_DATA "/vectors/conv_vectors.safetensors");
  return loaded;
}

const test::Vectors& vectors() {
  static const test::Vectors loaded(TREADLE_TEST_DATA "/vectors/layer_vectors.safetensors");
  return loaded;
}

void check_close(const std::vector<float>& actual, const std::vector<float>& expected, float tolerance) {
  REQUIRE(actual.size() == expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    CAPTURE(i);
    CHECK(std::abs(actual[i] - expected[i]) <= tolerance);
  }
}

}  // namespace

TEST_CASE("Dense agrees with torch.nn.Linear") {
  const test::Vectors& v = vectors();
  std::vector<float> parameters = v.floats("linear.weight");
  const std::vector<float> bias = v.floats("linear.bias");
  parameters.insert(parameters.end(), bias.begin(), bias.end());
  for (Isa isa : test::same_bits_isas()) {
    test::LayerHarness dense(Dense{11}, {13}, 7, isa);
    dense.run(parameters, v.floats("linear.input"), v.floats("linear.grad_output"));
    check_close(dense.y, v.floats("linear.output"), 5e-6f);
    check_close(dense.dx, v.floats("linear.grad_input"), 5e-6f);
    std::vector<float> gradients = v.floats("linear.grad_weight");
    const std::vector<float> grad_bias = v.floats("linear.grad_bias");
    gradients.insert(gradients.end(), grad_bias.begin(), grad_bias.end());
    check_close(dense.gradients, gradients, 5e-6f);
  }
}

TEST_CASE("Relu agrees with torch.relu, bit for bit") {
  const test::Vectors& v = vectors();
  for (Isa isa : test::same_bits_isas()) {
    test::LayerHarness relu(Relu{}, {19}, 5, isa);
    relu.run({}, v.floats("relu.input"), v.floats("relu.grad_output"));
    check_close(relu.y, v.floats("relu.output"), 0.0f);
    check_close(relu.dx, v.floats("relu.grad_input"), 0.0f);
  }
}

TEST_CASE("activations agree with torch.nn") {
  const test::Vectors v(TREADLE_TEST_DATA "/vectors/activation_vectors.safetensors");
  const struct {
    std::string name;
    Layer layer;
    Shape input;
  } cases[] = {{"leaky_relu", LeakyRelu{}, {257}},
               {"leaky_relu_0.2", LeakyRelu{0.2f}, {257}},
               {"sigmoid", Sigmoid{}, {257}},
               {"tanh", Tanh{}, {257}},
               {"gelu", Gelu{}, {257}},
               {"silu", Silu{}, {257}},
               {"softmax", Softmax{}, {3, 17}}};
  for (const auto& c : cases)
    for (Isa isa : test::same_bits_isas()) {
      const std::string name = c.name;
      CAPTURE(name);
      const std::vector<float> x = v.floats(name + ".input");
      test::LayerHarness harness(c.layer, c.input, x.size() / c.input.elements().value(), isa);
      harness.run({}, x, v.floats(name + ".grad_output"));
      check_close(harness.y, v.floats(name + ".output"), 1e-6f);
      check_close(harness.dx, v.floats(name + ".grad_input"), 1e-6f);
    }
}

TEST_CASE("Conv2d agrees with torch.nn.functional.conv2d") {
  struct Case {
    const char* name;
    std::size_t samples;
    Shape input;
    Conv2d layer;
  };
  const auto same = Padding::same;
  const Case cases[] = {
      {"conv_valid", 3, {7, 6, 3}, {.filters = 10, .kernel = 3}},
      {"conv_same", 2, {6, 7, 1}, {.filters = 16, .kernel = 3, .padding = same}},
      {"conv_pointwise", 2, {4, 5, 17}, {.filters = 9, .kernel = 1}},
      {"conv_strided", 2, {9, 8, 4}, {.filters = 5, .kernel = 3, .stride = 2}},
      {"conv_strided_same", 2, {8, 7, 3}, {.filters = 6, .kernel = 3, .stride = 2, .padding = same}},
      {"conv_even_same", 2, {5, 6, 2}, {.filters = 4, .kernel = 4, .padding = same}},
  };
  for (const auto& c : cases)
    for (Isa isa : test::same_bits_isas()) {
      CAPTURE(c.name);
      const auto tensor = [&](const char* part) { return conv_vectors().floats(std::string(c.name) + part); };
      const auto parameters = [&](const char* weight, const char* bias) {
        std::vector<float> both = tensor(weight);
        const std::vector<float> second = tensor(bias);
        both.insert(both.end(), second.begin(), second.end());
        return both;
      };
      test::LayerHarness conv(c.layer, c.input, c.samples, isa);
      conv.run(parameters(".weight", ".bias"), tensor(".input"), tensor(".grad_output"));
      check_close(conv.y, tensor(".output"), 1e-5f);
      check_close(conv.dx, tensor(".grad_input"), 1e-5f);
      check_close(conv.gradients, parameters(".grad_weight", ".grad_bias"), 3e-5f);
    }
}

TEST_CASE("MaxPool2d agrees with torch.nn.functional.max_pool2d: its outputs bit for bit") {
  struct Case {
    const char* name;
    std::size_t samples;
    Shape input;
    MaxPool2d layer;
    float tolerance;  // of gradients: where windows overlap they are sums
  };
  const Case cases[] = {{"pool", 2, {7, 6, 5}, {2}, 0.0f},
                        {"pool_overlapping", 2, {7, 8, 3}, {3, 2}, 1e-6f},
                        {"pool_gaps", 1, {8, 7, 4}, {2, 3}, 0.0f}};
  for (const auto& c : cases)
    for (Isa isa : test::same_bits_isas()) {
      CAPTURE(c.name);
      const auto tensor = [&](const char* part) { return conv_vectors().floats(std::string(c.name) + part); };
      test::LayerHarness pool(c.layer, c.input, c.samples, isa);
      pool.run({}, tensor(".input"), tensor(".grad_output"));
      check_close(pool.y, tensor(".output"), 0.0f);
      check_close(pool.dx, tensor(".grad_input"), c.tolerance);
    }
  for (Isa isa : test::same_bits_isas()) {
    test::LayerHarness pool(MaxPool2d{2}, {4, 4, 3}, 1, isa);
    pool.run({}, conv_vectors().floats("pool_nan.input"), std::vector<float>(12, 1.0f));
    const std::vector<float> expected = conv_vectors().floats("pool_nan.output");
    for (std::size_t i = 0; i < expected.size(); ++i) {
      CHECK(std::isnan(pool.y[i]) == std::isnan(expected[i]));
      if (!std::isnan(expected[i])) CHECK(pool.y[i] == expected[i]);
    }
  }
}
