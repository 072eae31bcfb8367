#include "formats/image.hpp"

namespace treadle::formats {
namespace {

Error no_images() {
  return {ErrorCode::unsupported,
          "this build reads no images (TREADLE_WITH_IMAGES is OFF): build it with libpng and "
          "libjpeg-turbo"};
}

}  // namespace

Result<Image> decode_png(Bytes, std::size_t) { return no_images(); }
Result<Image> decode_jpeg(Bytes, std::size_t) { return no_images(); }

}  // namespace treadle::formats
