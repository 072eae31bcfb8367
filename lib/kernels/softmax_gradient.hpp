// dx[j] = y[j] (dy[j] - sum over k of dy[k] y[k]) over each group of columns, where y is what softmax gave. The sum
// runs in sixteen lanes.
#pragma once

#include "kernels/softmax.hpp"

namespace treadle::kernels {

/// Laid out as in SoftmaxArgs.
struct SoftmaxGradientArgs {
  const float* y;   // [rows][row_stride]
  const float* dy;  // [rows][row_stride]
  float* dx;        // [rows][row_stride], may be dy; its padding is 0
  std::size_t rows;
  std::size_t groups;
  std::size_t columns;  // 1 ... 2^24
  std::size_t row_stride;
};

namespace softmax_detail {

template <class S>
TREADLE_INLINE void group_gradient(const float* y, const float* dy, float* dx, std::size_t columns, std::size_t span) {
  using Lanes = simd::Lanes16<S>;
  Lanes sums = Lanes::broadcast(0.0f);
  for (std::size_t first = 0; first < columns; first += 16) {
    const Chunk<S> at{first, columns, span};
    const Lanes y16 = at.load(y, 0.0f), dy16 = at.load(dy, 0.0f);
    for (std::size_t p = 0; p < Lanes::parts; ++p) sums.part[p] = fma(dy16.part[p], y16.part[p], sums.part[p]);
  }
  const auto sum = simd::Float<S>::broadcast(reduce_add(sums));
  for (std::size_t first = 0; first < columns; first += 16) {
    const Chunk<S> at{first, columns, span};
    const Lanes y16 = at.load(y, 0.0f);
    Lanes dx16 = at.load(dy, 0.0f);
    for (std::size_t p = 0; p < Lanes::parts; ++p) dx16.part[p] = y16.part[p] * (dx16.part[p] - sum);
    at.store(dx, dx16);
  }
}

}  // namespace softmax_detail

template <class S>
[[gnu::flatten]] void softmax_gradient(const SoftmaxGradientArgs& args) noexcept {
  softmax_detail::for_each_group(args, [&](std::size_t first, std::size_t span) TREADLE_INLINE_LAMBDA {
    softmax_detail::group_gradient<S>(args.y + first, args.dy + first, args.dx + first, args.columns, span);
    softmax_detail::clear_padding(args.dx + first, args.columns, span);
  });
}

namespace reference {
template <class Arithmetic>
void softmax_gradient(const SoftmaxGradientArgs& args) noexcept {
  softmax_detail::for_each_group(args, [&](std::size_t first, std::size_t span) {
    float lane[16] = {};
    for (std::size_t j = 0; j < args.columns; ++j)
      lane[j % 16] = Arithmetic::fma(args.dy[first + j], args.y[first + j], lane[j % 16]);
    const float sum = reduce_16(lane, [](float a, float b) { return a + b; });
    for (std::size_t j = 0; j < span; ++j)
      args.dx[first + j] = j < args.columns ? args.y[first + j] * (args.dy[first + j] - sum) : 0.0f;
  });
}
}  // namespace reference

}  // namespace treadle::kernels
