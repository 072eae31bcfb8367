// y[i] = max(x[i], 0): NaN stays NaN, -0 stays -0.
#pragma once

#include "kernels/activation.hpp"

namespace treadle::kernels {

template <class S>
[[gnu::flatten]] void relu(const ActivationArgs& args) noexcept {
  map_values<S>(args, [](auto x) TREADLE_INLINE_LAMBDA { return max(decltype(x)::zero(), x); });
}

namespace reference {
template <class Arithmetic>
void relu(const ActivationArgs& args) noexcept {
  for (std::size_t i = 0; i < args.n; ++i) args.y[i] = 0.0f > args.x[i] ? 0.0f : args.x[i];
}
}  // namespace reference

}  // namespace treadle::kernels
