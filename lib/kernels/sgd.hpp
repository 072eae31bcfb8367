// p -= learning_rate * (g + weight_decay * p).
#pragma once

#include <type_traits>

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
  const float step = -args.learning_rate, weight_decay = args.weight_decay;
  float* const parameter = args.parameter;
  const float* const gradient = args.gradient;
  for_each_four_batches<S>(args.n, [=](auto at) TREADLE_INLINE_LAMBDA {
    const auto p = at.load(parameter);
    using Batch = std::remove_const_t<decltype(p)>;
    const Batch g = fma(Batch::broadcast(weight_decay), p, at.load(gradient));
    at.store(parameter, fma(Batch::broadcast(step), g, p));
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
