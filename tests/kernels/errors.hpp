// How far kernels of one value are from the C library's double functions, over floats of all sizes. Set
// TREADLE_TEST_EVERY_FLOAT=1 to try all 2^32 and to see the largest errors.
#pragma once

#include <doctest/doctest.h>
#include <treadle/isa.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "kernels/table.hpp"
#include "support/subnormals.hpp"

namespace treadle::kernels::test {

/// The distance in units in the last place of the exact result, subnormal or not.
inline double ulps(float result, double exact) {
  if (std::isnan(exact)) return std::isnan(result) ? 0.0 : 1e9;
  const double largest = std::ldexp(1.0, 128) - std::ldexp(1.0, 103);  // from here on floats round to infinity
  if (std::abs(exact) >= largest) return static_cast<double>(result) == std::copysign(INFINITY, exact) ? 0.0 : 1e9;
  if (!std::isfinite(result)) return 1e9;
  int exponent;
  std::frexp(exact, &exponent);
  return std::ldexp(std::abs(static_cast<double>(result) - exact), -std::max(exponent - 24, -149));
}

/// The distance in units of 2^-24.
inline double units(float result, double exact) {
  if (std::isnan(exact)) return std::isnan(result) ? 0.0 : 1e9;
  if (!std::isfinite(result)) return 1e9;
  return std::ldexp(std::abs(static_cast<double>(result) - exact), 24);
}

struct Worst {
  double error = 0;
  float at = 0;
};

/// The largest error(result, exact) of kernel(table, x, y, n) with each instruction set over the floats 0, stride,
/// 2 stride, ... by their bits.
template <class Kernel, class Exact, class Error>
std::vector<Worst> measure(Kernel kernel, const std::vector<Isa>& isas, std::uint64_t stride, Exact exact,
                           Error error) {
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
      kernel(*table(isas[i]), x.data(), y.data(), n);
      for (std::size_t j = 0; j < n; ++j)
        if (const double e = error(y[j], expected[j]); e > worst[i].error) worst[i] = {e, x[j]};
    }
  }
  return worst;
}

/// The largest errors that a kernel's header states.
struct Stated {
  double fused;
  double unfused;
};

/// Checks that the errors are at most `stated`, and more than `at_least`, so that the measure can be trusted.
template <class Kernel, class Exact, class Error>
void check_error(const std::string& what, Kernel kernel, Exact exact, Error error, Stated stated,
                 double at_least = 0.5) {
  std::vector<Isa> isas;
  for (const Isa isa : compiled_isas())
    if (supported(isa) && !treadle::test::flushes_subnormals(isa)) isas.push_back(isa);
  const bool every = std::getenv("TREADLE_TEST_EVERY_FLOAT") != nullptr;
  const std::vector<Worst> worst = measure(kernel, isas, every ? 1 : 32771, exact, error);
  for (std::size_t i = 0; i < isas.size(); ++i) {
    const std::string isa{name(isas[i])};
    if (every) MESSAGE(isa << " " << what << ": " << worst[i].error << " at " << worst[i].at);
    CAPTURE(isa);
    CAPTURE(what);
    CAPTURE(worst[i].at);
    CHECK(worst[i].error <= (isas[i] == Isa::sse2 ? stated.unfused : stated.fused));
    CHECK(worst[i].error > at_least);
  }
}

/// A kernel with the arguments x, y and n, as check_error() takes it.
template <class Args>
auto unary(void (*KernelTable::*kernel)(const Args&) noexcept) {
  return [kernel](const KernelTable& table, const float* x, float* y, std::size_t n) {
    (table.*kernel)(Args{.x = x, .y = y, .n = n});
  };
}

/// The kernel's value at one x.
template <class Args>
float evaluate(Isa isa, void (*KernelTable::*kernel)(const Args&) noexcept, float x) {
  float y = -1.0f;
  unary(kernel)(*table(isa), &x, &y, 1);
  return y;
}

}  // namespace treadle::kernels::test
