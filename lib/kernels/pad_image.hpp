// Copies rows of an image [height, width, channels] into a larger one, zeros around it and, for the gradient of a
// convolution with a stride, between its pixels.
#pragma once

#include "kernels/elementwise.hpp"

namespace treadle::kernels {

struct PadImageArgs {
  const float* from;  // [height, width, channels]
  float* to;          // [rows, to_width, channels]: from row `first_row` of the larger image on
  std::size_t height;
  std::size_t width;
  std::size_t channels;
  std::size_t rows;
  std::size_t to_width;
  std::size_t first_row;
  std::size_t top;    // rows of zeros above the image
  std::size_t left;   // pixels of zeros before each of its rows, less than to_width
  std::size_t apart;  // from one pixel of the image to the next in the larger one, at least 1
};

namespace pad_image_detail {

template <class S>
TREADLE_INLINE void zero(float* to, std::size_t n) {
  const auto nothing = simd::Float<S>::zero();
  for_each_batch<S>(n, [&](auto at) TREADLE_INLINE_LAMBDA { at.store(to, nothing); });
}
template <class S>
TREADLE_INLINE void copy(const float* from, float* to, std::size_t n) {
  for_each_batch<S>(n, [&](auto at) TREADLE_INLINE_LAMBDA { at.store(to, at.load(from)); });
}

}  // namespace pad_image_detail

template <class S>
[[gnu::flatten]] void pad_image(const PadImageArgs& args) noexcept {
  using pad_image_detail::copy, pad_image_detail::zero;
  const std::size_t channels = args.channels, row_floats = args.to_width * channels;
  const std::size_t room = (args.to_width - args.left + args.apart - 1) / args.apart;
  const std::size_t pixels = args.width < room ? args.width : room;
  float* to = args.to;
  for (std::size_t row = args.first_row; row < args.first_row + args.rows; ++row, to += row_floats) {
    const std::size_t below_top = row - args.top;
    if (row < args.top || below_top % args.apart != 0 || below_top / args.apart >= args.height) {
      zero<S>(to, row_floats);
      continue;
    }
    const float* from = args.from + below_top / args.apart * args.width * channels;
    if (args.apart == 1) {
      const std::size_t begin = args.left * channels, end = begin + pixels * channels;
      zero<S>(to, begin);
      copy<S>(from, to + begin, end - begin);
      zero<S>(to + end, row_floats - end);
    } else {
      zero<S>(to, row_floats);
      for (std::size_t pixel = 0; pixel < pixels; ++pixel)
        copy<S>(from + pixel * channels, to + (args.left + pixel * args.apart) * channels, channels);
    }
  }
}

namespace reference {
template <class Arithmetic>
void pad_image(const PadImageArgs& args) noexcept {
  for (std::size_t y = 0; y < args.rows; ++y)
    for (std::size_t x = 0; x < args.to_width; ++x)
      for (std::size_t channel = 0; channel < args.channels; ++channel) {
        // Left of or above the image these wrap around and are far too large.
        const std::size_t from_y = args.first_row + y - args.top, from_x = x - args.left;
        const bool on_pixel = from_y % args.apart == 0 && from_x % args.apart == 0;
        const std::size_t pixel_y = from_y / args.apart, pixel_x = from_x / args.apart;
        args.to[(y * args.to_width + x) * args.channels + channel] =
            on_pixel && pixel_y < args.height && pixel_x < args.width
                ? args.from[(pixel_y * args.width + pixel_x) * args.channels + channel]
                : 0.0f;
      }
}
}  // namespace reference

}  // namespace treadle::kernels
