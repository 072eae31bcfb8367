// y[i] = fma(x[i], scale, offset): pixels to floats.
#pragma once

#include "kernels/elementwise.hpp"

namespace treadle::kernels {

struct ScaleBytesArgs {
  const std::uint8_t* x;  // [n]
  float* y;               // [n]
  std::size_t n;
  float scale;
  float offset;
};

template <class S>
[[gnu::flatten]] void scale_bytes(const ScaleBytesArgs& args) noexcept {
  const auto scale = simd::Float<S>::broadcast(args.scale);
  const auto offset = simd::Float<S>::broadcast(args.offset);
  for_each_batch<S>(
      args.n, [&](auto at) TREADLE_INLINE_LAMBDA { at.store(args.y, fma(at.load_bytes(args.x), scale, offset)); });
}

namespace reference {
template <class Arithmetic>
void scale_bytes(const ScaleBytesArgs& args) noexcept {
  for (std::size_t i = 0; i < args.n; ++i)
    args.y[i] = Arithmetic::fma(static_cast<float>(args.x[i]), args.scale, args.offset);
}
}  // namespace reference

}  // namespace treadle::kernels
