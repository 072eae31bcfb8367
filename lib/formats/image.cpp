#include "formats/image.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/checked.hpp"

namespace treadle::formats {
namespace {

bool begins_with(Bytes file, std::initializer_list<std::uint8_t> start) noexcept {
  return file.size() >= start.size() && std::equal(start.begin(), start.end(), file.begin());
}

/// The old pixels, `first` and following, that a new pixel is the weighted mean of.
struct Taps {
  std::size_t first = 0;
  std::vector<double> weights;  // their sum is 1
};

std::vector<Taps> make_taps(std::size_t from, std::size_t to) {
  const double ratio = static_cast<double>(from) / static_cast<double>(to), reach = std::max(1.0, ratio);
  std::vector<Taps> all(to);
  for (std::size_t i = 0; i < to; ++i) {
    const double centre = (static_cast<double>(i) + 0.5) * ratio;
    const double begin = std::max(0.0, std::floor(centre - reach)), end = std::ceil(centre + reach);
    const auto last = std::min(from, static_cast<std::size_t>(end));
    all[i].first = static_cast<std::size_t>(begin);
    double sum = 0;
    for (std::size_t j = all[i].first; j < last; ++j) {
      const double weight = std::max(0.0, 1 - std::abs(static_cast<double>(j) + 0.5 - centre) / reach);
      all[i].weights.push_back(weight);
      sum += weight;
    }
    for (double& weight : all[i].weights) weight /= sum;
  }
  return all;
}

}  // namespace

Result<Image> decode_image(Bytes file, std::size_t most_pixels) {
  if (begins_with(file, {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'})) return decode_png(file, most_pixels);
  if (begins_with(file, {0xFF, 0xD8, 0xFF})) return decode_jpeg(file, most_pixels);
  return Error{ErrorCode::unsupported, "neither a PNG nor a JPEG file: its first bytes are those of neither"};
}

Result<std::size_t> image_bytes(std::size_t height, std::size_t width, std::size_t channels, std::size_t most_pixels) {
  if (height == 0 || width == 0) return Error{ErrorCode::bad_format, "an image without pixels"};
  const base::CheckedSize pixels = base::CheckedSize{height} * width;
  if (height > max_image_extent || width > max_image_extent || pixels.saturated() > most_pixels)
    return Error{ErrorCode::too_large, Message{"an image of "} << height << " x " << width << " pixels; at most "
                                                               << most_pixels << " and " << max_image_extent
                                                               << " in one direction are allowed"};
  return (pixels * channels).value("an image");
}

Image with_channels(Image image, std::size_t channels) {
  if (image.channels == channels) return image;
  const std::size_t pixels = image.height * image.width;
  std::vector<std::uint8_t> made(pixels * channels);
  for (std::size_t i = 0; i < pixels; ++i) {
    if (channels == 1) {
      const std::uint8_t* rgb = image.pixels.data() + 3 * i;
      made[i] = static_cast<std::uint8_t>((19595u * rgb[0] + 38470u * rgb[1] + 7471u * rgb[2] + 32768u) >> 16);
    } else {
      std::fill_n(made.begin() + static_cast<std::ptrdiff_t>(3 * i), 3, image.pixels[i]);
    }
  }
  return {image.height, image.width, channels, std::move(made)};
}

Image resized(const Image& image, std::size_t height, std::size_t width) {
  const std::size_t channels = image.channels;
  const std::vector<Taps> rows = make_taps(image.height, height), columns = make_taps(image.width, width);
  Image made{height, width, channels, std::vector<std::uint8_t>(height * width * channels)};
  std::vector<double> mixed(image.width * channels);  // a new row with the old columns
  std::uint8_t* out = made.pixels.data();
  for (const Taps& row : rows) {
    std::fill(mixed.begin(), mixed.end(), 0.0);
    for (std::size_t j = 0; j < row.weights.size(); ++j) {
      const std::uint8_t* from = image.pixels.data() + (row.first + j) * mixed.size();
      for (std::size_t i = 0; i < mixed.size(); ++i) mixed[i] += row.weights[j] * from[i];
    }
    for (const Taps& column : columns)
      for (std::size_t channel = 0; channel < channels; ++channel) {
        double sum = 0;
        for (std::size_t j = 0; j < column.weights.size(); ++j)
          sum += column.weights[j] * mixed[(column.first + j) * channels + channel];
        *out++ = static_cast<std::uint8_t>(std::min(255.0, std::floor(sum + 0.5)));
      }
  }
  return made;
}

}  // namespace treadle::formats
