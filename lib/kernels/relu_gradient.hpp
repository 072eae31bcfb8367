// dx[i] = y[i] > 0 ? dy[i] : 0, where y is what relu gave.
#pragma once

#include "kernels/elementwise.hpp"

namespace treadle::kernels {

struct ReluGradientArgs {
  const float* y;   // [n]
  const float* dy;  // [n]
  float* dx;        // [n], may be dy
  std::size_t n;
};

template <class S>
[[gnu::flatten]] void relu_gradient(const ReluGradientArgs& args) noexcept {
  const auto zero = simd::Float<S>::zero();
  for_each_batch<S>(args.n, [&](auto at) TREADLE_INLINE_LAMBDA {
    at.store(args.dx, select(greater(at.load(args.y), zero), at.load(args.dy), zero));
  });
}

namespace reference {
template <class Arithmetic>
void relu_gradient(const ReluGradientArgs& args) noexcept {
  for (std::size_t i = 0; i < args.n; ++i) args.dx[i] = args.y[i] > 0.0f ? args.dy[i] : 0.0f;
}
}  // namespace reference

}  // namespace treadle::kernels
