// y[i] = tanh(x[i]): see math.hpp.
#pragma once

#include "kernels/activation.hpp"
#include "kernels/math.hpp"

namespace treadle::kernels {

template <class S>
[[gnu::flatten]] void tanh(const ActivationArgs& args) noexcept {
  map_values<S>(args, [](auto x) TREADLE_INLINE_LAMBDA { return tanh(x); });
}

namespace reference {
template <class Arithmetic>
void tanh(const ActivationArgs& args) noexcept {
  for (std::size_t i = 0; i < args.n; ++i) args.y[i] = tanh<Arithmetic>(args.x[i]);
}
}  // namespace reference

}  // namespace treadle::kernels
