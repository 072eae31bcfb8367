// y[i] = x[i] > 0 ? x[i] : slope x[i], with slope > 0: NaN stays NaN, -0 stays -0.
#pragma once

#include "kernels/activation.hpp"

namespace treadle::kernels {

struct LeakyReluArgs {
  const float* x;  // [n]
  float* y;        // [n], may be x
  std::size_t n;
  float slope;
};

template <class S>
[[gnu::flatten]] void leaky_relu(const LeakyReluArgs& args) noexcept {
  const float slope = args.slope;
  map_values<S>({.x = args.x, .y = args.y, .n = args.n}, [=](auto x) TREADLE_INLINE_LAMBDA {
    using Batch = decltype(x);
    return select(greater(x, Batch::zero()), x, x * Batch::broadcast(slope));
  });
}

namespace reference {
template <class Arithmetic>
void leaky_relu(const LeakyReluArgs& args) noexcept {
  for (std::size_t i = 0; i < args.n; ++i) args.y[i] = args.x[i] > 0.0f ? args.x[i] : args.x[i] * args.slope;
}
}  // namespace reference

}  // namespace treadle::kernels
