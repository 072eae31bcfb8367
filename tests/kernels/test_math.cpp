// exp and log against the C library's double functions. Set TREADLE_TEST_EVERY_FLOAT=1 to try all 2^32 floats.
#include <doctest/doctest.h>
#include <treadle/isa.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

#include "kernels/exponential.hpp"
#include "kernels/logarithm.hpp"
#include "kernels/table.hpp"

namespace treadle::kernels::test {
namespace {

using Limits = std::numeric_limits<float>;

/// The distance in units in the last place of the exact result, subnormal or not.
double ulps(float result, double exact) {
  if (std::isnan(exact)) return std::isnan(result) ? 0.0 : 1e9;
  const double largest = std::ldexp(1.0, 128) - std::ldexp(1.0, 103);  // from here on floats round to infinity
  if (std::abs(exact) >= largest) return static_cast<double>(result) == std::copysign(INFINITY, exact) ? 0.0 : 1e9;
  if (std::isinf(result)) return 1e9;
  int exponent;
  std::frexp(exact, &exponent);
  return std::ldexp(std::abs(static_cast<double>(result) - exact), -std::max(exponent - 24, -149));
}

struct Worst {
  double error = 0;
  float at = 0;
};

/// The largest error of a kernel with one instruction set over the floats 0, stride, 2 stride, ... by their bits.
template <class Args, class Exact>
std::vector<Worst> measure(void (*KernelTable::*kernel)(const Args&) noexcept, const std::vector<Isa>& isas,
                           std::uint64_t stride, Exact exact) {
  constexpr std::size_t block = 4096;
  std::vector<float> x(block), y(block);
  std::vector<double> expected(block);
  std::vector<Worst> worst(isas.size());
  for (std::uint64_t begin = 0; begin < std::uint64_t{1} << 32; begin += block * stride) {
    std::size_t n = 0;
    for (std::uint64_t bits = begin; n < block && bits < std::uint64_t{1} << 32; bits += stride, ++n) {
      x[n] = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
      expected[n] = exact(static_cast<double>(x[n]));
    }
    for (std::size_t i = 0; i < isas.size(); ++i) {
      (table(isas[i])->*kernel)(Args{.x = x.data(), .y = y.data(), .n = n});
      for (std::size_t j = 0; j < n; ++j)
        if (const double error = ulps(y[j], expected[j]); error > worst[i].error) worst[i] = {error, x[j]};
    }
  }
  return worst;
}

/// `fused` and `unfused` are the errors that math.hpp states.
template <class Args, class Exact>
void check_error(const char* what, void (*KernelTable::*kernel)(const Args&) noexcept, Exact exact, double fused,
                 double unfused) {
  std::vector<Isa> isas;
  for (const Isa isa : compiled_isas())
    if (supported(isa) && isa != Isa::neon32) isas.push_back(isa);
  const bool every = std::getenv("TREADLE_TEST_EVERY_FLOAT") != nullptr;
  const std::vector<Worst> worst = measure(kernel, isas, every ? 1 : 32771, exact);
  for (std::size_t i = 0; i < isas.size(); ++i) {
    const std::string isa{name(isas[i])};
    if (every) MESSAGE(isa << " " << what << ": " << worst[i].error << " ULP at " << worst[i].at);
    CAPTURE(isa);
    CAPTURE(worst[i].at);
    CHECK(worst[i].error <= (isas[i] == Isa::sse2 ? unfused : fused));
    CHECK(worst[i].error > 0.5);
  }
}

template <class Args>
float evaluate(Isa isa, void (*KernelTable::*kernel)(const Args&) noexcept, float x) {
  float y = -1.0f;
  (table(isa)->*kernel)(Args{.x = &x, .y = &y, .n = 1});
  return y;
}

TEST_CASE("exp has the stated error") {
  check_error(
      "exp", &KernelTable::exponential, [](double x) { return std::exp(x); }, 0.90, 1.18);
}

TEST_CASE("log has the stated error") {
  check_error(
      "log", &KernelTable::logarithm, [](double x) { return std::log(x); }, 0.94, 0.93);
}

TEST_CASE("exp and log at the ends of their ranges") {
  for (const Isa isa : compiled_isas()) {
    if (!supported(isa)) continue;
    const std::string isa_name{name(isa)};
    CAPTURE(isa_name);
    const auto exp = [&](float x) { return evaluate(isa, &KernelTable::exponential, x); };
    const auto log = [&](float x) { return evaluate(isa, &KernelTable::logarithm, x); };
    CHECK(exp(0.0f) == 1.0f);
    CHECK(exp(-0.0f) == 1.0f);
    CHECK(exp(Limits::denorm_min()) == 1.0f);
    CHECK(exp(Limits::infinity()) == Limits::infinity());
    CHECK(exp(-Limits::infinity()) == 0.0f);
    CHECK(exp(Limits::max()) == Limits::infinity());
    CHECK(exp(Limits::lowest()) == 0.0f);
    CHECK(exp(0x1.62e42ep+6f) < Limits::infinity());  // the last float whose exp is one
    CHECK(exp(0x1.62e430p+6f) == Limits::infinity());
    CHECK(std::isnan(exp(Limits::quiet_NaN())));
    CHECK(log(1.0f) == 0.0f);
    CHECK_FALSE(std::signbit(log(1.0f)));
    CHECK(log(0.0f) == -Limits::infinity());
    CHECK(log(-0.0f) == -Limits::infinity());
    CHECK(log(Limits::infinity()) == Limits::infinity());
    CHECK(std::isnan(log(-1.0f)));
    CHECK(std::isnan(log(-Limits::infinity())));
    CHECK(std::isnan(log(Limits::quiet_NaN())));
    if (isa == Isa::neon32) continue;  // it takes subnormals for zeros
    CHECK(std::isnan(log(-Limits::denorm_min())));
    CHECK(log(Limits::denorm_min()) == static_cast<float>(-149 * std::log(2.0)));
    CHECK(exp(-103.97f) == Limits::denorm_min());
    CHECK(exp(-103.98f) == 0.0f);
  }
}

}  // namespace
}  // namespace treadle::kernels::test
