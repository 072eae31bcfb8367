#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "layers/layers.hpp"

using namespace treadle;

TEST_CASE("output shapes") {
  CHECK(layers::output_shape(Layer{Flatten{}}, {28, 28, 1}).value() == Shape{784});
  CHECK(layers::output_shape(Layer{Flatten{}}, Shape{}).value() == Shape{1});
  CHECK(layers::output_shape(Layer{Relu{}}, {4, 5}).value() == Shape{4, 5});
  CHECK(layers::output_shape(Layer{Dense{10}}, {784}).value() == Shape{10});
  for (const Layer& layer :
       {Layer{LeakyRelu{}}, Layer{Sigmoid{}}, Layer{Tanh{}}, Layer{Gelu{}}, Layer{Silu{}}, Layer{Softmax{}}})
    CHECK(layers::output_shape(layer, {4, 5}).value() == Shape{4, 5});
  CHECK(layers::output_shape(Layer{Tanh{}}, Shape{}).value() == Shape{});
}

TEST_CASE("a layer that does not fit says what it expected") {
  const auto error = [](const Layer& layer, const Shape& input) {
    const Result<Shape> shape = layers::output_shape(layer, input);
    REQUIRE(!shape);
    return std::string(shape.error().text());
  };
  CHECK(error(Dense{10}, {28, 28, 1}) == "expected input [n], got [28, 28, 1]; put a Flatten before it");
  CHECK(error(Dense{0}, {4}) == "expected at least 1 unit, got 0");
  CHECK(error(Dense{4}, {0}) == "expected at least 1 input, got [0]");
  for (const float slope : {0.0f, -0.01f, NAN, INFINITY, -INFINITY})
    CHECK(error(LeakyRelu{slope}, {4}) == "expected a finite slope above 0 (a Relu has 0)");
  CHECK(error(Softmax{}, Shape{}) == "expected input [..., n], got []");
  CHECK(error(Softmax{}, {2, (1 << 24) + 1}) == "expected a last axis of at most 16777216, got [2, 16777217]");
  CHECK(error(Flatten{}, {SIZE_MAX, 3}).find("does not fit into a size") != std::string::npos);
  CHECK(error(Flatten{}, {1, 2, 3, 4, 5, 6, 7}).find("7 extents, at most 6") != std::string::npos);
}

TEST_CASE("parameters are named, shaped and counted as in PyTorch") {
  const layers::ParameterSpecs specs = layers::parameters(Layer{Dense{3}}, {5});
  REQUIRE(specs.count == 2);
  CHECK(specs.spec[0].name == "weight");
  CHECK(specs.spec[0].shape == Shape{3, 5});
  CHECK(specs.spec[0].fan_in == 5);
  CHECK(specs.spec[0].fan_out == 3);
  CHECK(specs.spec[1].name == "bias");
  CHECK(specs.spec[1].shape == Shape{3});
  CHECK(layers::parameters(Layer{Dense{3, false}}, {5}).count == 1);
  CHECK(layers::parameters(Layer{Relu{}}, {5}).count == 0);
}
