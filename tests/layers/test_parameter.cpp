#include <doctest/doctest.h>

#include <cmath>

#include "layers/layers.hpp"
#include "support/random_values.hpp"

using namespace treadle;
using layers::ParameterSpec;

TEST_CASE("storing and loading a tensor gives its values back, and zeros as padding") {
  for (std::size_t panel : {1u, 4u, 8u, 16u, 32u})
    for (std::size_t n : {1u, 3u, 15u, 16u, 17u, 33u})
      for (std::size_t k : {1u, 2u, 7u}) {
        const ParameterSpec spec{.name = "weight", .shape = {n, k}, .layout = layers::Layout::panels};
        const std::vector<float> values = test::random_values(n * k, 5);
        const std::size_t size = layers::stored_elements(spec, panel).saturated();
        std::vector<float> stored(size, -7.0f), back(n * k, -7.0f);
        layers::store(spec, panel, values.data(), stored.data());
        layers::load(spec, panel, stored.data(), back.data());
        CHECK(back == values);
        double sum = 0, stored_sum = 0;
        for (float value : values) sum += static_cast<double>(value);
        for (float value : stored) stored_sum += static_cast<double>(value);
        CHECK(stored_sum == doctest::Approx(sum));
        CHECK(size % 16 == 0);
        CHECK(size >= n * k);
      }
}

TEST_CASE("a convolution's weight is stored with its channels innermost") {
  const ParameterSpec spec{.name = "weight", .shape = {3, 2, 2, 2}, .layout = layers::Layout::image_panels};
  std::vector<float> values(24), stored(32, -7.0f), back(24);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i + 1);
  REQUIRE(layers::stored_elements(spec, 4).saturated() == stored.size());
  layers::store(spec, 4, values.data(), stored.data());
  // Filter f, channel c, element (ky, kx) was number ((f * 2 + c) * 2 + ky) * 2 + kx.
  CHECK(stored == std::vector<float>{1, 9,  17, 0, 5, 13, 21, 0, 2, 10, 18, 0, 6, 14, 22, 0,
                                     3, 11, 19, 0, 7, 15, 23, 0, 4, 12, 20, 0, 8, 16, 24, 0});
  layers::load(spec, 4, stored.data(), back.data());
  CHECK(back == values);
}

TEST_CASE("the size of a stored tensor does not overflow silently") {
  const ParameterSpec spec{.name = "weight", .shape = {SIZE_MAX / 2, 3}, .layout = layers::Layout::panels};
  CHECK(!layers::stored_elements(spec, 16).valid());
}

TEST_CASE("initial values keep within the initializer's limit, fill it, and average to nothing") {
  const std::size_t count = 30000;
  const auto draw = [&](Initializer initializer, std::uint64_t seed, std::uint32_t part) {
    const ParameterSpec spec{.name = "weight",
                             .shape = {300, 100},
                             .layout = layers::Layout::panels,
                             .initializer = initializer,
                             .fan_in = 100,
                             .fan_out = 300};
    std::vector<float> values(count);
    layers::initialize(spec, seed, part, values);
    return values;
  };
  const auto check_uniform = [&](const std::vector<float>& values, double limit) {
    double sum = 0, largest = 0;
    for (float value : values) {
      sum += static_cast<double>(value);
      largest = std::max(largest, std::abs(static_cast<double>(value)));
    }
    CHECK(largest <= limit * (1 + 1e-6));
    CHECK(largest > 0.999 * limit);
    CHECK(std::abs(sum / count) < limit * 0.02);
  };
  check_uniform(draw(Initializer::he_uniform, 1, 0), std::sqrt(6.0 / 100));
  check_uniform(draw(Initializer::glorot_uniform, 1, 0), std::sqrt(6.0 / 400));
  for (float value : draw(Initializer::zeros, 1, 0)) CHECK((value == 0.0f && !std::signbit(value)));
  CHECK(draw(Initializer::he_uniform, 1, 0) == draw(Initializer::he_uniform, 1, 0));
  CHECK(draw(Initializer::he_uniform, 1, 0) != draw(Initializer::he_uniform, 2, 0));
  CHECK(draw(Initializer::he_uniform, 1, 0) != draw(Initializer::he_uniform, 1, 1));
}

TEST_CASE("initializers have names") {
  for (Initializer initializer : {Initializer::he_uniform, Initializer::glorot_uniform, Initializer::zeros})
    CHECK(layers::parse_initializer(layers::name(initializer)).value() == initializer);
  CHECK(layers::parse_initializer("he").error().text() ==
        "unknown initializer 'he'; expected one of: he_uniform, glorot_uniform, zeros");
}
