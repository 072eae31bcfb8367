// Subnormal numbers out of what an optimizer remembers. It shrinks by the same factor in every iteration in which a
// gradient is 0, as behind a relu that stays at 0, and never arrives there: rounded to nearest it ends at a few times
// the smallest subnormal number, with which many processors compute several times slower.
#pragma once

#include "kernels/math.hpp"

namespace treadle::kernels {

/// x, or 0 where it is subnormal; NaN stays.
template <class S>
TREADLE_INLINE simd::Float<S> zero_if_subnormal(simd::Float<S> x) {
  using Batch = simd::Float<S>;
  return select(greater(Batch::broadcast(math_detail::smallest_normal), math_detail::absolute(x)), Batch::zero(), x);
}

namespace reference {
inline float zero_if_subnormal(float x) noexcept {
  return __builtin_fabsf(x) < math_detail::smallest_normal ? 0.0f : x;
}
}  // namespace reference

}  // namespace treadle::kernels
