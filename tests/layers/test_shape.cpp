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

TEST_CASE("output shapes of convolutions and pools") {
  const auto shape = [](const Layer& layer, const Shape& input) { return layers::output_shape(layer, input).value(); };
  const auto same = Padding::same;
  CHECK(shape(Conv2d{.filters = 16, .kernel = 3}, {28, 28, 1}) == Shape{26, 26, 16});
  CHECK(shape(Conv2d{.filters = 16, .kernel = 3, .padding = same}, {28, 27, 1}) == Shape{28, 27, 16});
  CHECK(shape(Conv2d{.filters = 2, .kernel = 3, .stride = 2}, {8, 7, 5}) == Shape{3, 3, 2});
  CHECK(shape(Conv2d{.filters = 2, .kernel = 3, .stride = 2, .padding = same}, {8, 7, 5}) == Shape{4, 4, 2});
  CHECK(shape(Conv2d{.filters = 2, .kernel = 9, .padding = same}, {1, 2, 3}) == Shape{1, 2, 2});
  CHECK(shape(Conv2d{.filters = 2, .kernel = 1, .stride = 9}, {5, 19, 3}) == Shape{1, 3, 2});
  CHECK(shape(MaxPool2d{2}, {7, 6, 3}) == Shape{3, 3, 3});
  CHECK(shape(MaxPool2d{3, 2}, {7, 8, 3}) == Shape{3, 3, 3});
  CHECK(shape(MaxPool2d{3, 4}, {7, 6, 3}) == Shape{2, 1, 3});
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
  CHECK(error(Conv2d{.filters = 2}, {784}) == "expected input [height, width, channels], got [784]");
  CHECK(error(Conv2d{.filters = 2}, {28, 0, 1}) == "expected extents from 1 to 65535, got [28, 0, 1]");
  CHECK(error(Conv2d{.filters = 2}, {28, 28, 65536}) == "expected extents from 1 to 65535, got [28, 28, 65536]");
  CHECK(error(Conv2d{}, {28, 28, 1}) == "filters: expected a number from 1 to 65535, got 0");
  CHECK(error(Conv2d{2, 0}, {28, 28, 1}) == "kernel: expected a number from 1 to 65535, got 0");
  CHECK(error(Conv2d{2, 3, 0}, {28, 28, 1}) == "stride: expected a number from 1 to 65535, got 0");
  CHECK(error(Conv2d{2, 5}, {28, 4, 1}) ==
        "expected an image of at least 5x5, its kernel, or padding same, got [28, 4, 1]");
  CHECK(error(MaxPool2d{0}, {28, 28, 1}) == "window: expected a number from 1 to 65535, got 0");
  CHECK(error(MaxPool2d{2, SIZE_MAX}, {28, 28, 1}).find("stride: expected") == 0);
  CHECK(error(MaxPool2d{3}, {2, 28, 1}) == "expected an image of at least 3x3, its window, got [2, 28, 1]");
  CHECK(error(MaxPool2d{3}, {28, 28}) == "expected input [height, width, channels], got [28, 28]");
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

  const layers::ParameterSpecs conv = layers::parameters(Layer{Conv2d{.filters = 16, .kernel = 3}}, {28, 28, 4});
  REQUIRE(conv.count == 2);
  CHECK(conv.spec[0].name == "weight");
  CHECK(conv.spec[0].shape == Shape{16, 4, 3, 3});
  CHECK(conv.spec[0].fan_in == 3 * 3 * 4);
  CHECK(conv.spec[0].fan_out == 3 * 3 * 16);
  CHECK(conv.spec[1].shape == Shape{16});
  CHECK(layers::parameters(Layer{MaxPool2d{}}, {4, 4, 1}).count == 0);
}
