#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstdlib>
#include <cstring>

#include "base/out_of_memory.hpp"
#include "formats/image.hpp"

namespace treadle::formats {
namespace {

/// libpng with its errors led back here. It leaves its functions by longjmp, so what run() calls may have no object
/// with a destructor; all that is to be freed belongs to this one.
class PngReader {
 public:
  explicit PngReader(Bytes file) : rest_(file) {
    png_ = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, this, on_error, on_warning, this, allocate, release);
    if (png_ != nullptr) info_ = png_create_info_struct(png_);
  }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;
  ~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }

  /// Everything before the pixels.
  bool read_header() {
    return run([this] {
      png_set_read_fn(png_, this, on_read);
      png_set_user_limits(png_, max_image_extent, max_image_extent);
      // What says nothing of the pixels is passed over: libpng would take as much memory as a chunk says it is long.
      png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
      png_read_info(png_, info_);
    });
  }
  std::size_t height() const noexcept { return png_get_image_height(png_, info_); }
  std::size_t width() const noexcept { return png_get_image_width(png_, info_); }
  std::size_t channels() const noexcept { return png_get_color_type(png_, info_) & PNG_COLOR_MASK_COLOR ? 3 : 1; }

  /// All pixels, `stride` bytes a row, and what follows them.
  bool read_pixels(std::uint8_t* pixels, std::size_t stride) {
    return run([this, pixels, stride] {
      png_set_palette_to_rgb(png_);
      if (png_get_color_type(png_, info_) == PNG_COLOR_TYPE_GRAY) png_set_expand_gray_1_2_4_to_8(png_);
      png_set_scale_16(png_);
      png_set_strip_alpha(png_);
      const int passes = png_set_interlace_handling(png_);
      png_read_update_info(png_, info_);
      if (png_get_rowbytes(png_, info_) != stride) png_error(png_, "rows of another size than the header says");
      for (int pass = 0; pass < passes; ++pass)
        for (std::size_t row = 0; row < height(); ++row) png_read_row(png_, pixels + row * stride, nullptr);
      png_read_end(png_, nullptr);
    });
  }

  Error error() const noexcept {
    if (out_of_memory_ || png_ == nullptr || info_ == nullptr)
      return {ErrorCode::out_of_memory, "PNG: not enough memory"};
    return {ErrorCode::bad_format, Message{"PNG: "} << text_ << " (of " << position_ << " bytes read)"};
  }

 private:
  template <class Step>
  bool run(Step step) {
    if (png_ == nullptr || info_ == nullptr || setjmp(jump_) != 0) return false;
    step();
    return true;
  }

  static PngReader& self(png_structp png) noexcept { return *static_cast<PngReader*>(png_get_error_ptr(png)); }
  [[noreturn]] static void on_error(png_structp png, png_const_charp text) {
    PngReader& reader = self(png);
    std::strncpy(reader.text_, text, sizeof reader.text_ - 1);
    std::longjmp(reader.jump_, 1);
  }
  static void on_warning(png_structp, png_const_charp) {}
  static void on_read(png_structp png, png_bytep out, std::size_t count) {
    PngReader& reader = self(png);
    if (count > reader.rest_.size()) png_error(png, "the file ends early");
    std::copy_n(reader.rest_.begin(), count, out);
    reader.rest_ = reader.rest_.subspan(count);
    reader.position_ += count;
  }
  static png_voidp allocate(png_structp png, png_alloc_size_t size) {
    void* const memory = std::malloc(size);
    if (memory == nullptr) static_cast<PngReader*>(png_get_mem_ptr(png))->out_of_memory_ = true;
    return memory;
  }
  static void release(png_structp, png_voidp memory) { std::free(memory); }

  Bytes rest_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  std::jmp_buf jump_;
  char text_[100] = {};
  std::size_t position_ = 0;
  bool out_of_memory_ = false;
};

}  // namespace

Result<Image> decode_png(Bytes file, std::size_t most_pixels) {
  return base::or_out_of_memory("PNG", [&]() -> Result<Image> {
    PngReader reader(file);
    if (!reader.read_header()) return reader.error();
    Image image{reader.height(), reader.width(), reader.channels(), {}};
    const Result<std::size_t> bytes = image_bytes(image.height, image.width, image.channels, most_pixels);
    if (!bytes) return Error{bytes.error().code, Message{"PNG: "} << bytes.error().text()};
    image.pixels.resize(*bytes);
    if (!reader.read_pixels(image.pixels.data(), image.width * image.channels)) return reader.error();
    return image;
  });
}

}  // namespace treadle::formats
