// p -= decay * p, then Adam's update: see adam.hpp.
#pragma once

#include "kernels/adam.hpp"

namespace treadle::kernels {

template <class S>
[[gnu::flatten]] void adamw(const AdamArgs& args) noexcept {
  adam_detail::update<S, true>(args);
}

namespace reference {
template <class Arithmetic>
void adamw(const AdamArgs& args) noexcept {
  for (std::size_t i = 0; i < args.n; ++i) {
    args.parameter[i] = Arithmetic::fma(-args.decay, args.parameter[i], args.parameter[i]);
    adam_update<Arithmetic>(args, i, args.gradient[i]);
  }
}
}  // namespace reference

}  // namespace treadle::kernels
