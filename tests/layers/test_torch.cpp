// Layers and the loss against vectors that PyTorch made (tests/vectors/make_layer_vectors.py).
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
