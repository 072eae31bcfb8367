// dx[i] = y[i] > 0 ? dy[i] : slope dy[i], where y is what leaky_relu gave: with slope > 0 it is positive where x is.
#pragma once

#include "kernels/activation.hpp"

namespace treadle::kernels {

struct LeakyReluGradientArgs {
  const float* y;   // [n]
  const float* dy;  // [n]
  float* dx;        // [n], may be dy
  std::size_t n;
  float slope;
};

template <class S>
[[gnu::flatten]] void leaky_relu_gradient(const LeakyReluGradientArgs& args) noexcept {
  const float slope = args.slope;
  map_gradient<S>({.saved = args.y, .dy = args.dy, .dx = args.dx, .n = args.n}, [=](auto y) TREADLE_INLINE_LAMBDA {
    using Batch = decltype(y);
    return select(greater(y, Batch::zero()), Batch::broadcast(1.0f), Batch::broadcast(slope));
  });
}

namespace reference {
template <class Arithmetic>
void leaky_relu_gradient(const LeakyReluGradientArgs& args) noexcept {
  for (std::size_t i = 0; i < args.n; ++i) args.dx[i] = args.y[i] > 0.0f ? args.dy[i] : args.dy[i] * args.slope;
}
}  // namespace reference

}  // namespace treadle::kernels
