// dx[i] = dy[i] y[i] (1 - y[i]), where y is what sigmoid gave.
#pragma once

#include "kernels/activation.hpp"

namespace treadle::kernels {

template <class S>
[[gnu::flatten]] void sigmoid_gradient(const ActivationGradientArgs& args) noexcept {
  map_gradient<S>(args, [](auto y) TREADLE_INLINE_LAMBDA { return y * (decltype(y)::broadcast(1.0f) - y); });
}

namespace reference {
template <class Arithmetic>
void sigmoid_gradient(const ActivationGradientArgs& args) noexcept {
  for (std::size_t i = 0; i < args.n; ++i) {
    const float y = args.saved[i];
    args.dx[i] = args.dy[i] * (y * (1.0f - y));
  }
}
}  // namespace reference

}  // namespace treadle::kernels
