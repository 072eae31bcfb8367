// dx[i] = dy[i] (Phi(x[i]) + x[i] phi(x[i])), Phi the standard normal distribution and phi its density; for dy = 1 its
// error is at most 4.33 2^-24.
#pragma once

#include "kernels/activation.hpp"
#include "kernels/normal.hpp"

namespace treadle::kernels {

namespace gelu_detail {
inline constexpr float density_at_0 = 0x1.988454p-2f;  // 1 / sqrt(2 pi)
}

template <class S>
[[gnu::flatten]] void gelu_gradient(const ActivationGradientArgs& args) noexcept {
  map_gradient<S>(args, [](auto x) TREADLE_INLINE_LAMBDA {
    using Batch = decltype(x);
    const auto tail = normal_tail(x);
    // Below 0 it is Phi(-t) - t phi(t), above 1 minus that.
    const Batch below = tail.e * fma(tail.minus_t, Batch::broadcast(gelu_detail::density_at_0), tail.q);
    return select(greater(x, Batch::zero()), Batch::broadcast(1.0f) - below, below);
  });
}

namespace reference {
template <class Arithmetic>
void gelu_gradient(const ActivationGradientArgs& args) noexcept {
  for (std::size_t i = 0; i < args.n; ++i) {
    const NormalTail tail = normal_tail<Arithmetic>(args.saved[i]);
    const float below = tail.e * Arithmetic::fma(tail.minus_t, gelu_detail::density_at_0, tail.q);
    args.dx[i] = args.dy[i] * (args.saved[i] > 0.0f ? 1.0f - below : below);
  }
}
}  // namespace reference

}  // namespace treadle::kernels
