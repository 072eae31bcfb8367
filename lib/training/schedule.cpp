#include <treadle/schedule.hpp>

#include <cmath>
#include <limits>

namespace treadle {
namespace {

/// cos(pi x) for x in 0 ... 1, from additions and products alone: libm's differs between machines. The series of
/// cos(pi x) up to x^22 leaves an error below 1e-16 up to a half, beyond which cos(pi x) = -cos(pi (1 - x)).
double cos_pi(double x) noexcept {
  if (x > 0.5) return -cos_pi(1.0 - x);
  constexpr double pi = 3.14159265358979323846;
  const double square = (pi * x) * (pi * x);
  double sum = 1.0;
  for (int n = 22; n >= 2; n -= 2) sum = 1.0 - square / (n * (n - 1.0)) * sum;
  return sum;
}

/// From `from` at x = 0 to `to` at x = 1 along half a cosine.
double half_cosine(double from, double to, double x) noexcept { return to + (from - to) * 0.5 * (1.0 + cos_pi(x)); }

double ratio(double numerator, std::uint64_t denominator) noexcept {
  return numerator / static_cast<double>(denominator);
}

double factor(const ConstantRate&, const RunPosition&) noexcept { return 1.0; }

double factor(const LinearDecay&, const RunPosition& at) noexcept {
  return ratio(static_cast<double>(at.iterations - at.iteration), at.iterations);
}

/// By squaring: pow() of libm differs between machines.
double power(double base, std::uint64_t exponent) noexcept {
  double result = 1.0;
  for (; exponent != 0; exponent /= 2, base *= base)
    if (exponent % 2 != 0) result *= base;
  return result;
}

constexpr double ln_2 = 0.693147180559945309417;

/// The natural logarithm of a normal number above 0, as cos_pi() is made: 2 artanh((m - 1) / (m + 1)) for m near 1.
double logarithm(double x) noexcept {
  int exponent = 0;
  double m = std::frexp(x, &exponent);  // exact, as ldexp() is
  if (m < 0.70710678118654752) {
    m *= 2.0;
    --exponent;
  }
  const double s = (m - 1.0) / (m + 1.0), square = s * s;
  double sum = 0.0;
  for (int n = 25; n >= 1; n -= 2) sum = sum * square + 1.0 / n;
  return exponent * ln_2 + 2.0 * s * sum;
}

/// e^x for x <= 0.
double exponential(double x) noexcept {
  const double twos = std::floor(x / ln_2 + 0.5), rest = x - twos * ln_2;
  double sum = 1.0;
  for (int n = 15; n >= 1; --n) sum = 1.0 + rest / n * sum;
  return std::ldexp(sum, static_cast<int>(twos));
}

double factor(const ExponentialRise& rise, const RunPosition& at) noexcept {
  if (at.iteration + 1 >= at.iterations) return 1.0;
  return exponential(logarithm(rise.start) *
                     ratio(static_cast<double>(at.iterations - 1 - at.iteration), at.iterations - 1));
}

double factor(const StepDecay& step, const RunPosition& at) noexcept {
  return power(step.factor, at.iteration / at.epoch_iterations / step.epochs);
}

double factor(const CosineDecay& cosine, const RunPosition& at) noexcept {
  return half_cosine(1.0, cosine.floor, ratio(static_cast<double>(at.iteration), at.iterations));
}

double factor(const OneCycle& cycle, const RunPosition& at) noexcept {
  constexpr double start = 1.0 / 25.0, end = start / 1e4;
  const double t = static_cast<double>(at.iteration);
  const double last = static_cast<double>(at.iterations) - 1.0;
  const double top = cycle.rise * static_cast<double>(at.iterations) - 1.0;
  if (t <= top) return top > 0.0 ? half_cosine(start, 1.0, t / top) : 1.0;
  return last > top ? half_cosine(1.0, end, (t - top) / (last - top)) : end;
}

Result<void> expect(bool accepted, const char* what) noexcept {
  if (accepted) return {};
  return Error{ErrorCode::invalid_argument, what};
}

Result<void> check_numbers(const ConstantRate&) noexcept { return {}; }
Result<void> check_numbers(const LinearDecay&) noexcept { return {}; }
Result<void> check_numbers(const StepDecay& step) noexcept {
  if (const Result<void> ok = expect(step.epochs >= 1, "StepDecay: epochs: expected at least 1, got 0"); !ok) return ok;
  return expect(step.factor > 0.0 && step.factor <= 1.0, "StepDecay: factor: expected a number in (0, 1]");
}
Result<void> check_numbers(const CosineDecay& cosine) noexcept {
  return expect(cosine.floor >= 0.0 && cosine.floor < 1.0, "CosineDecay: floor: expected a number in [0, 1)");
}
Result<void> check_numbers(const OneCycle& cycle) noexcept {
  return expect(cycle.rise > 0.0 && cycle.rise < 1.0, "OneCycle: rise: expected a number in (0, 1)");
}
Result<void> check_numbers(const ExponentialRise& rise) noexcept {
  return expect(rise.start >= std::numeric_limits<double>::min() && rise.start <= 1.0,
                "ExponentialRise: start: expected a number in (0, 1] that is not subnormal");
}

}  // namespace

Result<void> check(const Schedule& schedule) noexcept {
  return std::visit([](const auto& s) { return check_numbers(s); }, schedule);
}

Result<void> check(const ReduceOnPlateau& plateau) noexcept {
  if (const Result<void> ok =
          expect(plateau.factor > 0.0 && plateau.factor < 1.0, "ReduceOnPlateau: factor: expected a number in (0, 1)");
      !ok)
    return ok;
  if (const Result<void> ok = expect(plateau.threshold >= 0.0 && plateau.threshold < 1.0,
                                     "ReduceOnPlateau: threshold: expected a number in [0, 1)");
      !ok)
    return ok;
  return expect(plateau.least >= 0.0 && plateau.least <= 1.0, "ReduceOnPlateau: least: expected a number in [0, 1]");
}

bool needs_iterations(const Schedule& schedule) noexcept {
  return !std::holds_alternative<ConstantRate>(schedule) && !std::holds_alternative<StepDecay>(schedule);
}

double rate_factor(const Schedule& schedule, const RunPosition& position) noexcept {
  return std::visit([&](const auto& s) { return factor(s, position); }, schedule);
}

}  // namespace treadle
