// p -= learning_rate * (g + weight_decay * p).
#pragma once

#include "kernels/elementwise.hpp"

namespace treadle::kernels {

struct SgdArgs {
  float* parameter;       // [n]
  const float* gradient;  // [n]
  std::size_t n;
  float learning_rate;
  float weight_decay;
};

template <class S>
[[gnu::flatten]] void sgd(const SgdArgs& args) noexcept {
  using Batch = simd::Float<S>;
  const Batch step = Batch::broadcast(-args.learning_rate);
  const Batch weight_decay = Batch::broadcast(args.weight_decay);
  float* const parameter = args.parameter;
  const float* const gradient = args.gradient;
  for_each_batch<S>(args.n, [=](auto at) TREADLE_INLINE_LAMBDA {
    const Batch p = at.load(parameter);
    const Batch g = fma(weight_decay, p, at.load(gradient));
    at.store(parameter, fma(step, g, p));
  });
}

namespace reference {
template <class Arithmetic>
void sgd(const SgdArgs& args) noexcept {
  for (std::size_t i = 0; i < args.n; ++i) {
    float& p = args.parameter[i];
    const float g = Arithmetic::fma(args.weight_decay, p, args.gradient[i]);
    p = Arithmetic::fma(-args.learning_rate, g, p);
  }
}
}  // namespace reference

}  // namespace treadle::kernels
