// Folders of PNG and JPEG images as data sets.
#pragma once

#include <treadle/data.hpp>
#include <treadle/result.hpp>
#include <treadle/source.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace treadle::data {

enum class ImageColor : std::uint8_t { grey, rgb };

struct ImageOptions {
  /// To which images are resized, 1 ... 65535 each: bilinear interpolation of pixel centres, over more pixels when the
  /// image becomes smaller (docs/data.md has the formula). 0 and 0: all have to have the first one's size.
  std::size_t height = 0, width = 0;
  ImageColor color = ImageColor::rgb;  ///< of samples; other images are converted (grey: the luma of ITU-R BT.601)
  /// The names of the class folders, class 0 first; a folder of another name is an error, a missing one a class without
  /// samples. Empty: the folders that there are, sorted by the bytes of their names.
  std::vector<std::string> classes{};
  bool unlabelled = false;  ///< images lie in the folder itself, all of class 0
};

struct ImageFile {
  std::string path;
  std::int32_t label = 0;
};

/// Images in the order of their classes, sorted by the bytes of their names within each.
struct ImageFolder {
  std::vector<std::string> classes;  ///< names of the folders
  std::vector<ImageFile> files;
  std::size_t others = 0;  ///< images of other kinds by their names (.webp, .bmp, .gif, ...), which are passed over
  std::string other{};     ///< the path of the first of them
};

/// What `folder` has, without reading an image: a folder for each class, in it files that end in .png, .jpg or .jpeg in
/// small or capital letters. Other files, and all whose names begin with a dot, are passed over. Errors: no image, a
/// folder inside a class, a class of other kinds of images alone.
Result<ImageFolder> list_images(const std::string& folder, const ImageOptions& options = {});

/// The parts of a folder of images, each a folder as list_images() takes it; empty where there is none.
struct ImageParts {
  std::string train;
  std::string validation;
  std::string test;
};

/// The parts of `folder`, if it has a folder "train" with a folder of images for each class: that one, "val", "valid"
/// or "validation", and "test". Otherwise all of `folder` is training data. Images that lie in the test part itself
/// have no classes.
ImageParts find_image_parts(const std::string& folder);

/// The images of `folder` as samples [height, width, 1 or 3] of bytes scaled to 0 ... 1. Only their names are kept in
/// memory: an image is read and decoded whenever it is asked for, with the memory that its decoder takes, at most about
/// ten bytes for each of its pixels. The first image is read at once; what is wrong with another one is an error of
/// read(). An image has at most 32 Mi pixels, its file 256 MiB. A PNG gives the same bytes everywhere; a JPEG may
/// differ in the last bits between versions of its decoder. `unsupported` in a build without TREADLE_WITH_IMAGES.
Result<std::shared_ptr<const Source>> open_images(const std::string& folder, const ImageOptions& options = {});

/// The same, all of them decoded into memory.
Result<Dataset> load_images(const std::string& folder, const ImageOptions& options = {});

}  // namespace treadle::data
