// g += decay * p, then Adam's update:
//   m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2;
//   p -= step_size * m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon).
// A moment that would be subnormal is 0.
#pragma once

#include "kernels/elementwise.hpp"
#include "kernels/subnormal.hpp"

namespace treadle::kernels {

/// What depends on the iteration t alone is computed once, in double, by whoever calls.
struct AdamArgs {
  float* parameter;       // [n]
  const float* gradient;  // [n]
  float* first_moment;    // [n], m, 0 before the first update
  float* second_moment;   // [n], v, 0 before the first update
  std::size_t n;
  float step_size;  // learning_rate / (1 - beta1^t)
  float beta1;
  float one_minus_beta1;  // rounded once: 1 - 0.9f is not 0.1f
  float beta2;
  float one_minus_beta2;
  float second_scale;  // 1 / sqrt(1 - beta2^t)
  float epsilon;
  float decay;  // adam: weight_decay; adamw: learning_rate * weight_decay
};

namespace adam_detail {

/// `decoupled`: the decay shrinks the parameter (adamw) instead of adding to the gradient (adam).
template <class S, bool decoupled>
TREADLE_INLINE void update(const AdamArgs& args) {
  using Batch = simd::Float<S>;
  const Batch step = Batch::broadcast(-args.step_size);
  const Batch beta1 = Batch::broadcast(args.beta1);
  const Batch beta2 = Batch::broadcast(args.beta2);
  const Batch one_minus_beta1 = Batch::broadcast(args.one_minus_beta1);
  const Batch one_minus_beta2 = Batch::broadcast(args.one_minus_beta2);
  const Batch second_scale = Batch::broadcast(args.second_scale);
  const Batch epsilon = Batch::broadcast(args.epsilon);
  const Batch decay = Batch::broadcast(decoupled ? -args.decay : args.decay);
  float* const parameter = args.parameter;
  const float* const gradient = args.gradient;
  float* const first_moment = args.first_moment;
  float* const second_moment = args.second_moment;
  for_each_batch<S>(args.n, [=](auto at) TREADLE_INLINE_LAMBDA {
    Batch p = at.load(parameter);
    Batch g = at.load(gradient);
    (decoupled ? p : g) = fma(decay, p, decoupled ? p : g);
    const Batch m = zero_if_subnormal(fma(beta1, at.load(first_moment), one_minus_beta1 * g));
    const Batch v = zero_if_subnormal(fma(beta2, at.load(second_moment), one_minus_beta2 * g * g));
    at.store(first_moment, m);
    at.store(second_moment, v);
    at.store(parameter, fma(step, m / fma(sqrt(v), second_scale, epsilon), p));
  });
}

}  // namespace adam_detail

template <class S>
[[gnu::flatten]] void adam(const AdamArgs& args) noexcept {
  adam_detail::update<S, false>(args);
}

namespace reference {

template <class Arithmetic>
void adam_update(const AdamArgs& args, std::size_t i, float g) noexcept {
  float& p = args.parameter[i];
  float& m = args.first_moment[i];
  float& v = args.second_moment[i];
  m = zero_if_subnormal(Arithmetic::fma(args.beta1, m, args.one_minus_beta1 * g));
  v = zero_if_subnormal(Arithmetic::fma(args.beta2, v, args.one_minus_beta2 * g * g));
  const float denominator = Arithmetic::fma(__builtin_sqrtf(v), args.second_scale, args.epsilon);
  p = Arithmetic::fma(-args.step_size, m / denominator, p);
}

template <class Arithmetic>
void adam(const AdamArgs& args) noexcept {
  for (std::size_t i = 0; i < args.n; ++i)
    adam_update<Arithmetic>(args, i, Arithmetic::fma(args.decay, args.parameter[i], args.gradient[i]));
}

}  // namespace reference

}  // namespace treadle::kernels
