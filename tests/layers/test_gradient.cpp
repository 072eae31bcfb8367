// Every layer's gradients against central differences of the same layer in double.
#include <doctest/doctest.h>

#include <cmath>
#include <utility>

#include "support/double_layers.hpp"
#include "support/layer_harness.hpp"
#include "support/random_values.hpp"

using namespace treadle;
using test::Values;

namespace {

struct Case {
  Layer layer;
  Shape input;
  std::size_t rows;
};

// The cases of each layer: one overload a layer; without it this file does not compile.
std::vector<Case> cases(const Flatten&) { return {{Flatten{}, {3, 2, 1}, 4}}; }
template <layers::Pointwise L>
std::vector<Case> cases(const L&) {
  return {{L{}, {1}, 1}, {L{}, {3, 5}, 7}, {L{}, {257}, 65}};
}
std::vector<Case> cases(const LeakyRelu&) { return {{LeakyRelu{}, {257}, 65}, {LeakyRelu{1.5f}, {3, 5}, 7}}; }
std::vector<Case> cases(const Softmax&) {
  return {{Softmax{}, {1}, 1},    {Softmax{}, {10}, 7},      {Softmax{}, {16}, 3},       {Softmax{}, {33}, 5},
          {Softmax{}, {3, 5}, 7}, {Softmax{}, {2, 3, 7}, 4}, {Softmax{}, {4, 1, 16}, 2}, {Softmax{}, {3, 40}, 2}};
}
std::vector<Case> cases(const Dense&) {
  return {{Dense{1}, {1}, 1},   {Dense{7}, {5}, 1},   {Dense{5, false}, {7}, 3},     {Dense{16}, {17}, 6},
          {Dense{17}, {15}, 7}, {Dense{33}, {48}, 5}, {Dense{10, false}, {300}, 13}, {Dense{64}, {31}, 2}};
}
std::vector<Case> cases(const Conv2d&) {
  const auto same = Padding::same;
  return {{Conv2d{1, 1}, {1, 1, 1}, 1},
          {Conv2d{3, 2}, {2, 2, 1}, 2},
          {Conv2d{.filters = 16, .kernel = 3, .padding = same}, {7, 6, 1}, 3},
          {Conv2d{.filters = 17, .kernel = 3, .padding = same, .bias = false}, {5, 9, 4}, 2},
          {Conv2d{.filters = 10, .kernel = 1}, {4, 5, 7}, 3},
          {Conv2d{.filters = 5, .kernel = 1, .stride = 2}, {5, 4, 3}, 2},
          {Conv2d{.filters = 9, .kernel = 3, .stride = 2, .padding = same}, {7, 8, 3}, 3},
          {Conv2d{.filters = 8, .kernel = 3, .stride = 2}, {8, 8, 2}, 1},
          {Conv2d{.filters = 4, .kernel = 4, .padding = same}, {5, 3, 2}, 2},
          {Conv2d{.filters = 6, .kernel = 2, .stride = 3, .padding = same}, {7, 8, 2}, 2},
          {Conv2d{.filters = 3, .kernel = 5, .stride = 1, .padding = same}, {2, 3, 2}, 2},
          {Conv2d{.filters = 40, .kernel = 3}, {6, 7, 33}, 2},
          {Conv2d{.filters = 48, .kernel = 3, .padding = same}, {9, 8, 1}, 2},
          {Conv2d{.filters = 16, .kernel = 3, .bias = false}, {6, 5, 1}, 2},
          // Of eight channels and more products are cut where the kernel leaves the image.
          {Conv2d{.filters = 17, .kernel = 3, .padding = same, .bias = false}, {5, 9, 8}, 2},
          {Conv2d{.filters = 9, .kernel = 4, .padding = same}, {5, 3, 9}, 2},
          {Conv2d{.filters = 8, .kernel = 5, .padding = same}, {2, 3, 8}, 2},
          {Conv2d{.filters = 2, .kernel = 9, .padding = same}, {1, 2, 8}, 2},
          {Conv2d{.filters = 8, .kernel = 3, .padding = same}, {6, 1, 8}, 1},
          {Conv2d{.filters = 16, .kernel = 3, .stride = 2, .padding = same}, {7, 8, 10}, 3},
          {Conv2d{.filters = 6, .kernel = 2, .stride = 3, .padding = same}, {7, 8, 8}, 2},
          {Conv2d{.filters = 5, .kernel = 2, .stride = 4, .padding = same}, {9, 10, 8}, 2},
          // Two strips of rows, the second shorter.
          {Conv2d{.filters = 32, .kernel = 3, .padding = same}, {15, 15, 16}, 1}};
}
std::vector<Case> cases(const MaxPool2d&) {
  return {{MaxPool2d{}, {2, 2, 1}, 1},      {MaxPool2d{2}, {7, 5, 3}, 4},    {MaxPool2d{3, 2}, {7, 8, 9}, 2},
          {MaxPool2d{3, 1}, {5, 5, 16}, 2}, {MaxPool2d{2, 3}, {8, 9, 5}, 3}, {MaxPool2d{1}, {3, 4, 17}, 2},
          {MaxPool2d{2}, {28, 28, 16}, 5}};
}

Values widen(const std::vector<float>& values) { return {values.begin(), values.end()}; }

/// sum of dy * y over all samples: its derivatives are what backward computes for this dy.
double weighted_output(const Case& c, const Values& x, const Values& parameters, const Values& dy) {
  const std::size_t in = x.size() / c.rows, out = dy.size() / c.rows;
  double sum = 0;
  for (std::size_t row = 0; row < c.rows; ++row) {
    const Values sample(x.begin() + static_cast<std::ptrdiff_t>(row * in),
                        x.begin() + static_cast<std::ptrdiff_t>((row + 1) * in));
    const Values y = test::apply(c.layer, c.input, sample, parameters.data());
    for (std::size_t i = 0; i < out; ++i) sum += dy[row * out + i] * y[i];
  }
  return sum;
}

/// d f / d values[i] by central differences, for at most 64 evenly spread i.
template <class F>
void check_gradient(Values& values, const std::vector<float>& gradient, F&& f) {
  REQUIRE(values.size() == gradient.size());
  const double h = 1e-6;
  const std::size_t stride = values.size() / 64 + 1;
  for (std::size_t i = 0; i < values.size(); i += stride) {
    const double value = values[i];
    values[i] = value + h;
    const double above = f();
    values[i] = value - h;
    const double below = f();
    values[i] = value;
    const double expected = (above - below) / (2 * h);
    CAPTURE(i);
    CHECK(std::abs(gradient[i] - expected) <= 2e-5 * (1 + std::abs(expected)));
  }
}

void check(const Case& c, Isa isa) {
  const Shape output = layers::output_shape(c.layer, c.input).value();
  std::size_t parameters = 0;
  for (const layers::ParameterSpec& spec : layers::parameters(c.layer, c.input))
    parameters += spec.shape.elements().value();
  const std::vector<float> p = test::random_values(parameters, 1);
  const std::vector<float> x = test::random_values(c.rows * c.input.elements().value(), 2);
  const std::vector<float> dy = test::random_values(c.rows * output.elements().value(), 3);
  test::LayerHarness harness(c.layer, c.input, c.rows, isa);
  harness.run(p, x, dy);

  Values wide_x = widen(x), wide_p = widen(p);
  const Values wide_dy = widen(dy);
  const auto f = [&] { return weighted_output(c, wide_x, wide_p, wide_dy); };
  double y = 0;
  for (std::size_t i = 0; i < dy.size(); ++i) y += static_cast<double>(harness.y[i]) * wide_dy[i];
  CHECK(y == doctest::Approx(f()).epsilon(1e-4));
  check_gradient(wide_x, harness.dx, f);
  check_gradient(wide_p, harness.gradients, f);
}

template <std::size_t... i>
std::vector<Case> all_cases(std::index_sequence<i...>) {
  std::vector<Case> all;
  (
      [&] {
        for (const Case& c : cases(std::variant_alternative_t<i, Layer>{})) all.push_back(c);
      }(),
      ...);
  return all;
}

}  // namespace

TEST_CASE("gradients agree with central differences in double") {
  for (const Case& c : all_cases(std::make_index_sequence<std::variant_size_v<Layer>>{}))
    for (Isa isa : compiled_isas()) {
      if (!supported(isa)) continue;
      CAPTURE(type_name(c.layer));
      CAPTURE(c.rows);
      CAPTURE(name(isa));
      check(c, isa);
    }
}
