// The activations and their gradients against the C library's double functions, and at the ends of their ranges.
#include <cmath>
#include <functional>
#include <limits>

#include "each_isa.hpp"
#include "errors.hpp"
#include "kernels/activation.hpp"
#include "kernels/leaky_relu.hpp"
#include "kernels/leaky_relu_gradient.hpp"
#include "support/subnormals.hpp"

namespace treadle::kernels::test {
namespace {

using Limits = std::numeric_limits<float>;
constexpr float infinity = Limits::infinity();

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
/// The standard normal distribution and its density.
double normal(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }
double density(double x) { return std::exp(-x * x / 2) / std::sqrt(2 * M_PI); }
/// 0 for infinities whose product with 0 would be NaN.
double product(double x, double y) { return y == 0 ? 0 : x * y; }

using Gradient = void (*KernelTable::*)(const ActivationGradientArgs&) noexcept;

/// The derivative alone, with x or y as what the forward pass has left.
auto derivative(Gradient kernel) {
  return [kernel](const KernelTable& table, const float* saved, float* dx, std::size_t n) {
    const std::vector<float> ones(n, 1.0f);
    (table.*kernel)({.saved = saved, .dy = ones.data(), .dx = dx, .n = n});
  };
}
float derivative_at(Isa isa, Gradient kernel, float saved) {
  float dx = -1.0f;
  derivative(kernel)(*table(isa), &saved, &dx, 1);
  return dx;
}

bool is_zero(float x, bool negative) { return x == 0.0f && std::signbit(x) == negative; }

TEST_CASE("sigmoid has the stated error") {
  check_error("sigmoid", unary(&KernelTable::sigmoid), sigmoid, ulps, {2.41, 2.41});
}

TEST_CASE("tanh has the stated error") {
  check_error("tanh", unary(&KernelTable::tanh), [](double x) { return std::tanh(x); }, ulps, {1.57, 1.53});
}

TEST_CASE("gelu has the stated error") {
  check_error("gelu", unary(&KernelTable::gelu), [](double x) { return product(x, normal(x)); }, ulps, {7.22, 67.0});
}

TEST_CASE("silu has the stated error") {
  const float subnormal_from = -87.33f;  // exp(x) is
  const auto silu = [](double x) { return product(x, sigmoid(x)); };
  const auto silu_of = [](auto&& limited) {
    return [limited](const KernelTable& table, const float* x, float* y, std::size_t n) {
      std::vector<float> values(x, x + n);
      for (float& value : values) value = limited(value);
      table.silu({.x = values.data(), .y = y, .n = n});
    };
  };
  const auto above = [=](auto x) { return std::max(x, static_cast<decltype(x)>(subnormal_from)); };
  const auto below = [=](auto x) { return std::min(x, static_cast<decltype(x)>(subnormal_from)); };
  check_error("silu", silu_of(above), [&](double x) { return silu(above(x)); }, ulps, {3.23, 3.29});
  const auto error = [](float y, double exact) { return std::ldexp(units(y, exact), 142 - 24); };
  check_error(
      "silu of little", silu_of(below), [&](double x) { return silu(below(x)); }, error, {1.0, 1.0}, 0.0);
}

TEST_CASE("derivatives from x have the stated error") {
  check_error("gelu'", derivative(&KernelTable::gelu_gradient),
              [](double x) { return normal(x) + product(x, density(x)); }, units, {4.33, 4.33});
  check_error("silu'", derivative(&KernelTable::silu_gradient),
              [](double x) { return sigmoid(x) * (1 + product(x, sigmoid(-x))); }, units, {3.87, 4.04});
}

TEST_CASE("derivatives from y are those of the formula") {
  with_each_isa([](Isa isa) {
    for (float y = -1.0f; y <= 1.0f; y += 0x1p-7f) {
      const double wide = static_cast<double>(y);
      CHECK(units(derivative_at(isa, &KernelTable::tanh_gradient, y), 1 - wide * wide) <= 1.0);
      CHECK(units(derivative_at(isa, &KernelTable::sigmoid_gradient, y), wide * (1 - wide)) <= 2.0);
    }
  });
}

TEST_CASE("activations at the ends of their ranges") {
  with_each_isa([](Isa isa) {
    const auto at = [&](auto kernel) { return [=](float x) { return evaluate(isa, kernel, x); }; };
    const auto sigmoid = at(&KernelTable::sigmoid), tanh = at(&KernelTable::tanh), gelu = at(&KernelTable::gelu),
               silu = at(&KernelTable::silu), relu = at(&KernelTable::relu);
    for (const auto& f : {sigmoid, tanh, gelu, silu, relu})
      for (const float nan : {Limits::quiet_NaN(), -Limits::quiet_NaN()}) CHECK(std::isnan(f(nan)));

    CHECK(sigmoid(0.0f) == 0.5f);
    CHECK(sigmoid(infinity) == 1.0f);
    CHECK(sigmoid(Limits::max()) == 1.0f);
    CHECK(is_zero(sigmoid(-infinity), false));
    CHECK(is_zero(sigmoid(Limits::lowest()), false));

    CHECK(is_zero(tanh(0.0f), false));
    CHECK(is_zero(tanh(-0.0f), true));
    for (const float large : {10.0f, 100.0f, Limits::max(), infinity}) {
      CHECK(tanh(large) == 1.0f);
      CHECK(tanh(-large) == -1.0f);
    }

    for (const auto& f : {gelu, silu, relu}) {
      CHECK(is_zero(f(0.0f), false));
      CHECK(is_zero(f(-0.0f), true));
      CHECK(f(infinity) == infinity);
      CHECK(f(Limits::max()) == Limits::max());
      CHECK(f(-infinity) == 0.0f);
      CHECK(f(Limits::lowest()) == 0.0f);
    }
    if (treadle::test::flushes_subnormals(isa)) return;  // it takes subnormals for zeros
    CHECK(tanh(Limits::denorm_min()) == Limits::denorm_min());
    CHECK(tanh(-Limits::denorm_min()) == -Limits::denorm_min());
    CHECK(gelu(0x1p-126f) == 0x1p-127f);
    CHECK(silu(-0x1p-126f) == -0x1p-127f);
  });
}

TEST_CASE("gradients at the ends of their ranges") {
  with_each_isa([](Isa isa) {
    for (const Gradient kernel : {&KernelTable::gelu_gradient, &KernelTable::silu_gradient}) {
      for (const float large : {200.0f, Limits::max(), infinity}) {
        CHECK(derivative_at(isa, kernel, large) == 1.0f);
        CHECK(derivative_at(isa, kernel, -large) == 0.0f);
      }
      CHECK(derivative_at(isa, kernel, 0.0f) == 0.5f);
      CHECK(derivative_at(isa, kernel, -0.0f) == 0.5f);
    }
    for (const Gradient kernel : {&KernelTable::gelu_gradient, &KernelTable::silu_gradient,
                                  &KernelTable::sigmoid_gradient, &KernelTable::tanh_gradient}) {
      CHECK(std::isnan(derivative_at(isa, kernel, Limits::quiet_NaN())));
      float saved = 0.25f, dy = Limits::quiet_NaN(), dx = 0.0f;
      (table(isa)->*kernel)({.saved = &saved, .dy = &dy, .dx = &dx, .n = 1});
      CHECK(std::isnan(dx));
    }
    CHECK(derivative_at(isa, &KernelTable::tanh_gradient, 1.0f) == 0.0f);
    CHECK(derivative_at(isa, &KernelTable::tanh_gradient, -1.0f) == 0.0f);
    CHECK(derivative_at(isa, &KernelTable::sigmoid_gradient, 1.0f) == 0.0f);
    CHECK(derivative_at(isa, &KernelTable::sigmoid_gradient, 0.0f) == 0.0f);
  });
}

TEST_CASE("leaky relu bends at 0") {
  with_each_isa([](Isa isa) {
    const float x[] = {-infinity, -2.0f, -0.0f, 0.0f, 2.0f, infinity, Limits::quiet_NaN()};
    float y[7], dx[7];
    table(isa)->leaky_relu({.x = x, .y = y, .n = 7, .slope = 0.25f});
    const float expected[] = {-infinity, -0.5f, -0.0f, 0.0f, 2.0f, infinity};
    for (int i = 0; i < 6; ++i) {
      CHECK(y[i] == expected[i]);
      CHECK(std::signbit(y[i]) == std::signbit(expected[i]));
    }
    CHECK(std::isnan(y[6]));
    const std::vector<float> dy(7, 4.0f);
    table(isa)->leaky_relu_gradient({.y = y, .dy = dy.data(), .dx = dx, .n = 7, .slope = 0.25f});
    CHECK(std::vector<float>(dx, dx + 7) == std::vector<float>{1.0f, 1.0f, 1.0f, 1.0f, 4.0f, 4.0f, 1.0f});
  });
}

}  // namespace
}  // namespace treadle::kernels::test
