// y[i] = exp(x[i]): see math.hpp.
#pragma once

#include "kernels/elementwise.hpp"
#include "kernels/math.hpp"

namespace treadle::kernels {

struct ExponentialArgs {
  const float* x;  // [n]
  float* y;        // [n], may be x
  std::size_t n;
};

template <class S>
[[gnu::flatten]] void exponential(const ExponentialArgs& args) noexcept {
  for_each_batch<S>(args.n, [&](auto at) TREADLE_INLINE_LAMBDA { at.store(args.y, exp(at.load(args.x))); });
}

namespace reference {
template <class Arithmetic>
void exponential(const ExponentialArgs& args) noexcept {
  for (std::size_t i = 0; i < args.n; ++i) args.y[i] = exp<Arithmetic>(args.x[i]);
}
}  // namespace reference

}  // namespace treadle::kernels
