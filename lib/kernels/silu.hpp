// y[i] = x[i] sigmoid(x[i]), 0 for -inf. Largest error over all floats, in units in the last place: 3.23 (3.29 without
// fused multiply-add) for x from -87.33 up; below, where e^x is subnormal, it is at most 2^-142.
#pragma once

#include "kernels/activation.hpp"
#include "kernels/math.hpp"

namespace treadle::kernels {

namespace silu_detail {
/// From here on sigmoid(-|x|) is 0, whose product with an infinity would be NaN.
inline constexpr float farthest = 105.0f;
}  // namespace silu_detail

template <class S>
[[gnu::flatten]] void silu(const ActivationArgs& args) noexcept {
  map_values<S>(args, [](auto x) TREADLE_INLINE_LAMBDA {
    x = max(decltype(x)::broadcast(-silu_detail::farthest), x);
    return x * sigmoid(x);
  });
}

namespace reference {
template <class Arithmetic>
void silu(const ActivationArgs& args) noexcept {
  for (std::size_t i = 0; i < args.n; ++i) {
    const float x = args.x[i] < -silu_detail::farthest ? -silu_detail::farthest : args.x[i];
    args.y[i] = x * sigmoid<Arithmetic>(x);
  }
}
}  // namespace reference

}  // namespace treadle::kernels
