// What the layers that work on images share: extents that fit into a call, and the check of an input.
#pragma once

#include <treadle/result.hpp>
#include <treadle/shape.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace treadle::layers {

/// Extents of an image and of what slides over it. Calls hold them in 16 bits.
inline constexpr std::size_t most_extent = UINT16_MAX;

struct Image {
  std::uint16_t height = 0;
  std::uint16_t width = 0;
  std::uint16_t channels = 0;

  std::size_t pixels() const noexcept { return std::size_t{height} * width; }
};

/// Whether `input` is [height, width, channels], none of them 0 or too large.
inline Result<void> check_image(const Shape& input) noexcept {
  if (input.rank() != 3)
    return Error{ErrorCode::shape_mismatch, Message{"expected input [height, width, channels], got "} << input};
  for (std::size_t extent : input.extents())
    if (extent == 0 || extent > most_extent)
      return Error{ErrorCode::shape_mismatch,
                   Message{"expected extents from 1 to "} << most_extent << ", got " << input};
  return {};
}

/// `value` as the layer's `field`, which must be at least 1.
inline Result<void> check_field(std::string_view field, std::size_t value) noexcept {
  if (value >= 1 && value <= most_extent) return {};
  return Error{ErrorCode::invalid_argument,
               Message{field} << ": expected a number from 1 to " << most_extent << ", got " << value};
}

/// An image of a shape that was checked.
inline Image image_of(const Shape& shape) noexcept {
  return {static_cast<std::uint16_t>(shape[0]), static_cast<std::uint16_t>(shape[1]),
          static_cast<std::uint16_t>(shape[2])};
}

}  // namespace treadle::layers
