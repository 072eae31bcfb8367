// dx: each dy is added to where its window has its first largest x, row by row; 0 elsewhere. y is what max_pool gave. A
// window with a NaN passes its gradient to its first element.
#pragma once

#include "kernels/pad_image.hpp"

namespace treadle::kernels {

struct MaxPoolGradientArgs {
  const float* x;   // [height, width, channels]
  const float* y;   // [out_height, out_width, channels]
  const float* dy;  // [out_height, out_width, channels]
  float* dx;        // [height, width, channels]; may be x when stride and window are one and divide the width
  std::size_t height;
  std::size_t width;
  std::size_t channels;
  std::size_t out_height;
  std::size_t out_width;
  std::size_t window;
  std::size_t stride;
  bool gate;  // x is what a relu gave, dx the gradient of what it got: 0 where the largest x is not above 0
};

namespace max_pool_gradient_detail {

/// The windows of one row of outputs; `x` and `dx` are where the first of them begins. Where windows overlap, dx is
/// added to. `window` is a constant where it is worth one: the loops over it are then unrolled.
template <class S, bool overlap>
TREADLE_INLINE void windows(const MaxPoolGradientArgs& args, std::size_t window, std::size_t first_output,
                            const float* x, float* dx) {
  using Batch = simd::Float<S>;
  const std::size_t row_floats = args.width * args.channels;
  const bool gate = args.gate;
  for (std::size_t j = 0; j < args.out_width; ++j) {
    const float* const y = args.y + first_output + j * args.channels;
    const float* const dy = args.dy + first_output + j * args.channels;
    const std::size_t corner = j * args.stride * args.channels;
    for_each_batch<S>(args.channels, [&](auto at) TREADLE_INLINE_LAMBDA {
      const Batch largest = at.load(y);
      Batch left = at.load(dy);  // until an element has taken it
      if (gate) left = select(greater(largest, Batch::zero()), left, Batch::zero());
      for (std::size_t row = 0; row < window; ++row)
        for (std::size_t column = 0; column < window; ++column) {
          const std::size_t place = corner + row * row_floats + column * args.channels;
          // Not "equal": a NaN is taken by the first element.
          const auto smaller = greater(largest, at.load(x + place));
          Batch taken = select(smaller, Batch::zero(), left);
          left = select(smaller, left, Batch::zero());
          if constexpr (overlap) taken = at.load(dx + place) + taken;
          at.store(dx + place, taken);
        }
    });
  }
}

}  // namespace max_pool_gradient_detail

template <class S>
[[gnu::flatten]] void max_pool_gradient(const MaxPoolGradientArgs& args) noexcept {
  using pad_image_detail::zero;
  namespace detail = max_pool_gradient_detail;
  const std::size_t row_floats = args.width * args.channels;
  const std::size_t out_row_floats = args.out_width * args.channels;
  const std::size_t step = args.stride * row_floats;
  if (args.stride < args.window) {
    zero<S>(args.dx, args.height * row_floats);
    for (std::size_t i = 0; i < args.out_height; ++i)
      detail::windows<S, true>(args, args.window, i * out_row_floats, args.x + i * step, args.dx + i * step);
    return;
  }
  const bool gaps = args.stride > args.window || args.out_width * args.stride != args.width;
  for (std::size_t i = 0; i < args.out_height; ++i) {
    if (gaps) zero<S>(args.dx + i * step, i + 1 < args.out_height ? step : args.window * row_floats);
    if (args.window == 2)
      detail::windows<S, false>(args, 2, i * out_row_floats, args.x + i * step, args.dx + i * step);
    else
      detail::windows<S, false>(args, args.window, i * out_row_floats, args.x + i * step, args.dx + i * step);
  }
  const std::size_t rows = (args.out_height - 1) * args.stride + args.window;
  zero<S>(args.dx + rows * row_floats, (args.height - rows) * row_floats);
}

namespace reference {
template <class Arithmetic>
void max_pool_gradient(const MaxPoolGradientArgs& args) noexcept {
  for (std::size_t i = 0; i < args.height * args.width * args.channels; ++i) args.dx[i] = 0.0f;
  for (std::size_t i = 0; i < args.out_height; ++i)
    for (std::size_t j = 0; j < args.out_width; ++j)
      for (std::size_t channel = 0; channel < args.channels; ++channel) {
        const auto place = [&](std::size_t n) {
          const std::size_t row = i * args.stride + n / args.window, column = j * args.stride + n % args.window;
          return (row * args.width + column) * args.channels + channel;
        };
        const std::size_t output = (i * args.out_width + j) * args.channels + channel;
        std::size_t n = 0;
        while (args.y[output] > args.x[place(n)]) ++n;
        float& dx = args.dx[place(n)];
        const float dy = !args.gate || args.y[output] > 0.0f ? args.dy[output] : 0.0f;
        dx = args.stride < args.window ? dx + dy : dy;
      }
}
}  // namespace reference

}  // namespace treadle::kernels
