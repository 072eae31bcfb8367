#include <treadle/images.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <filesystem>
#include <numeric>
#include <string_view>

#include "base/out_of_memory.hpp"
#include "formats/descriptor.hpp"
#include "formats/image.hpp"
#include "formats/text.hpp"

namespace treadle::data {
namespace {

namespace fs = std::filesystem;
using formats::Image;

constexpr std::size_t largest_file = std::size_t{256} << 20, most_images = UINT32_MAX;

constexpr std::array read_endings = {".png", ".jpg", ".jpeg"};
constexpr std::array other_endings = {".webp", ".bmp",  ".gif", ".tif", ".tiff", ".avif", ".heic",
                                      ".heif", ".jfif", ".jp2", ".jxl", ".ppm",  ".pgm",  ".tga"};

/// Whether the name ends in one of them, in small or capital letters.
template <class Endings>
bool ends_in(std::string name, const Endings& endings) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
  return std::any_of(endings.begin(), endings.end(), [&](const char* ending) { return name.ends_with(ending); });
}

struct Entry {
  std::string name;
  bool folder = false;
};

/// What is in `path` and not hidden, sorted.
Result<std::vector<Entry>> entries_of(const std::string& path) {
  std::error_code problem;
  std::vector<Entry> entries;
  fs::directory_iterator at(path, problem);
  for (; !problem && at != fs::directory_iterator{}; at.increment(problem)) {
    const std::string name = at->path().filename().string();
    std::error_code unknown;  // a link to nothing is seen when it is read
    if (!name.starts_with('.')) entries.push_back({name, at->is_directory(unknown)});
  }
  if (problem) return formats::system_error("read the folder", path, problem.value());
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });
  return entries;
}

/// Images of one class. Those of other kinds are counted, and an error if there are no others.
Result<void> add_class(const std::string& path, std::size_t label, ImageFolder& images) {
  const Result<std::vector<Entry>> entries = entries_of(path);
  if (!entries) return entries.error();
  std::vector<ImageFile>& files = images.files;
  const std::size_t before = files.size(), others_before = images.others;
  for (const Entry& entry : *entries) {
    std::string file = path + '/' + entry.name;
    if (entry.folder)
      return Error{ErrorCode::bad_format, Message{formats::shown_path(file)}
                                              << ": a folder where images were expected: a class is one folder"};
    if (ends_in(entry.name, other_endings)) {
      if (++images.others == 1) images.other = file;
    } else if (ends_in(entry.name, read_endings)) {
      files.push_back({std::move(file), static_cast<std::int32_t>(label)});
    }
  }
  if (files.size() == before && images.others > others_before)
    return Error{ErrorCode::unsupported, Message{formats::shown_path(path)}
                                             << ": " << images.others - others_before
                                             << " images, of which none is a PNG or JPEG; convert them to one of "
                                                "these, with ImageMagick: mogrify -format png *"};
  if (files.size() > most_images)
    return Error{ErrorCode::too_large, Message{formats::shown_path(path)} << ": more images than 4294967295"};
  return {};
}

Error not_expected(const std::string& path, const std::vector<std::string>& classes) {
  constexpr std::size_t most_named = 6;
  Message message{formats::shown_path(path)};
  message << ": not one of the " << classes.size() << " classes that were expected";
  for (std::size_t i = 0; i < std::min(most_named, classes.size()); ++i)
    message << (i == 0 ? ": " : ", ") << formats::shown_text(classes[i], 24);
  if (classes.size() > most_named) message << ", ...";
  return {ErrorCode::invalid_argument, message};
}

Result<void> add_classes(const std::string& folder, const ImageOptions& options, ImageFolder& images) {
  const Result<std::vector<Entry>> entries = entries_of(folder);
  if (!entries) return entries.error();
  images.classes = options.classes;
  for (const Entry& entry : *entries) {
    if (!entry.folder) continue;
    auto place = std::find(images.classes.begin(), images.classes.end(), entry.name);
    if (place == images.classes.end() && !options.classes.empty())
      return not_expected(folder + '/' + entry.name, options.classes);
    if (place == images.classes.end()) place = images.classes.insert(place, entry.name);
    const auto label = static_cast<std::size_t>(place - images.classes.begin());
    if (const Result<void> added = add_class(folder + '/' + entry.name, label, images); !added) return added;
  }
  std::stable_sort(images.files.begin(), images.files.end(),
                   [](const ImageFile& a, const ImageFile& b) { return a.label < b.label; });
  return {};
}

constexpr std::array<std::string_view, 3> validation_names = {"validation", "valid", "val"};

/// Folders named as the parts of a data set are, with images in them, are hardly classes.
Result<void> check_class_names(const std::string& folder, const std::vector<std::string>& classes) {
  const auto is_part = [](const std::string& name) {
    return name == "train" || name == "test" ||
           std::find(validation_names.begin(), validation_names.end(), name) != validation_names.end();
  };
  if (classes.size() < 2 || !std::all_of(classes.begin(), classes.end(), is_part)) return {};
  return Error{ErrorCode::bad_format, Message{formats::shown_path(folder)}
                                          << ": the folders " << classes[0] << " and " << classes[1]
                                          << " are parts without classes: expected a folder for each class in "
                                             "each of them"};
}

Result<ImageFolder> list(const std::string& folder, const ImageOptions& options) {
  ImageFolder images;
  if (options.unlabelled) images.classes = {"0"};
  const Result<void> added = options.unlabelled ? add_class(folder, 0, images) : add_classes(folder, options, images);
  if (!added) return added.error();
  if (images.files.empty())
    return Error{ErrorCode::not_found, Message{formats::shown_path(folder)}
                                           << ": no images: expected "
                                           << (options.unlabelled ? "" : "a folder for each class, with ")
                                           << "files that end in .png, .jpg or .jpeg"};
  if (const Result<void> named = check_class_names(folder, images.classes); !named) return named.error();
  return images;
}

/// The image at `path` with the channels and, unless they are 0, the extents that were asked for.
Result<Image> read_image(const std::string& path, const ImageOptions& options) {
  std::error_code problem;
  const fs::file_status status = fs::status(path, problem);
  if (fs::exists(status) && !fs::is_regular_file(status))
    return Error{ErrorCode::unsupported, Message{formats::shown_path(path)} << ": expected a regular file"};
  const Result<std::vector<std::uint8_t>> file = formats::read_file(path, largest_file);
  if (!file) return file.error();
  Result<Image> decoded = formats::decode_image(*file);
  if (!decoded) return formats::in_file(path, decoded.error());
  Image image = formats::with_channels(std::move(*decoded), options.color == ImageColor::grey ? 1 : 3);
  if (options.height == 0 || (image.height == options.height && image.width == options.width)) return image;
  return formats::resized(image, options.height, options.width);
}

class ImageSource final : public Source {
 public:
  ImageSource(ImageFolder images, ImageOptions options, const Image& first)
      : files_(std::move(images.files)), options_(std::move(options)) {
    info_ = {.shape = {first.height, first.width, first.channels},
             .size = files_.size(),
             .classes = images.classes.size(),
             .type = ElementType::uint8,
             .scaling = {}};
  }

  const SampleInfo& info() const noexcept override { return info_; }

  Result<void> read(std::span<const std::uint32_t> indices, std::span<std::byte> samples,
                    std::span<std::int32_t> labels) const override {
    return base::or_out_of_memory("images", [&]() -> Result<void> {
      const std::size_t each = info_.shape[0] * info_.shape[1] * info_.shape[2];
      for (std::size_t i = 0; i < indices.size(); ++i) {
        const ImageFile& file = files_[indices[i]];
        const Result<Image> image = read_image(file.path, options_);
        if (!image) return image.error();
        if (image->height != info_.shape[0] || image->width != info_.shape[1])
          return Error{ErrorCode::shape_mismatch, Message{formats::shown_path(file.path)}
                                                      << ": " << image->height << " x " << image->width
                                                      << " pixels, the first image has " << info_.shape[0] << " x "
                                                      << info_.shape[1] << "; give a size to which all are resized"};
        std::memcpy(samples.data() + i * each, image->pixels.data(), each);
        labels[i] = file.label;
      }
      return {};
    });
  }

  Result<std::vector<std::int32_t>> labels() const override {
    return base::or_out_of_memory("labels", [&]() -> Result<std::vector<std::int32_t>> {
      std::vector<std::int32_t> all(files_.size());
      std::transform(files_.begin(), files_.end(), all.begin(), [](const ImageFile& file) { return file.label; });
      return all;
    });
  }

  std::size_t kept_bytes() const noexcept override {
    const auto add = [](std::size_t bytes, const ImageFile& file) { return bytes + file.path.capacity(); };
    return std::accumulate(files_.begin(), files_.end(), files_.capacity() * sizeof files_[0], add);
  }

 private:
  std::vector<ImageFile> files_;
  ImageOptions options_;
  SampleInfo info_;
};

Result<std::shared_ptr<const Source>> open(const std::string& folder, const ImageOptions& options) {
  if ((options.height == 0) != (options.width == 0) || options.height > formats::max_image_extent ||
      options.width > formats::max_image_extent)
    return Error{ErrorCode::invalid_argument, "images: expected a height and a width of 1 ... 65535, or 0 and 0"};
  if (options.height != 0)
    if (const auto bytes = formats::image_bytes(options.height, options.width, 3, formats::max_image_pixels); !bytes)
      return bytes.error();
  Result<ImageFolder> images = list(folder, options);
  if (!images) return images.error();
  const Result<Image> first = read_image(images->files.front().path, options);
  if (!first) return first.error();
  return std::shared_ptr<const Source>(std::make_shared<ImageSource>(std::move(*images), options, *first));
}

}  // namespace

Result<ImageFolder> list_images(const std::string& folder, const ImageOptions& options) {
  return base::or_out_of_memory("list_images", [&] { return list(folder, options); });
}

ImageParts find_image_parts(const std::string& folder) {
  const auto inside = [&](std::string_view name) { return (folder + (folder.ends_with('/') ? "" : "/")).append(name); };
  const auto is_folder = [](const std::string& path) {
    std::error_code problem;
    return fs::is_directory(path, problem);
  };
  if (!list_images(inside("train"))) return {folder, {}, {}};
  ImageParts parts{inside("train"), {}, {}};
  for (const std::string_view name : validation_names)
    if (is_folder(inside(name))) parts.validation = inside(name);
  if (is_folder(inside("test"))) parts.test = inside("test");
  return parts;
}

Result<std::shared_ptr<const Source>> open_images(const std::string& folder, const ImageOptions& options) {
  return base::or_out_of_memory("open_images", [&] { return open(folder, options); });
}

Result<Dataset> load_images(const std::string& folder, const ImageOptions& options) {
  const Result<std::shared_ptr<const Source>> source = open_images(folder, options);
  if (!source) return source.error();
  return load(**source);
}

}  // namespace treadle::data
