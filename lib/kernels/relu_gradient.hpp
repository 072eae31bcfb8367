// dx[i] = y[i] > 0 ? dy[i] : 0, where y is what relu gave.
#pragma once

#include "kernels/activation.hpp"

namespace treadle::kernels {

template <class S>
[[gnu::flatten]] void relu_gradient(const ActivationGradientArgs& args) noexcept {
  const float* y = args.saved;
  const float* dy = args.dy;
  float* dx = args.dx;
  for_each_two_batches<S>(args.n, [=](auto at) TREADLE_INLINE_LAMBDA {
    const auto zero = decltype(at.load(y))::zero();
    at.store(dx, select(greater(at.load(y), zero), at.load(dy), zero));
  });
}

namespace reference {
template <class Arithmetic>
void relu_gradient(const ActivationGradientArgs& args) noexcept {
  for (std::size_t i = 0; i < args.n; ++i) args.dx[i] = args.saved[i] > 0.0f ? args.dy[i] : 0.0f;
}
}  // namespace reference

}  // namespace treadle::kernels
