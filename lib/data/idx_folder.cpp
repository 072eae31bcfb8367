#include "data/idx_folder.hpp"

#include <treadle/data.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "base/out_of_memory.hpp"
#include "formats/descriptor.hpp"
#include "formats/file.hpp"
#include "formats/idx.hpp"
#include "formats/text.hpp"

namespace treadle::data {
namespace {

/// 0, or the errno that tells why there is nothing to see at `path`.
int missing(const std::string& path) noexcept {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? 0 : errno;
}

}  // namespace

Result<std::string> find_idx_file(const std::string& folder, const std::string& name) {
  for (const char* ending : {"", ".gz"}) {
    std::string path = folder + '/' + name + ending;
    // Only what is certainly missing is passed over; opening the file will tell about any other trouble.
    if (missing(path) != ENOENT) return path;
  }
  return Error{ErrorCode::not_found,
               Message{"neither "} << name << " nor " << name << ".gz in " << formats::shown_path(folder)};
}

Result<void> check_idx_folder(const std::string& folder) {
  // With a slash, so that a file in the place of the folder counts as missing.
  const int reason = missing(folder.empty() ? folder : folder + '/');
  return reason == 0 ? Result<void>{} : formats::system_error("read the folder", folder, reason);
}

Result<void> check_idx_rank(const std::string& path, const Shape& array, std::size_t rank) {
  if (array.rank() == rank) return {};
  const char* const extents = rank == 1 ? "labels" : "images, height, width";
  return formats::in_file(
      path, {ErrorCode::shape_mismatch, Message{"expected "} << rank << " extents (" << extents << "), got " << array});
}

Result<void> check_idx_labels(const std::string& path, const Shape& labels, const Shape& images) {
  if (labels[0] == images[0]) return {};
  return formats::in_file(path, {ErrorCode::shape_mismatch,
                                 Message{} << labels[0] << " labels for the " << images[0] << " images beside it"});
}

Result<void> check_idx_parts(const std::string& folder, const Shape& train, const Shape& test) {
  if (train == test) return {};
  return formats::in_file(
      folder, {ErrorCode::shape_mismatch, Message{"training images are "} << train << ", test images " << test});
}

namespace {

struct NamedArray {
  std::string path;
  formats::IdxArray array;
};

Result<NamedArray> read_array(const std::string& folder, const std::string& name, std::size_t rank) {
  Result<std::string> path = find_idx_file(folder, name);
  if (!path) return path.error();
  Result<std::vector<std::uint8_t>> file = formats::read_file(*path);
  if (!file) return file.error();
  Result<formats::IdxArray> array = formats::parse_idx(std::move(*file));
  if (!array) return formats::in_file(*path, array.error());
  if (const Result<void> checked = check_idx_rank(*path, array->shape, rank); !checked) return checked.error();
  return NamedArray{std::move(*path), std::move(*array)};
}

/// "train" or "t10k": its images and labels, with as many classes as the largest label asks for.
Result<Dataset> read_part(const std::string& folder, const std::string& part) {
  Result<NamedArray> images = read_array(folder, part + "-images-idx3-ubyte", 3);
  if (!images) return images.error();
  const Result<NamedArray> labels = read_array(folder, part + "-labels-idx1-ubyte", 1);
  if (!labels) return labels.error();
  const Shape& shape = images->array.shape;
  if (const Result<void> checked = check_idx_labels(labels->path, labels->array.shape, shape); !checked)
    return checked.error();
  const std::vector<std::uint8_t>& classes = labels->array.elements;
  const std::size_t largest = *std::max_element(classes.begin(), classes.end());
  return Dataset::make({shape[1], shape[2], 1}, std::move(images->array.elements),
                       std::vector<std::int32_t>(classes.begin(), classes.end()), largest + 1);
}

Result<TrainTest> load(const std::string& folder) {
  if (const Result<void> found = check_idx_folder(folder); !found) return found.error();
  const Result<Dataset> train = read_part(folder, "train");
  if (!train) return train.error();
  const Result<Dataset> test = read_part(folder, "t10k");
  if (!test) return test.error();
  if (const Result<void> checked = check_idx_parts(folder, train->sample_shape(), test->sample_shape()); !checked)
    return checked.error();
  const std::size_t classes = std::max(train->classes(), test->classes());
  return TrainTest{train->with_classes(classes), test->with_classes(classes)};
}

}  // namespace

Result<TrainTest> load_idx(const std::string& folder) {
  return base::or_out_of_memory("load_idx", [&] { return load(folder); });
}

}  // namespace treadle::data
