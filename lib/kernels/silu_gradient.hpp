// dx[i] = dy[i] s (1 + x[i] (1 - s)) with s = sigmoid(x[i]); for dy = 1 its error is at most 3.87 2^-24 (4.04 2^-24
// without fused multiply-add).
#pragma once

#include "kernels/activation.hpp"
#include "kernels/math.hpp"
#include "kernels/silu.hpp"

namespace treadle::kernels {

template <class S>
[[gnu::flatten]] void silu_gradient(const ActivationGradientArgs& args) noexcept {
  map_gradient<S>(args, [](auto x) TREADLE_INLINE_LAMBDA {
    using Batch = decltype(x);
    const Batch one = Batch::broadcast(1.0f);
    x = max(Batch::broadcast(-silu_detail::farthest), min(Batch::broadcast(silu_detail::farthest), x));
    // s and 1 - s are 1 / (1 + e) and e / (1 + e), in the order that the sign of x says; none is a difference.
    const Batch e = math_detail::exp_not_positive(math_detail::minus_absolute(x));
    const Batch r = one / (one + e);
    const auto positive = greater(x, Batch::zero());
    const Batch s = select(positive, one, e) * r;
    const Batch one_minus_s = select(positive, e, one) * r;
    return s * fma(x, one_minus_s, one);
  });
}

namespace reference {
template <class Arithmetic>
void silu_gradient(const ActivationGradientArgs& args) noexcept {
  constexpr float farthest = silu_detail::farthest;
  for (std::size_t i = 0; i < args.n; ++i) {
    float x = args.saved[i];
    if (x > farthest) x = farthest;
    if (x < -farthest) x = -farthest;
    const float e = exp<Arithmetic>(-__builtin_fabsf(x));
    const float r = 1.0f / (1.0f + e);
    const float s = x > 0.0f ? r : e * r;
    const float one_minus_s = x > 0.0f ? e * r : r;
    args.dx[i] = args.dy[i] * (s * Arithmetic::fma(x, one_minus_s, 1.0f));
  }
}
}  // namespace reference

}  // namespace treadle::kernels
