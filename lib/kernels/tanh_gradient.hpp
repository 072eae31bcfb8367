// dx[i] = dy[i] (1 - y[i]^2), where y is what tanh gave.
#pragma once

#include "kernels/activation.hpp"

namespace treadle::kernels {

template <class S>
[[gnu::flatten]] void tanh_gradient(const ActivationGradientArgs& args) noexcept {
  map_gradient<S>(args, [](auto y) TREADLE_INLINE_LAMBDA {
    using Batch = decltype(y);
    return fma(Batch::zero() - y, y, Batch::broadcast(1.0f));
  });
}

namespace reference {
template <class Arithmetic>
void tanh_gradient(const ActivationGradientArgs& args) noexcept {
  for (std::size_t i = 0; i < args.n; ++i)
    args.dx[i] = args.dy[i] * Arithmetic::fma(-args.saved[i], args.saved[i], 1.0f);
}
}  // namespace reference

}  // namespace treadle::kernels
