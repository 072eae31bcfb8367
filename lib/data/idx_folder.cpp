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

using formats::IdxArray;

struct NamedArray {
  std::string path;
  IdxArray array;
};

/// 0, or the errno that tells why there is nothing to see at `path`.
int missing(const std::string& path) noexcept {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? 0 : errno;
}

/// The first of `name` and `name`.gz that exists.
Result<std::string> find_file(const std::string& folder, const std::string& name) {
  for (const char* ending : {"", ".gz"}) {
    std::string path = folder + '/' + name + ending;
    // Only what is certainly missing is passed over; opening the file will tell about any other trouble.
    if (missing(path) != ENOENT) return path;
  }
  return Error{ErrorCode::not_found,
               Message{"neither "} << name << " nor " << name << ".gz in " << formats::shown_path(folder)};
}

Result<NamedArray> read_array(const std::string& folder, const std::string& name, std::size_t rank) {
  Result<std::string> path = find_file(folder, name);
  if (!path) return path.error();
  Result<std::vector<std::uint8_t>> file = formats::read_file(*path);
  if (!file) return file.error();
  Result<IdxArray> array = formats::parse_idx(std::move(*file));
  if (!array) return formats::in_file(*path, array.error());
  if (array->shape.rank() != rank)
    return formats::in_file(
        *path, {ErrorCode::shape_mismatch, Message{"expected "} << rank << " extents ("
                                                                << (rank == 1 ? "labels" : "images, height, width")
                                                                << "), got " << array->shape});
  return NamedArray{std::move(*path), std::move(*array)};
}

/// "train" or "t10k": its images and labels, with as many classes as the largest label asks for.
Result<Dataset> read_part(const std::string& folder, const std::string& part) {
  Result<NamedArray> images = read_array(folder, part + "-images-idx3-ubyte", 3);
  if (!images) return images.error();
  const Result<NamedArray> labels = read_array(folder, part + "-labels-idx1-ubyte", 1);
  if (!labels) return labels.error();
  const Shape& shape = images->array.shape;
  if (labels->array.shape[0] != shape[0])
    return formats::in_file(
        labels->path, {ErrorCode::shape_mismatch,
                       Message{} << labels->array.shape[0] << " labels for the " << shape[0] << " images beside it"});
  const std::vector<std::uint8_t>& classes = labels->array.elements;
  const std::size_t largest = *std::max_element(classes.begin(), classes.end());
  return Dataset::make({shape[1], shape[2], 1}, std::move(images->array.elements),
                       std::vector<std::int32_t>(classes.begin(), classes.end()), largest + 1);
}

Result<TrainTest> load(const std::string& folder) {
  // With a slash, so that a file in the place of the folder counts as missing.
  if (const int reason = missing(folder.empty() ? folder : folder + '/'); reason != 0)
    return formats::system_error("read the folder", folder, reason);
  const Result<Dataset> train = read_part(folder, "train");
  if (!train) return train.error();
  const Result<Dataset> test = read_part(folder, "t10k");
  if (!test) return test.error();
  if (train->sample_shape() != test->sample_shape())
    return formats::in_file(
        folder, {ErrorCode::shape_mismatch,
                 Message{"training images are "} << train->sample_shape() << ", test images " << test->sample_shape()});
  const std::size_t classes = std::max(train->classes(), test->classes());
  return TrainTest{train->with_classes(classes), test->with_classes(classes)};
}

}  // namespace

Result<TrainTest> load_idx(const std::string& folder) {
  return base::or_out_of_memory("load_idx", [&] { return load(folder); });
}

}  // namespace treadle::data
