// y[i] = max(x[i], 0): NaN stays NaN, -0 stays -0.
#pragma once

#include <cstddef>

#include "simd/batch.hpp"

namespace treadle::kernels {

struct ReluArgs {
  const float* x;  // [n]
  float* y;        // [n], may be x
  std::size_t n;
};

template <class S>
void relu(const ReluArgs& args) noexcept {
  using Batch = simd::Float<S>;
  const Batch zero = Batch::zero();
  std::size_t i = 0;
  for (; i + Batch::lanes <= args.n; i += Batch::lanes) max(zero, Batch::load(args.x + i)).store(args.y + i);
  if (const std::size_t rest = args.n - i; rest != 0)
    max(zero, Batch::load_first(args.x + i, rest, 0.0f)).store_first(args.y + i, rest);
}

namespace reference {
template <class Arithmetic>
void relu(const ReluArgs& args) noexcept {
  for (std::size_t i = 0; i < args.n; ++i) args.y[i] = 0.0f > args.x[i] ? 0.0f : args.x[i];
}
}  // namespace reference

}  // namespace treadle::kernels
