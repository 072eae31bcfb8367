#include "training/mixup.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/philox.hpp"

namespace treadle::training {
namespace {

constexpr double ln_2 = 0.693147180559945309417;

/// Pairs of uniform numbers that a share may take, each accepted at least half of the time.
constexpr std::uint64_t most_tries = 64, numbers_each = 2 * most_tries;

}  // namespace

/// ln(2^e m) = e ln 2 + 2 artanh((m - 1) / (m + 1)), m between the roots of 1/2 and 2.
double natural_logarithm(double x) noexcept {
  int exponent = 0;
  double m = std::frexp(x, &exponent);
  if (m < 0.70710678118654752440) {
    m *= 2;
    --exponent;
  }
  const double s = (m - 1) / (m + 1), square = s * s;
  double sum = 0;
  for (int n = 23; n > 0; n -= 2) sum = sum * square + 1.0 / n;
  return exponent * ln_2 + 2 * s * sum;
}

/// 2^k e^r with |r| <= ln 2 / 2, Taylor's series for e^r.
double exponential(double x) noexcept {
  if (x < -745) return 0;
  const double k = std::floor(x / ln_2 + 0.5), r = x - k * ln_2;
  double sum = 1;
  for (int n = 16; n > 0; --n) sum = 1 + sum * r / n;
  return std::ldexp(sum, static_cast<int>(k));
}

/// U^(1/a) / (U^(1/a) + V^(1/a)) is Beta(a, a) where the denominator is at most 1. In logarithms, which do not
/// underflow.
double draw_share(double alpha, std::uint64_t seed, std::size_t epoch, std::uint64_t first) noexcept {
  const base::RandomStream random(seed, base::Purpose::mixup, static_cast<std::uint32_t>(epoch));
  const auto logarithm = [&](std::uint64_t index) {  // of a number in (0, 1]
    return natural_logarithm((static_cast<double>(random.bits(index)) + 1) * 0x1p-32) / alpha;
  };
  double x = 0, y = 0;
  for (std::uint64_t i = 0; i < most_tries; ++i) {
    x = logarithm(first + 2 * i);
    y = logarithm(first + 2 * i + 1);
    if (exponential(x) + exponential(y) <= 1) break;
  }
  const double ratio = exponential(-std::abs(x - y));
  return ratio / (1 + ratio);
}

Mixup::Mixup(const data::Augmentation& options, std::uint64_t seed) noexcept
    : alpha_(static_cast<double>(options.mixup)), seed_(seed) {}

void Mixup::pair(const BatchRoom& batch, std::span<std::uint32_t> order, std::size_t epoch,
                 std::uint64_t place) const noexcept {
  const std::size_t rows = batch.targets.size();
  std::iota(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(rows), 0u);
  const base::RandomStream random(seed_, base::Purpose::mixup_pairs, static_cast<std::uint32_t>(epoch));
  for (std::size_t i = rows; i > 1; --i)
    std::swap(order[i - 1], order[random.below(static_cast<std::uint32_t>(i), place + i - 1)]);
  for (std::size_t i = 0; i < rows; ++i) {
    const std::size_t other = i % 2 == 1 ? i - 1 : std::min(i + 1, rows - 1);
    batch.others[order[i]] = batch.targets[order[other]];
    batch.shares[order[i]] = static_cast<float>(draw_share(alpha_, seed_, epoch, (place + order[i]) * numbers_each));
  }
  if (rows % 2 == 1) batch.shares[order[rows - 1]] = 0;
}

void Mixup::mix(const BatchRoom& batch, std::span<const std::uint32_t> order, std::size_t pair) noexcept {
  const std::size_t elements = batch.inputs.size() / batch.targets.size(), a = order[2 * pair], b = order[2 * pair + 1];
  float *const one = batch.inputs.data() + a * elements, *const two = batch.inputs.data() + b * elements;
  const float share_one = batch.shares[a], share_two = batch.shares[b];
  for (std::size_t i = 0; i < elements; ++i) {
    const float x = one[i], y = two[i];
    one[i] = x + share_one * (y - x);
    two[i] = y + share_two * (x - y);
  }
}

void Mixup::apply(const BatchRoom& batch, std::span<std::uint32_t> order, std::size_t epoch,
                  std::uint64_t place) const noexcept {
  if (!active()) return;
  pair(batch, order, epoch, place);
  for (std::size_t i = 0; i < batch.targets.size() / 2; ++i) mix(batch, order, i);
}

}  // namespace treadle::training
