#include "formats/image.hpp"

#include <cmath>
#include <cstdlib>

#include "support/broken_files.hpp"
#include "support/vectors.hpp"

namespace treadle::formats {
namespace {

using test::ByteVector, test::check_error;

const test::Vectors& vectors() {
  static const test::Vectors all(TREADLE_TEST_DATA "/vectors/image_vectors.safetensors");
  return all;
}

ByteVector bytes_of(const std::string& name) {
  const std::vector<std::int32_t> values = vectors().integers(name);
  return {values.begin(), values.end()};
}

ByteVector corpus(const std::string& name) {
  return test::get_file(std::string(TREADLE_TEST_DATA "/fuzz/corpus/image/") + name);
}

Image vector_image(const std::string& name) {
  const Shape shape = vectors().shape(name);
  return {shape[0], shape[1], shape[2], bytes_of(name)};
}

TEST_CASE("every kind of PNG gives the pixels that were put in") {
  std::size_t kinds = 0;
  for (const char color : {'0', '2', '3', '4', '6'})
    for (const char* depth : {"1", "2", "4", "8", "16"})
      for (const char* layout : {"", ".interlaced"}) {
        const std::string name = std::string("png.") + color + "." + depth + layout;
        if (!vectors().has(name + ".file")) continue;
        INFO(name);
        const Image image = decode_image(bytes_of(name + ".file")).value(), expected = vector_image(name + ".pixels");
        CHECK(image.height == expected.height);
        CHECK(image.width == expected.width);
        CHECK(image.channels == expected.channels);
        CHECK(image.pixels == expected.pixels);
        ++kinds;
      }
  CHECK(kinds == 2 * 15);
}

TEST_CASE("PNG: what is said beside the pixels is passed over") {
  CHECK(decode_image(corpus("other_chunks.png")).value().pixels == decode_image(corpus("grey.png")).value().pixels);
}

TEST_CASE("JPEG: grey, colour, progressive, RGB and half-sized chroma give the blocks that were put in") {
  for (const char* name : {"jpeg.grey", "jpeg.grey.progressive", "jpeg.color", "jpeg.rgb", "jpeg.half"}) {
    INFO(std::string(name));
    const Image image = decode_image(bytes_of(std::string(name) + ".file")).value();
    const Image expected = vector_image(std::string(name) + ".pixels");
    CHECK(image.height == expected.height);
    CHECK(image.width == expected.width);
    REQUIRE(image.channels == expected.channels);
    REQUIRE(image.pixels.size() == expected.pixels.size());
    int largest = 0;
    for (std::size_t i = 0; i < image.pixels.size(); ++i)
      largest = std::max(largest, std::abs(image.pixels[i] - expected.pixels[i]));
    // The change of colours is rounded in whole numbers.
    CHECK(largest <= (image.channels == 1 || std::string(name) == "jpeg.rgb" ? 0 : 1));
  }
}

TEST_CASE("resizing agrees with exact fractions") {
  for (int i = 0; i < 5; ++i) {
    const std::string name = "resize." + std::to_string(i);
    const Image from = vector_image(name + ".from");
    const Shape to = vectors().shape(name + ".to");
    const std::vector<std::int32_t> expected = vectors().integers(name + ".to");  // times 256
    const Image found = resized(from, to[0], to[1]);
    REQUIRE(found.pixels.size() == expected.size());
    for (std::size_t j = 0; j < expected.size(); ++j) CHECK(std::abs(found.pixels[j] * 256 - expected[j]) <= 129);
    CHECK(resized(from, from.height, from.width).pixels == from.pixels);
  }
  const Image flat{2, 3, 1, ByteVector(6, 255)};
  CHECK(resized(flat, 7, 11).pixels == ByteVector(77, 255));
}

TEST_CASE("grey becomes colour and back; colour becomes its luma") {
  const Image grey{2, 2, 1, {0, 1, 128, 255}};
  CHECK(with_channels(grey, 3).pixels == ByteVector{0, 0, 0, 1, 1, 1, 128, 128, 128, 255, 255, 255});
  CHECK(with_channels(with_channels(grey, 3), 1).pixels == grey.pixels);
  const Image color{1, 3, 3, {255, 0, 0, 0, 255, 0, 0, 0, 255}};
  CHECK(with_channels(color, 1).pixels == ByteVector{76, 150, 29});
}

TEST_CASE("broken images are refused") {
  constexpr auto bad = ErrorCode::bad_format, large = ErrorCode::too_large, unsupported = ErrorCode::unsupported;
  const test::BrokenFile cases[] = {
      {"nothing", {}, unsupported, "neither a PNG nor a JPEG"},
      {"another format", corpus("neither"), unsupported, "neither a PNG nor a JPEG"},
      {"a PNG's signature", corpus("signature"), bad, "PNG: the file ends early (of 8 bytes read)"},
      {"cut PNG", corpus("cut.png"), bad, "PNG: "},
      {"no data", corpus("no_data.png"), bad, "PNG: "},
      {"too little data", corpus("too_little_data.png"), bad, "PNG: Not enough image data"},
      {"a chunk of an unknown kind", corpus("bad_sum.png"), bad, "PNG: "},
      {"wider than any image", corpus("huge.png"), bad, "PNG: Invalid IHDR data"},
      {"65535 x 65535", corpus("wide.png"), large, "PNG: an image of 65535 x 65535 pixels; at most 33554432"},
      {"no rows", corpus("no_rows.png"), bad, "PNG: Invalid IHDR data"},
      {"3 bits", corpus("bad_depth.png"), bad, "PNG: Invalid IHDR data"},
      {"no palette", corpus("no_palette.png"), bad, "PNG: "},
      {"a chunk of 2 GB", corpus("long_chunk.png"), bad, "PNG: the file ends early"},
      {"a JPEG's first bytes", corpus("start.jpg"), bad, "JPEG: "},
      {"cut JPEG", corpus("cut.jpg"), bad, "JPEG: Premature end of JPEG file"},
      {"no end", corpus("no_end.jpg"), bad, "JPEG: Premature end of JPEG file"},
      {"CMYK", corpus("cmyk.jpg"), unsupported, "JPEG: neither grey nor of three colours"},
      {"65535 x 65535 JPEG", corpus("huge.jpg"), bad, "JPEG: Maximum supported image dimension is 65500"},
      {"no rows in a JPEG", corpus("no_rows.jpg"), bad, "JPEG: "},
      {"no tables", corpus("no_tables.jpg"), bad, "JPEG: "},
      {"no frame", corpus("no_frame.jpg"), bad, "JPEG: "},
      {"scans without end", corpus("many_scans.jpg"), bad, "JPEG: more than 200 scans"},
  };
  test::check_broken(cases, [](const ByteVector& file) { return decode_image(file); });
}

TEST_CASE("an image may have as many pixels as are allowed and no more") {
  for (const char* name : {"png.0.8", "jpeg.grey"}) {
    const ByteVector file = bytes_of(std::string(name) + ".file");
    const Image image = decode_image(file).value();
    const std::size_t pixels = image.height * image.width;
    CHECK(decode_image(file, pixels));
    check_error(decode_image(file, pixels - 1), ErrorCode::too_large, {"at most " + std::to_string(pixels - 1)});
  }
}

TEST_CASE("an image cut at any byte is refused, and one changed at any byte is read or refused") {
  for (const char* name : {"png.2.8.interlaced", "png.3.4", "jpeg.half", "jpeg.grey.progressive"}) {
    const ByteVector file = bytes_of(std::string(name) + ".file");
    for (std::size_t size = 0; size < file.size(); ++size) CHECK_FALSE(decode_image(test::first_bytes(file, size)));
    for (std::size_t i = 0; i < file.size(); ++i) {
      const Result<Image> image = decode_image(test::with_byte(file, i, static_cast<std::uint8_t>(file[i] ^ 0x55)));
      if (image)
        CHECK(image->pixels.size() == image->height * image->width * image->channels);
      else
        CHECK(test::is_one_line(image.error().text()));
    }
  }
}

}  // namespace
}  // namespace treadle::formats
