// exp and log against the C library's double functions.
#include <cmath>
#include <limits>

#include "errors.hpp"
#include "kernels/exponential.hpp"
#include "kernels/logarithm.hpp"
#include "support/subnormals.hpp"

namespace treadle::kernels::test {
namespace {

using Limits = std::numeric_limits<float>;

TEST_CASE("exp has the stated error") {
  check_error("exp", unary(&KernelTable::exponential), [](double x) { return std::exp(x); }, ulps, {0.90, 1.18});
}

TEST_CASE("log has the stated error") {
  check_error("log", unary(&KernelTable::logarithm), [](double x) { return std::log(x); }, ulps, {0.94, 0.93});
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
    if (treadle::test::flushes_subnormals(isa)) continue;  // it takes subnormals for zeros
    CHECK(std::isnan(log(-Limits::denorm_min())));
    CHECK(log(Limits::denorm_min()) == static_cast<float>(-149 * std::log(2.0)));
    CHECK(exp(-103.97f) == Limits::denorm_min());
    CHECK(exp(-103.98f) == 0.0f);
  }
}

}  // namespace
}  // namespace treadle::kernels::test
