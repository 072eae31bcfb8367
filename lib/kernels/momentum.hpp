// g += weight_decay * p;  v = momentum * v + g;  p -= learning_rate * (nesterov ? g + momentum * v : v).
#pragma once

#include <type_traits>

#include "kernels/elementwise.hpp"

namespace treadle::kernels {

struct MomentumArgs {
  float* parameter;       // [n]
  const float* gradient;  // [n]
  float* velocity;        // [n], 0 before the first update
  std::size_t n;
  float learning_rate;
  float momentum;
  float weight_decay;
  bool nesterov;
};

namespace momentum_detail {

template <class S, bool nesterov>
TREADLE_INLINE void update(const MomentumArgs& args) {
  const float step = -args.learning_rate, momentum = args.momentum, weight_decay = args.weight_decay;
  float* const parameter = args.parameter;
  const float* const gradient = args.gradient;
  float* const velocity = args.velocity;
  for_each_four_batches<S>(args.n, [=](auto at) TREADLE_INLINE_LAMBDA {
    const auto p = at.load(parameter);
    using Batch = std::remove_const_t<decltype(p)>;
    const Batch g = fma(Batch::broadcast(weight_decay), p, at.load(gradient));
    const Batch v = fma(Batch::broadcast(momentum), at.load(velocity), g);
    at.store(velocity, v);
    at.store(parameter, fma(Batch::broadcast(step), nesterov ? fma(Batch::broadcast(momentum), v, g) : v, p));
  });
}

}  // namespace momentum_detail

template <class S>
[[gnu::flatten]] void momentum(const MomentumArgs& args) noexcept {
  if (args.nesterov)
    momentum_detail::update<S, true>(args);
  else
    momentum_detail::update<S, false>(args);
}

namespace reference {
template <class Arithmetic>
void momentum(const MomentumArgs& args) noexcept {
  for (std::size_t i = 0; i < args.n; ++i) {
    float& p = args.parameter[i];
    float& v = args.velocity[i];
    const float g = Arithmetic::fma(args.weight_decay, p, args.gradient[i]);
    v = Arithmetic::fma(args.momentum, v, g);
    p = Arithmetic::fma(-args.learning_rate, args.nesterov ? Arithmetic::fma(args.momentum, v, g) : v, p);
  }
}
}  // namespace reference

}  // namespace treadle::kernels
