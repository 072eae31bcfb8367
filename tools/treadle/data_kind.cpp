#include "data_kind.hpp"

#include <treadle/images.hpp>
#include <treadle/source.hpp>

#include <filesystem>
#include <fstream>

#include "errors.hpp"

namespace treadle::tool {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> idx_files(const std::string& folder) {
  std::vector<std::string> files;
  for (const char* part : {"/train", "/t10k"})
    for (const char* kind : {"-images-idx3-ubyte", "-labels-idx1-ubyte"})
      for (const char* ending : {"", ".gz"}) files.push_back(folder + part + kind + ending);
  return files;
}

std::vector<std::string> npy_files(const std::string& folder) {
  std::vector<std::string> files;
  for (const char* part : {"", "_train", "_test", "_val", "_valid", "_validation"})
    for (const char* array : {"/x", "/y"}) files.push_back(folder + array + part + ".npy");
  return files;
}

/// Whether there are images in the folder itself, if only of kinds that are not read.
bool has_images_of_any_kind(const std::string& folder) {
  const auto images = data::list_images(folder, {.unlabelled = true});
  return images || images.error().code == ErrorCode::unsupported;
}

/// Whether there are images in the folder, in one of its folders or in a part of it.
bool has_images_below(const std::string& folder) {
  if (has_images_of_any_kind(folder)) return true;
  std::error_code problem;
  for (fs::directory_iterator at(folder, problem); !problem && at != fs::directory_iterator{}; at.increment(problem)) {
    std::error_code unknown;
    if (at->is_directory(unknown) && has_images_of_any_kind(at->path().string())) return true;
  }
  return data::find_image_parts(folder).train != folder;
}

DataKind kind_of_folder(const std::string& folder) {
  std::error_code problem;
  for (const std::string& file : idx_files(folder))
    if (fs::exists(file, problem)) return DataKind::idx;
  for (const std::string& file : npy_files(folder))
    if (fs::exists(file, problem)) return DataKind::npy;
  if (has_images_below(folder)) return DataKind::images;
  throw Failure("--data: nothing to learn from in '" + folder +
                "': expected IDX files (train-images-idx3-ubyte ...), NPY files (x.npy and y.npy), or a folder of PNG "
                "and JPEG images for each class");
}

}  // namespace

DataKind kind_of(const std::string& path) {
  std::error_code problem;
  const fs::file_status status = fs::status(path, problem);
  if (!fs::exists(status)) throw Failure("--data: no such file or folder: '" + path + "'");
  if (fs::is_directory(status)) return kind_of_folder(path);
  if (!fs::is_regular_file(status)) return DataKind::csv;  // a pipe can be read once only
  std::ifstream file{path, std::ios::binary};
  char start[4] = {};
  if (file.read(start, sizeof start) && std::string_view(start, sizeof start) == "PK\3\4") return DataKind::npz;
  file.clear();
  file.seekg(0);
  char first = 0;
  return file >> first && first == '{' ? DataKind::raw : DataKind::csv;  // no CSV file begins so
}

bool has_images(const std::string& folder) { return data::list_images(folder, {.unlabelled = true}).has_value(); }

bool is_unpacked(const std::string& folder) {
  std::error_code problem;
  for (const std::string& file : idx_files(folder))
    if (file.ends_with(".gz") && fs::exists(file, problem) && !fs::exists(file.substr(0, file.size() - 3), problem))
      return false;
  return true;
}

std::vector<std::string> data_files(const std::string& path) {
  std::error_code problem;
  if (!fs::is_directory(path, problem)) {
    std::vector<std::string> files = {path};
    if (fs::is_regular_file(path, problem) && kind_of(path) == DataKind::raw)
      if (const auto raw = data::raw_files(path)) files.insert(files.end(), raw->begin(), raw->end());
    return files;
  }
  std::vector<std::string> files = idx_files(path);
  for (std::string& file : npy_files(path)) files.push_back(std::move(file));
  const data::ImageParts parts = data::find_image_parts(path);
  for (const std::string& part : {parts.train, parts.validation, parts.test})
    for (const bool unlabelled : {false, true})
      if (const auto images = data::list_images(part, {.unlabelled = unlabelled}); !part.empty() && images)
        for (const data::ImageFile& file : images->files) files.push_back(file.path);
  return files;
}

}  // namespace treadle::tool
