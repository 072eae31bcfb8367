#include <sys/stat.h>
#include <treadle/images.hpp>

#include <cstring>

#include "formats/image.hpp"
#include "support/files.hpp"
#include "support/vectors.hpp"

namespace treadle::data {
namespace {

using test::ByteVector, test::check_error, test::put_file;

const test::Vectors& vectors() {
  static const test::Vectors all(TREADLE_TEST_DATA "/vectors/image_vectors.safetensors");
  return all;
}

ByteVector bytes_of(const std::string& name) {
  const std::vector<std::int32_t> values = vectors().integers(name);
  return {values.begin(), values.end()};
}

/// Classes "cat" (two grey images), "Dog" (one in colour) and "empty", with files beside them that are no images.
struct Pets {
  test::TemporaryFolder folder;

  Pets() {
    for (const char* name : {"cat", "Dog", "empty", ".git"}) std::filesystem::create_directory(folder / name);
    put_file(folder / "cat/b.png", bytes_of("png.0.8.file"));
    put_file(folder / "cat/a.PNG", bytes_of("png.0.16.file"));
    put_file(folder / "Dog/x.png", bytes_of("png.2.8.file"));
    put_file(folder / "cat/notes.txt", {1});
    put_file(folder / "cat/._b.png", {1});
    put_file(folder / ".git/c.png", {1});
    put_file(folder / "top.png", {1});
  }
};

ByteVector sample_of(const Dataset& data, std::size_t index) {
  const std::span<const std::uint8_t> bytes =
      data.bytes().subspan(index * data.sample_elements(), data.sample_elements());
  return {bytes.begin(), bytes.end()};
}

TEST_CASE("a folder for each class, in the order of their names, images in the order of theirs") {
  const Pets pets;
  const ImageFolder images = list_images(pets.folder.path()).value();
  CHECK(images.classes == std::vector<std::string>{"Dog", "cat", "empty"});
  REQUIRE(images.files.size() == 3);
  CHECK(images.files[0].path == pets.folder / "Dog/x.png");
  CHECK(images.files[1].path == pets.folder / "cat/a.PNG");
  CHECK(images.files[2].path == pets.folder / "cat/b.png");
  CHECK(images.files[2].label == 1);
}

TEST_CASE("images are samples of bytes, grey or in colour, in memory as from their files") {
  const Pets pets;
  for (const ImageColor color : {ImageColor::grey, ImageColor::rgb}) {
    const std::size_t channels = color == ImageColor::grey ? 1 : 3;
    const Dataset data = load_images(pets.folder.path(), {.color = color}).value();
    CHECK(data.sample_shape() == Shape{13, 11, channels});
    CHECK(data.classes() == 3);
    CHECK(data.scaling().scale == 1.0f / 255.0f);
    CHECK(std::vector<std::int32_t>(data.labels().begin(), data.labels().end()) == std::vector<std::int32_t>{0, 1, 1});
    const char* names[] = {"png.2.8.pixels", "png.0.16.pixels", "png.0.8.pixels"};
    for (std::size_t i = 0; i < 3; ++i) {
      const formats::Image image{13, 11, i == 0 ? 3u : 1u, bytes_of(names[i])};
      CHECK(sample_of(data, i) == formats::with_channels(image, channels).pixels);
    }
    const std::shared_ptr<const Source> source = open_images(pets.folder.path(), {.color = color}).value();
    const std::vector<std::uint32_t> indices = {2, 0, 2};
    std::vector<std::byte> samples(3 * data.sample_elements());
    std::vector<std::int32_t> labels(3);
    REQUIRE(source->read(indices, samples, labels));
    CHECK(labels == std::vector<std::int32_t>{1, 0, 1});
    for (std::size_t i = 0; i < 3; ++i)
      CHECK(std::memcmp(samples.data() + i * data.sample_elements(), sample_of(data, indices[i]).data(),
                        data.sample_elements()) == 0);
    CHECK(source->labels().value() == std::vector<std::int32_t>{0, 1, 1});
  }
}

TEST_CASE("images of other sizes are resized when a size is asked for, else refused") {
  const Pets pets;
  put_file(pets.folder / "empty/large.jpg", bytes_of("jpeg.grey.file"));
  check_error(load_images(pets.folder.path()), ErrorCode::shape_mismatch,
              {"empty/large.jpg: 19 x 13 pixels, the first image has 13 x 11"});
  const Dataset data = load_images(pets.folder.path(), {.height = 4, .width = 5, .color = ImageColor::grey}).value();
  CHECK(data.sample_shape() == Shape{4, 5, 1});
  CHECK(sample_of(data, 3) == formats::resized({19, 13, 1, bytes_of("jpeg.grey.pixels")}, 4, 5).pixels);
  for (const auto& [height, width] : {std::pair<std::size_t, std::size_t>{0, 5}, {4, 0}, {65536, 1}})
    check_error(open_images(pets.folder.path(), {.height = height, .width = width}), ErrorCode::invalid_argument,
                {"1 ... 65535"});
  check_error(open_images(pets.folder.path(), {.height = 65535, .width = 65535}), ErrorCode::too_large, {"65535"});
}

TEST_CASE("another folder has the classes of the first") {
  const Pets pets;
  const test::TemporaryFolder other;
  std::filesystem::create_directory(other / "cat");
  put_file(other / "cat/1.png", bytes_of("png.0.8.file"));
  const ImageOptions options{.classes = list_images(pets.folder.path()).value().classes};
  const Dataset data = load_images(other.path(), options).value();
  CHECK(data.classes() == 3);
  CHECK(data.labels()[0] == 1);
  std::filesystem::create_directory(other / "bird");
  check_error(load_images(other.path(), options), ErrorCode::invalid_argument, {"bird: not one of the 3 classes"});
}

TEST_CASE("images of kinds that are not read are counted, and refused where a class has no others") {
  const Pets pets;
  put_file(pets.folder / "cat/c.WebP", {1});
  put_file(pets.folder / "Dog/d.bmp", {1});
  const ImageFolder images = list_images(pets.folder.path()).value();
  CHECK(images.files.size() == 3);
  CHECK(images.others == 2);
  CHECK(images.other == pets.folder / "Dog/d.bmp");
  put_file(pets.folder / "empty/e.gif", {1});
  put_file(pets.folder / "empty/f.gif", {1});
  check_error(list_images(pets.folder.path()), ErrorCode::unsupported,
              {pets.folder / "empty: 2 images, of which none is a PNG or JPEG; convert them"});
  check_error(list_images(pets.folder / "empty", {.unlabelled = true}), ErrorCode::unsupported, {"empty: 2 images"});
}

TEST_CASE("folders of classes in train, val and test are parts") {
  const Pets pets;
  CHECK(find_image_parts(pets.folder.path()).train == pets.folder.path());
  CHECK(find_image_parts("/nowhere").train == "/nowhere");
  const test::TemporaryFolder folder;
  const auto copy = [&](const char* to) {
    std::filesystem::copy(pets.folder.path(), folder / to, std::filesystem::copy_options::recursive);
  };
  copy("train");
  for (const std::string& path : {folder.path(), folder.path() + "/"}) {
    const ImageParts parts = find_image_parts(path);
    CHECK(parts.train == folder / "train");
    CHECK(parts.validation.empty());
    CHECK(parts.test.empty());
  }
  put_file(folder / "test", {1});  // no folder
  CHECK(find_image_parts(folder.path()).test.empty());
  std::filesystem::remove(folder / "test");
  copy("test");
  CHECK(find_image_parts(folder.path()).test == folder / "test");
  for (const char* name : {"validation", "valid", "val"}) {
    copy(name);
    CHECK(find_image_parts(folder.path()).validation == folder / name);
  }
}

TEST_CASE("folders train and val with images in them are no classes, train and bus are") {
  const test::TemporaryFolder folder;
  for (const char* name : {"train", "val"}) {
    std::filesystem::create_directory(folder / name);
    put_file(folder / (std::string(name) + "/1.png"), bytes_of("png.0.8.file"));
  }
  check_error(list_images(folder.path()), ErrorCode::bad_format,
              {"the folders train and val are parts without classes: expected a folder for each class"});
  std::filesystem::create_directory(folder / "bus");
  CHECK(list_images(folder.path()).value().classes.size() == 3);
}

TEST_CASE("images without classes") {
  const test::TemporaryFolder folder;
  put_file(folder / "1.png", bytes_of("png.0.8.file"));
  check_error(load_images(folder.path()), ErrorCode::not_found, {"a folder for each class", ".png, .jpg or .jpeg"});
  const Dataset data = load_images(folder.path(), {.unlabelled = true}).value();
  CHECK(data.size() == 1);
  CHECK(data.classes() == 1);
  CHECK(data.labels()[0] == 0);
}

TEST_CASE("folders that are no data set are refused with the file") {
  check_error(load_images("/nowhere"), ErrorCode::not_found, {"/nowhere"});
  const test::TemporaryFolder empty;
  check_error(load_images(empty.path()), ErrorCode::not_found, {"no images"});
  Pets pets;
  std::filesystem::create_directory(pets.folder / "cat/more");
  check_error(load_images(pets.folder.path()), ErrorCode::bad_format,
              {"cat/more: a folder where images were expected"});
  std::filesystem::remove(pets.folder / "cat/more");

  const std::shared_ptr<const Source> source = open_images(pets.folder.path()).value();
  const auto read = [&](std::uint32_t index) {
    std::vector<std::byte> sample(13 * 11 * 3);
    std::int32_t label = 0;
    return source->read({&index, 1}, sample, {&label, 1});
  };
  put_file(pets.folder / "cat/b.png", {0x89, 'P'});
  check_error(read(2), ErrorCode::unsupported, {"cat/b.png: neither a PNG nor a JPEG"});
  std::filesystem::remove(pets.folder / "cat/b.png");
  check_error(read(2), ErrorCode::not_found, {"cat/b.png"});
  REQUIRE(::mkfifo((pets.folder / "cat/b.png").c_str(), 0600) == 0);
  check_error(read(2), ErrorCode::unsupported, {"cat/b.png: expected a regular file"});
  CHECK(read(1));
}

}  // namespace
}  // namespace treadle::data
