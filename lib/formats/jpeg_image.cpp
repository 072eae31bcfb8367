// clang-format off
#include <cstdio>
#include <jpeglib.h>
// clang-format on
#include <jerror.h>

#include <csetjmp>
#include <cstring>

#include "base/out_of_memory.hpp"
#include "formats/image.hpp"

namespace treadle::formats {
namespace {

/// A progressive file may have any number of passes over all pixels, each in a few bytes.
constexpr int most_scans = 200;

/// libjpeg with its errors and warnings led back here. It leaves its functions by longjmp, so what run() calls may have
/// no object with a destructor; all that is to be freed belongs to this one.
class JpegReader {
 public:
  explicit JpegReader(Bytes file) : file_(file) {
    jpeg_.err = jpeg_std_error(&errors_);
    errors_.error_exit = on_error;
    errors_.emit_message = on_message;
    progress_.progress_monitor = on_progress;
    jpeg_.client_data = this;
  }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;
  ~JpegReader() { jpeg_destroy_decompress(&jpeg_); }

  bool read_header() {
    return run([this] {
      jpeg_create_decompress(&jpeg_);
      jpeg_.progress = &progress_;
      jpeg_mem_src(&jpeg_, file_.data(), static_cast<unsigned long>(file_.size()));
      jpeg_read_header(&jpeg_, TRUE);
    });
  }
  std::size_t height() const noexcept { return jpeg_.image_height; }
  std::size_t width() const noexcept { return jpeg_.image_width; }
  /// 0: neither grey nor three colours.
  std::size_t channels() const noexcept {
    const bool colour = jpeg_.jpeg_color_space == JCS_YCbCr || jpeg_.jpeg_color_space == JCS_RGB;
    return jpeg_.jpeg_color_space == JCS_GRAYSCALE ? 1 : colour ? 3 : 0;
  }

  bool read_pixels(std::uint8_t* pixels, std::size_t stride) {
    return run([this, pixels, stride] {
      jpeg_.out_color_space = channels() == 1 ? JCS_GRAYSCALE : JCS_RGB;
      jpeg_.dct_method = JDCT_ISLOW;
      jpeg_.do_fancy_upsampling = TRUE;
      jpeg_.do_block_smoothing = FALSE;  // of files without their last scans: versions of the library differ
      jpeg_start_decompress(&jpeg_);
      while (jpeg_.output_scanline < jpeg_.output_height) {
        JSAMPROW row = pixels + jpeg_.output_scanline * stride;
        jpeg_read_scanlines(&jpeg_, &row, 1);
      }
      jpeg_finish_decompress(&jpeg_);
    });
  }

  Error error() const noexcept {
    const bool memory = errors_.msg_code == JERR_OUT_OF_MEMORY;
    return {memory ? ErrorCode::out_of_memory : ErrorCode::bad_format, Message{"JPEG: "} << text_};
  }

 private:
  template <class Step>
  bool run(Step step) {
    if (setjmp(jump_) != 0) return false;
    step();
    return true;
  }

  static JpegReader& self(j_common_ptr jpeg) noexcept { return *static_cast<JpegReader*>(jpeg->client_data); }
  [[noreturn]] static void on_error(j_common_ptr jpeg) {
    JpegReader& reader = self(jpeg);
    if (reader.text_[0] == 0) jpeg->err->format_message(jpeg, reader.text_);
    std::longjmp(reader.jump_, 1);
  }
  /// Level -1 is a warning: the data are damaged and what is missing would be made up.
  static void on_message(j_common_ptr jpeg, int level) {
    if (level < 0) on_error(jpeg);
  }
  static void on_progress(j_common_ptr jpeg) {
    if (reinterpret_cast<j_decompress_ptr>(jpeg)->input_scan_number <= most_scans) return;
    std::strcpy(self(jpeg).text_, "more than 200 scans");
    on_error(jpeg);
  }

  Bytes file_;
  jpeg_decompress_struct jpeg_{};
  jpeg_error_mgr errors_{};
  jpeg_progress_mgr progress_{};
  std::jmp_buf jump_;
  char text_[JMSG_LENGTH_MAX] = {};
};

}  // namespace

Result<Image> decode_jpeg(Bytes file, std::size_t most_pixels) {
  return base::or_out_of_memory("JPEG", [&]() -> Result<Image> {
    JpegReader reader(file);
    if (!reader.read_header()) return reader.error();
    Image image{reader.height(), reader.width(), reader.channels(), {}};
    if (image.channels == 0)
      return Error{ErrorCode::unsupported, "JPEG: neither grey nor of three colours (CMYK?); convert it to RGB"};
    const Result<std::size_t> bytes = image_bytes(image.height, image.width, image.channels, most_pixels);
    if (!bytes) return Error{bytes.error().code, Message{"JPEG: "} << bytes.error().text()};
    image.pixels.resize(*bytes);
    if (!reader.read_pixels(image.pixels.data(), image.width * image.channels)) return reader.error();
    return image;
  });
}

}  // namespace treadle::formats
