// exp, log, sigmoid and tanh over all floats, the same bits everywhere: polynomials in explicit fma, no tables, no
// branches.
//
// Largest error over all 2^32 floats, in units in the last place of the exact result (of its subnormal spacing too):
//   exp 0.90 (1.18 without fused multiply-add)    log 0.94 (0.93)    sigmoid 2.41 (2.41)    tanh 1.57 (1.53)
#pragma once

#include <cstdint>

#include "simd/batch.hpp"

namespace treadle::kernels {

namespace math_detail {

/// ln 2 in two parts. The first has 15 bits, so that its product with an exponent is exact without fma too.
inline constexpr float ln2_high = 0x1.62e4p-1f;
inline constexpr float ln2_low = 0x1.7f7d1cp-20f;
inline constexpr float log2_e = 0x1.715476p+0f;

/// Adding 1.5 * 2^23 rounds to an integer, which then stands in the lowest bits.
inline constexpr float rounder = 0x1.8p+23f;
inline constexpr std::int32_t rounder_bits = 0x4b400000;

/// exp(x) is below half of the smallest subnormal, and above the largest float, from here on.
inline constexpr float exp_lowest = -104.0f;
inline constexpr float exp_highest = 89.0f;
/// tanh(x) rounds to 1 from 9.011 on. Up to 0.55 it is computed as x + x^3 p(x^2), above as 1 - 2 / (e^2x + 1), which
/// loses no bits while the quotient is below 1/2.
inline constexpr float tanh_highest = 9.25f;
inline constexpr float tanh_small = 0.55f;

/// (exp(r) - 1 - r) / r^2 on [-ln(2)/2, ln(2)/2]: Remez, smallest relative error of exp, 2^-28.3 before rounding. From
/// the highest power to the lowest.
constexpr float exp_polynomial[] = {0x1.6a2434p-10f, 0x1.1239e2p-7f, 0x1.5558f2p-5f, 0x1.555492p-3f, 0x1.fffffcp-2f};

/// (log(1 + f) - f + f^2 / 2) / f^3 on [sqrt(1/2) - 1, sqrt(2) - 1]: the same for log, 2^-27.3.
constexpr float log_polynomial[] = {-0x1.38b590p-4f, 0x1.055b6cp-3f, -0x1.0d8540p-3f, 0x1.22da1cp-3f,
                                    -0x1.547244p-3f, 0x1.99a008p-3f, -0x1.000226p-2f, 0x1.555554p-2f};

/// (tanh(x) / x - 1) / x^2 as a polynomial in x^2 for |x| up to tanh_small: the same for tanh, 2^-24.7.
constexpr float tanh_polynomial[] = {0x1.0d2dfap-6f, -0x1.af7412p-5f, 0x1.10cea2p-3f, -0x1.55545p-2f};

inline constexpr std::int32_t sqrt_half_bits = 0x3f3504f3;
inline constexpr float smallest_normal = 0x1p-126f;
inline constexpr float infinity = __builtin_inff();
inline constexpr float not_a_number = __builtin_nanf("");
inline constexpr std::int32_t sign_bit = INT32_MIN;
inline constexpr std::int32_t all_but_sign = INT32_MAX;

/// Horner's rule: `coefficients` from the highest power to the lowest.
template <class S, std::size_t count>
TREADLE_INLINE simd::Float<S> polynomial(simd::Float<S> x, const float (&coefficients)[count]) {
  auto sum = simd::Float<S>::broadcast(coefficients[0]);
  for (std::size_t i = 1; i < count; ++i) sum = fma(sum, x, simd::Float<S>::broadcast(coefficients[i]));
  return sum;
}

template <class S>
TREADLE_INLINE simd::Float<S> absolute(simd::Float<S> x) {
  return from_bits(bits(x) & simd::Int<S>::broadcast(all_but_sign));
}
template <class S>
TREADLE_INLINE simd::Float<S> minus_absolute(simd::Float<S> x) {
  return from_bits(bits(x) | simd::Int<S>::broadcast(sign_bit));
}

/// x = n ln 2 + r with |r| <= ln(2) / 2. The lowest bits of `shifted` are n.
template <class S>
struct Reduced {
  simd::Float<S> shifted;
  simd::Float<S> r;
};

template <class S>
TREADLE_INLINE Reduced<S> reduce_exponent(simd::Float<S> x) {
  using Batch = simd::Float<S>;
  const Batch shifted = fma(x, Batch::broadcast(log2_e), Batch::broadcast(rounder));
  const Batch n = shifted - Batch::broadcast(rounder);
  const Batch r = fma(n, Batch::broadcast(-ln2_high), x);
  return {shifted, fma(n, Batch::broadcast(-ln2_low), r)};
}

/// 2^n e^r.
template <class S>
TREADLE_INLINE simd::Float<S> exp_reduced(Reduced<S> x) {
  using Batch = simd::Float<S>;
  using Integers = simd::Int<S>;
  const Batch one = Batch::broadcast(1.0f);
  const Batch e_r = fma(fma(polynomial(x.r, exp_polynomial), x.r, one), x.r, one);
  // 2^n as two factors, since n reaches from -150 to 128. The first product is exact.
  const Integers biased = bits(x.shifted) - Integers::broadcast(rounder_bits - 2 * 127);
  const Integers half = simd::shift_right<1>(biased);
  const Batch first = from_bits(simd::shift_left<23>(half));
  const Batch second = from_bits(simd::shift_left<23>(biased - half));
  return e_r * first * second;
}

/// e^x for x <= 0 and NaN.
template <class S>
TREADLE_INLINE simd::Float<S> exp_not_positive(simd::Float<S> x) {
  using Batch = simd::Float<S>;
  // What ends as 0 is computed as e^0: multiplying to below the smallest normal takes some CPUs a hundred cycles. A NaN
  // passes, since comparisons with it are false.
  const auto vanishes = greater(Batch::broadcast(exp_lowest), x);
  const Batch e = exp_reduced(reduce_exponent(select(vanishes, Batch::zero(), x)));
  return select(vanishes, Batch::zero(), e);
}

}  // namespace math_detail

/// e^x: +inf above 88.72, subnormal below -87.33, 0 below -103.97, NaN for NaN.
template <class S>
TREADLE_INLINE simd::Float<S> exp(simd::Float<S> x) {
  using namespace math_detail;
  using Batch = simd::Float<S>;
  const auto vanishes = greater(Batch::broadcast(exp_lowest), x);  // as in exp_not_positive
  const Batch e = exp_reduced(reduce_exponent(select(vanishes, Batch::zero(), min(Batch::broadcast(exp_highest), x))));
  return select(vanishes, Batch::zero(), e);
}

/// 1 / (1 + e^-x), which is e^x / (1 + e^x): never above 1, 1 from 17.33 on, subnormal below -87.33, NaN for NaN.
template <class S>
TREADLE_INLINE simd::Float<S> sigmoid(simd::Float<S> x) {
  using Batch = simd::Float<S>;
  const Batch one = Batch::broadcast(1.0f);
  const Batch e = math_detail::exp_not_positive(math_detail::minus_absolute(x));
  return select(greater(x, Batch::zero()), one, e) / (one + e);
}

/// x for small x, -0 for -0, exactly 1 or -1 from 9.011 on, odd, NaN for NaN.
template <class S>
TREADLE_INLINE simd::Float<S> tanh(simd::Float<S> x) {
  using namespace math_detail;
  using Batch = simd::Float<S>;
  using Integers = simd::Int<S>;
  const Batch one = Batch::broadcast(1.0f);
  const Batch t = min(Batch::broadcast(tanh_highest), absolute(x));
  const Batch square = t * t;
  const Batch small = fma(polynomial(square, tanh_polynomial) * square, t, t);

  const Reduced<S> twice = reduce_exponent(t + t);
  const Batch e_r = fma(fma(polynomial(twice.r, exp_polynomial), twice.r, one), twice.r, one);
  const Batch power = from_bits(simd::shift_left<23>(bits(twice.shifted) - Integers::broadcast(rounder_bits - 127)));
  const Batch large = one - Batch::broadcast(2.0f) / fma(e_r, power, one);  // the product is exact

  const Batch y = select(greater(t, Batch::broadcast(tanh_small)), large, small);
  return from_bits(bits(y) | (bits(x) & Integers::broadcast(sign_bit)));
}

/// ln x: -inf for both zeros, +inf for +inf, NaN for NaN and below 0.
template <class S>
TREADLE_INLINE simd::Float<S> log(simd::Float<S> x) {
  using namespace math_detail;
  using Batch = simd::Float<S>;
  using Integers = simd::Int<S>;
  const auto subnormal = greater(Batch::broadcast(smallest_normal), x);
  const Batch normal = select(subnormal, x * Batch::broadcast(0x1p+23f), x);
  // normal = 2^k (1 + f) with 1 + f between sqrt(1/2) and sqrt(2). The 128 keeps k positive while it is shifted.
  const Integers from_sqrt_half = bits(normal) - Integers::broadcast(sqrt_half_bits);
  const Integers k = simd::shift_right<23>(from_sqrt_half + Integers::broadcast(128 << 23)) - Integers::broadcast(128);
  const Batch f = from_bits(bits(normal) - simd::shift_left<23>(k)) - Batch::broadcast(1.0f);
  const Batch exponent = to_float(k) - select(subnormal, Batch::broadcast(23.0f), Batch::zero());

  const Batch tail = fma(polynomial(f, log_polynomial), f, Batch::broadcast(-0.5f));
  const Batch low = fma(f * f, tail, fma(exponent, Batch::broadcast(ln2_low), f));
  const Batch finite = fma(exponent, Batch::broadcast(ln2_high), low);

  const Batch not_positive =
      select(equal(x, Batch::zero()), Batch::broadcast(-infinity), Batch::broadcast(not_a_number));
  const Batch largest = Batch::broadcast(infinity);
  return select(equal(x, largest), largest, select(greater(x, Batch::zero()), finite, not_positive));
}

namespace reference {

/// x * 2^n for n in -150 ... 128 and x near 1, rounded once. Not ldexp: that of C libraries for microcontrollers makes
/// subnormals zero.
template <class Arithmetic>
float scaled(float x, int n) noexcept {
  const auto power = [](int k) { return __builtin_bit_cast(float, static_cast<std::int32_t>(k + 127) << 23); };
  const int half = n / 2;
  return x * power(half) * power(n - half);
}

/// e^(x - low), where `low` is much smaller than x and x between exp_lowest and exp_highest.
template <class Arithmetic>
float exp_between(float x, float low) noexcept {
  using namespace math_detail;
  const float n = Arithmetic::fma(x, log2_e, rounder) - rounder;
  const float r = Arithmetic::fma(n, -ln2_low, Arithmetic::fma(n, -ln2_high, x)) - low;
  float sum = 0.0f;
  for (const float coefficient : exp_polynomial) sum = Arithmetic::fma(sum, r, coefficient);
  sum = Arithmetic::fma(Arithmetic::fma(sum, r, 1.0f), r, 1.0f);
  return scaled<Arithmetic>(sum, static_cast<int>(n));
}

template <class Arithmetic>
float exp(float x) noexcept {
  using namespace math_detail;
  if (x != x) return x;
  if (x < exp_lowest) return 0.0f;
  if (x > exp_highest) return infinity;
  return exp_between<Arithmetic>(x, 0.0f);
}

template <class Arithmetic>
float sigmoid(float x) noexcept {
  const float e = exp<Arithmetic>(x > 0.0f ? -x : x);
  return (x > 0.0f ? 1.0f : e) / (1.0f + e);
}

template <class Arithmetic>
float tanh(float x) noexcept {
  using namespace math_detail;
  if (x != x) return x;
  const float t = __builtin_fabsf(x) < tanh_highest ? __builtin_fabsf(x) : tanh_highest;
  if (t > tanh_small) return __builtin_copysignf(1.0f - 2.0f / (exp_between<Arithmetic>(t + t, 0.0f) + 1.0f), x);
  float sum = 0.0f;
  for (const float coefficient : tanh_polynomial) sum = Arithmetic::fma(sum, t * t, coefficient);
  return __builtin_copysignf(Arithmetic::fma(sum * (t * t), t, t), x);
}

template <class Arithmetic>
float log(float x) noexcept {
  using namespace math_detail;
  if (x != x || x < 0.0f) return not_a_number;
  if (x == 0.0f) return -infinity;
  if (x == infinity) return x;
  int exponent;
  float mantissa = __builtin_frexpf(x, &exponent);
  if (mantissa < __builtin_bit_cast(float, sqrt_half_bits)) {
    mantissa *= 2.0f;
    exponent -= 1;
  }
  const float f = mantissa - 1.0f;
  const float k = static_cast<float>(exponent);
  float sum = 0.0f;
  for (const float coefficient : log_polynomial) sum = Arithmetic::fma(sum, f, coefficient);
  sum = Arithmetic::fma(f * f, Arithmetic::fma(sum, f, -0.5f), Arithmetic::fma(k, ln2_low, f));
  return Arithmetic::fma(k, ln2_high, sum);
}

}  // namespace reference

}  // namespace treadle::kernels
