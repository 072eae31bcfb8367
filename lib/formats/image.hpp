// Images of 8 bits a channel: read from PNG (https://www.w3.org/TR/png) and JPEG (ITU-T T.81), converted, resized.
#pragma once

#include <treadle/result.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "formats/file.hpp"

namespace treadle::formats {

/// Pixels row by row from the top: [height, width, channels].
struct Image {
  std::size_t height = 0, width = 0;
  std::size_t channels = 0;  ///< 1: grey, 3: red, green, blue
  std::vector<std::uint8_t> pixels;
};

/// What a reader takes at most: 32 Mi pixels, of which one direction has at most 65,535. It is known before a pixel is
/// decoded, so that a small file cannot ask for much memory.
inline constexpr std::size_t max_image_pixels = std::size_t{1} << 25;
inline constexpr std::size_t max_image_extent = 65535;

/// Reads a PNG or JPEG file, whichever it begins as. Grey images have one channel, all others three. PNG: transparency
/// and gamma are ignored, 16 bits are rounded to 8. JPEG: the orientation in its metadata is ignored; what other
/// decoders take with a warning is refused. Errors: `bad_format`, `unsupported` (neither format, CMYK, or a build
/// without images), `too_large` (more than `most_pixels`).
Result<Image> decode_image(Bytes file, std::size_t most_pixels = max_image_pixels);

Result<Image> decode_png(Bytes file, std::size_t most_pixels);
Result<Image> decode_jpeg(Bytes file, std::size_t most_pixels);

/// Bytes of the pixels; `too_large` beyond the limits, `bad_format` when there are none.
Result<std::size_t> image_bytes(std::size_t height, std::size_t width, std::size_t channels, std::size_t most_pixels);

/// With one channel or three. Grey is (19595 R + 38470 G + 7471 B + 32768) / 65536, rounded down: the luma of ITU-R
/// BT.601 in whole numbers.
Image with_channels(Image image, std::size_t channels);

/// Bilinear interpolation, and no aliasing when the image becomes smaller. With s = max(1, old extent / new extent) a
/// new pixel i has its centre at c = (i + 1/2) * old extent / new extent, and is the mean of the old pixels j with the
/// weights max(0, 1 - |j + 1/2 - c| / s), first down the columns, then along the rows, rounded to the nearest whole
/// number. Computed in double: the same bits everywhere. New extents are in 1 ... max_image_extent.
Image resized(const Image& image, std::size_t height, std::size_t width);

}  // namespace treadle::formats
