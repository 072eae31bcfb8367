// Layers and the loss against vectors that PyTorch made (make_layer_vectors.py and make_activation_vectors.py in
// tests/vectors).
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "support/layer_harness.hpp"
#include "support/vectors.hpp"

using namespace treadle;

namespace {

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
  for (const auto& [name, layer, input] : cases)
    for (Isa isa : test::same_bits_isas()) {
      CAPTURE(name);
      const std::vector<float> x = v.floats(name + ".input");
      test::LayerHarness harness(layer, input, x.size() / input.elements().value(), isa);
      harness.run({}, x, v.floats(name + ".grad_output"));
      check_close(harness.y, v.floats(name + ".output"), 1e-6f);
      check_close(harness.dx, v.floats(name + ".grad_input"), 1e-6f);
    }
}
