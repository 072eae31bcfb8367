// y[i, j, channel] = the largest x in the window at (i * stride, j * stride). A NaN in the window makes it NaN.
#pragma once

#include "kernels/elementwise.hpp"

namespace treadle::kernels {

struct MaxPoolArgs {
  const float* x;  // [height, width, channels]; every window lies within
  float* y;        // [out_height, out_width, channels]
  std::size_t width;
  std::size_t channels;
  std::size_t out_height;
  std::size_t out_width;
  std::size_t window;  // both extents of it, at least 1
  std::size_t stride;  // at least 1
};

namespace max_pool_detail {

/// `window` is a constant where it is worth one: the loops over it are then unrolled.
template <class S>
TREADLE_INLINE void pool(const MaxPoolArgs& args, std::size_t window) {
  const std::size_t row_floats = args.width * args.channels;
  float* y = args.y;
  for (std::size_t i = 0; i < args.out_height; ++i)
    for (std::size_t j = 0; j < args.out_width; ++j, y += args.channels) {
      const float* const corner = args.x + i * args.stride * row_floats + j * args.stride * args.channels;
      for_each_batch<S>(args.channels, [&](auto at) TREADLE_INLINE_LAMBDA {
        auto largest = at.load(corner);
        for (std::size_t row = 0; row < window; ++row)
          for (std::size_t column = 0; column < window; ++column) {
            const auto x = at.load(corner + row * row_floats + column * args.channels);
            largest = select(equal(x, x), max(x, largest), x);
          }
        at.store(y, largest);
      });
    }
}

}  // namespace max_pool_detail

template <class S>
[[gnu::flatten]] void max_pool(const MaxPoolArgs& args) noexcept {
  if (args.window == 2)
    max_pool_detail::pool<S>(args, 2);
  else
    max_pool_detail::pool<S>(args, args.window);
}

namespace reference {
template <class Arithmetic>
void max_pool(const MaxPoolArgs& args) noexcept {
  for (std::size_t i = 0; i < args.out_height; ++i)
    for (std::size_t j = 0; j < args.out_width; ++j)
      for (std::size_t channel = 0; channel < args.channels; ++channel) {
        const auto x = [&](std::size_t row, std::size_t column) {
          return args.x[((i * args.stride + row) * args.width + j * args.stride + column) * args.channels + channel];
        };
        float largest = x(0, 0);
        for (std::size_t row = 0; row < args.window; ++row)
          for (std::size_t column = 0; column < args.window; ++column)
            if (x(row, column) > largest || x(row, column) != x(row, column)) largest = x(row, column);
        args.y[(i * args.out_width + j) * args.channels + channel] = largest;
      }
}
}  // namespace reference

}  // namespace treadle::kernels
