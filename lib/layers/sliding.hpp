// The places of a convolution's kernel over an image, and which of its elements are within the image at each.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/checked.hpp"
#include "layers/image.hpp"

namespace treadle::layers {

/// A kernel that slides over an image with zeros around it: `top` rows above, `left` pixels before each row, and as
/// many below and behind as the last outputs reach.
struct Sliding {
  Image from, to;
  std::uint16_t kernel = 1;
  std::uint16_t stride = 1;
  std::uint16_t apart = 1;  // from a pixel of `from` to the next, with zeros between
  std::uint16_t top = 0;
  std::uint16_t left = 0;

  std::size_t k() const noexcept { return std::size_t{kernel} * kernel * from.channels; }
  std::size_t width_with_zeros() const noexcept { return (to.width - std::size_t{1}) * stride + kernel; }
  /// Rows of the image with zeros that `rows` rows of outputs need.
  std::size_t rows_for(std::size_t rows) const noexcept { return (rows - 1) * stride + kernel; }
  /// Whether the kernel leaves the image.
  bool leaves_image() const noexcept {
    return top > 0 || left > 0 || apart > 1 || width_with_zeros() > from.width || rows_for(to.height) > from.height;
  }
  /// Whether it slides over a copy with zeros: of few channels, multiplying zeros takes less than cutting products
  /// short. It shows in the bits where a weight is not finite, so it has to depend on the shape alone.
  bool needs_zeros() const noexcept { return leaves_image() && (apart > 1 || from.channels < 8); }
};

/// Part of the places of a kernel over one dimension of an image, outputs first ... end - 1, for each of which the
/// kernel's elements tap ... tap_end - 1 are within the image.
struct Places {
  std::size_t first, end, tap, tap_end;
};

/// One dimension of an image, that a kernel slides over from `before` elements ahead of it.
struct Slide {
  std::size_t size, before, kernel, stride;

  /// The places from `first` on, at most up to `end`, that leave the image by as much.
  Places places(std::size_t first, std::size_t end) const noexcept {
    Places found{first, first + 1, tap(first), tap_end(first)};
    while (found.end < end && tap(found.end) == found.tap && tap_end(found.end) == found.tap_end) ++found.end;
    return found;
  }
  /// The first element of the image that the kernel has at a place.
  std::size_t begin(const Places& places) const noexcept { return places.first * stride + places.tap - before; }

  /// The places whose kernel has its element `tap` within the image, of `count` places.
  Places places_of_tap(std::size_t tap, std::size_t count) const noexcept {
    const std::size_t first = tap < before ? base::ceil_div(before - tap, stride) : 0;
    const std::size_t past = size + before > tap ? base::ceil_div(size + before - tap, stride) : 0;
    return {first, std::max(first, std::min(past, count)), tap, tap + 1};
  }

 private:
  std::size_t tap(std::size_t place) const noexcept {
    return place * stride < before ? std::min(kernel, before - place * stride) : 0;
  }
  std::size_t tap_end(std::size_t place) const noexcept {
    return std::max(tap(place), std::min(kernel, size + before - std::min(size + before, place * stride)));
  }
};

}  // namespace treadle::layers
