// What the kernels of activations share: their arguments and loops.
#pragma once

#include "kernels/elementwise.hpp"

namespace treadle::kernels {

/// y[i] = f(x[i]).
struct ActivationArgs {
  const float* x;  // [n]
  float* y;        // [n], may be x
  std::size_t n;
};

/// dx[i] = dy[i] f'(x[i]), computed from what each kernel says it needs.
struct ActivationGradientArgs {
  const float* saved;  // [n], x or y of the forward pass
  const float* dy;     // [n]
  float* dx;           // [n], may be dy or saved
  std::size_t n;
};

/// y = f(x) for batches x.
template <class S, class Function>
TREADLE_INLINE void map_values(const ActivationArgs& args, const Function& f) {
  // Copies, since the compiler takes it that what is stored may be the arguments.
  const float* x = args.x;
  float* y = args.y;
  for_each_two_batches<S>(args.n, [=](auto at) TREADLE_INLINE_LAMBDA { at.store(y, f(at.load(x))); });
}

/// dx = dy f'(saved) for batches; derivative(saved).
template <class S, class Derivative>
TREADLE_INLINE void map_gradient(const ActivationGradientArgs& args, const Derivative& derivative) {
  const float* saved = args.saved;
  const float* dy = args.dy;
  float* dx = args.dx;
  for_each_two_batches<S>(
      args.n, [=](auto at) TREADLE_INLINE_LAMBDA { at.store(dx, at.load(dy) * derivative(at.load(saved))); });
}

}  // namespace treadle::kernels
