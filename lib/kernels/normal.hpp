// The lower tail of the standard normal distribution, for gelu.
#pragma once

#include "kernels/math.hpp"

namespace treadle::kernels {

namespace normal_detail {

/// For t >= 0, Phi(-t) = e^(-t^2 / 2) q(t), where q(t) = w p(w) with w = 1 / (1 + 17/64 t): q falls slowly from 1/2, as
/// 1 / (t sqrt(2 pi)) in the end. p by Remez on t = 0 ... 14.4, relative error 2^-25.8. From the highest power to the
/// lowest.
inline constexpr float scale = 0x1.1p-2f;
constexpr float polynomial_of_w[] = {0x1.f67ed8p-6f, -0x1.2373eep-3f, 0x1.b27f16p-3f, -0x1.c51f4cp-4f, 0x1.12d2f8p-3f,
                                     0x1.fa6cc8p-5f, 0x1.a4242ap-4f,  0x1.b04794p-4f, 0x1.b22136p-4f};

/// Beyond, t Phi(-t) and the density are below half of the smallest subnormal.
inline constexpr float lowest = -14.4f;

}  // namespace normal_detail

/// What gelu and its gradient have in common. With t = |x|:
template <class S>
struct NormalTail {
  simd::Float<S> minus_t;  // 0 where e is
  simd::Float<S> e;        // e^(-t^2 / 2), 0 from t = 14.4 on
  simd::Float<S> q;        // Phi(-t) / e
};

template <class S>
TREADLE_INLINE NormalTail<S> normal_tail(simd::Float<S> x) {
  using namespace normal_detail;
  using Batch = simd::Float<S>;
  const Batch one = Batch::broadcast(1.0f);
  const Batch minus_absolute = math_detail::minus_absolute(x);
  // What ends as 0 is computed as for x = 0; a NaN passes.
  const auto vanishes = greater(Batch::broadcast(lowest), minus_absolute);
  const Batch minus_t = select(vanishes, Batch::zero(), minus_absolute);
  // t^2 / 2 = low - high. An exponent of 100 that is rounded once would cost 50 units in the last place of the result.
  const Batch minus_half_t = minus_t * Batch::broadcast(0.5f);
  const Batch half_t = minus_t * Batch::broadcast(-0.5f);
  const Batch high = minus_t * half_t;
  const Batch low = fma(minus_t, minus_half_t, high);
  math_detail::Reduced<S> exponent = math_detail::reduce_exponent(high);
  exponent.r = exponent.r - low;
  const Batch e = math_detail::exp_reduced(exponent);
  const Batch w = one / fma(minus_t, Batch::broadcast(-scale), one);
  return {minus_t, select(vanishes, Batch::zero(), e), math_detail::polynomial(w, polynomial_of_w) * w};
}

namespace reference {

struct NormalTail {
  float minus_t, e, q;
};

template <class Arithmetic>
NormalTail normal_tail(float x) noexcept {
  using namespace normal_detail;
  const float t = __builtin_fabsf(x);
  if (x != x) return {x, x, x};
  if (t > -lowest) return {0.0f, 0.0f, 0.5f};
  const float high = -(t * (t * 0.5f));
  const float low = Arithmetic::fma(t, t * 0.5f, high);
  const float w = 1.0f / Arithmetic::fma(t, scale, 1.0f);
  float sum = 0.0f;
  for (const float coefficient : polynomial_of_w) sum = Arithmetic::fma(sum, w, coefficient);
  return {-t, exp_between<Arithmetic>(high, low), sum * w};
}

}  // namespace reference

}  // namespace treadle::kernels
