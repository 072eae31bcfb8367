#include "formats/image.hpp"
#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace treadle;
  constexpr std::size_t most_pixels = 1 << 18;  // more takes longer and shows no more
  const Result<formats::Image> image = formats::decode_image({data, size}, most_pixels);
  if (!image) {
    fuzz::require_one_line(image.error());
    return 0;
  }
  fuzz::require(image->channels == 1 || image->channels == 3, "one channel or three");
  fuzz::require(image->height > 0 && image->width > 0 && image->height * image->width <= most_pixels, "within limits");
  fuzz::require(image->pixels.size() == image->height * image->width * image->channels, "every pixel is there");
  fuzz::require(formats::decode_image({data, size}, most_pixels)->pixels == image->pixels, "the same pixels again");
  const formats::Image other = formats::with_channels(*image, 4 - image->channels);
  fuzz::require(other.pixels.size() == image->height * image->width * other.channels, "converted as a whole");
  const formats::Image small = formats::resized(*image, 3, 5);
  fuzz::require(small.pixels.size() == 15 * image->channels, "resized as a whole");
  return 0;
}
