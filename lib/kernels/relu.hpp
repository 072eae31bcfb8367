// y[i] = max(x[i], 0): NaN stays NaN, -0 stays -0.
#pragma once

#include "kernels/elementwise.hpp"

namespace treadle::kernels {

struct ReluArgs {
  const float* x;  // [n]
  float* y;        // [n], may be x
  std::size_t n;
};

template <class S>
[[gnu::flatten]] void relu(const ReluArgs& args) noexcept {
  const auto zero = simd::Float<S>::zero();
  for_each_batch<S>(args.n, [&](auto at) TREADLE_INLINE_LAMBDA { at.store(args.y, max(zero, at.load(args.x))); });
}

namespace reference {
template <class Arithmetic>
void relu(const ReluArgs& args) noexcept {
  for (std::size_t i = 0; i < args.n; ++i) args.y[i] = 0.0f > args.x[i] ? 0.0f : args.x[i];
}
}  // namespace reference

}  // namespace treadle::kernels
