#include "data_parts.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>

#include "output.hpp"

namespace treadle::tool {
namespace {

namespace fs = std::filesystem;

bool exists(const std::string& path) {
  std::error_code problem;
  return fs::exists(path, problem);
}

}  // namespace

data::Dataset limited(const data::Dataset& data, std::size_t limit) { return limit == 0 ? data : data.first(limit); }

SourcePointer limited(SourcePointer source, std::size_t limit) {
  if (!source || limit == 0 || limit >= source->info().size) return source;
  return data::first_samples(std::move(source), limit).value();
}

bool has_samples(const data::Samples& samples) { return data::info(samples).size > 0; }

data::TrainTestSources open_npy_parts(const DataOptions& options, data::Labels labels) {
  const auto open = [&](const std::string& suffix, std::size_t classes) {
    const std::string y = labels == data::Labels::needed ? options.path + "/y" + suffix + ".npy" : "";
    return data::open_npy(options.path + "/x" + suffix + ".npy", y, classes, options.access()).value();
  };
  const auto has = [&](const std::string& suffix) { return exists(options.path + "/x" + suffix + ".npy"); };
  if (has("")) return {open("", 0), nullptr};
  std::array<std::string, 3> suffixes = {"_train", has("_test") ? "_test" : "", ""};
  for (const char* suffix : {"_validation", "_valid", "_val"})
    if (has(suffix)) suffixes[2] = suffix;
  std::array<SourcePointer, 3> parts;
  std::size_t classes = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (suffixes[i].empty()) continue;
    parts[i] = open(suffixes[i], classes);
    classes = parts[i]->info().classes;
  }
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (parts[i] && parts[i]->info().classes < classes) parts[i] = open(suffixes[i], classes);
  return {parts[0], parts[1], parts[2]};
}

SourcePointer open_image_folder(const std::string& folder, const data::ImageOptions& options) {
  const data::ImageFolder images = data::list_images(folder, options).value();
  if (images.others > 0)
    std::fputs(("warning: " + counted(images.others, "image") + " in '" + folder + "' passed over, such as '" +
                images.other + "': only PNG and JPEG are read\n")
                   .c_str(),
               stderr);
  return data::open_images(folder, options).value();
}

std::vector<std::string> image_classes(const DataOptions& options) {
  const data::ImageParts parts = data::find_image_parts(options.path);
  return data::list_images(parts.train, options.images).value().classes;
}

data::TrainTestSources open_image_parts(const DataOptions& options, const std::string& validation) {
  const data::ImageParts parts = data::find_image_parts(options.path);
  data::TrainTestSources data{open_image_folder(parts.train, options.images), nullptr};
  data::ImageOptions alike = options.images;
  alike.classes = image_classes(options);
  const std::string& tried = validation.empty() ? parts.validation : validation;
  if (!tried.empty()) data.validation = open_image_folder(tried, alike);
  if (validation.empty() && !parts.test.empty() && !data.validation && data::list_images(parts.test, alike))
    data.test = open_image_folder(parts.test, alike);
  return data;
}

}  // namespace treadle::tool
