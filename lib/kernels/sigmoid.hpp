// y[i] = 1 / (1 + exp(-x[i])): see math.hpp.
#pragma once

#include "kernels/activation.hpp"
#include "kernels/math.hpp"

namespace treadle::kernels {

template <class S>
[[gnu::flatten]] void sigmoid(const ActivationArgs& args) noexcept {
  map_values<S>(args, [](auto x) TREADLE_INLINE_LAMBDA { return sigmoid(x); });
}

namespace reference {
template <class Arithmetic>
void sigmoid(const ActivationArgs& args) noexcept {
  for (std::size_t i = 0; i < args.n; ++i) args.y[i] = sigmoid<Arithmetic>(args.x[i]);
}
}  // namespace reference

}  // namespace treadle::kernels
