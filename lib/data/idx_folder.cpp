#include "data/idx_folder.hpp"

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

/// The first of `name` and `name`.gz that exists.
Result<std::string> find_idx_file(const std::string& folder, const std::string& name) {
  for (const char* ending : {"", ".gz"}) {
    std::string path = folder + '/' + name + ending;
    // Only what is certainly missing is passed over; opening the file will tell about any other trouble.
    if (missing(path) != ENOENT) return path;
  }
  return Error{ErrorCode::not_found,
               Message{"neither "} << name << " nor " << name << ".gz in " << formats::shown_path(folder)};
}

/// A whole file in memory.
Result<formats::IdxArray> load_array(const std::string& path, std::size_t rank) {
  Result<std::vector<std::uint8_t>> file = formats::read_file(path);
  if (!file) return file.error();
  Result<formats::IdxArray> array = formats::parse_idx(std::move(*file));
  if (!array) return formats::in_file(path, array.error());
  if (const Result<void> checked = check_idx_rank(path, array->shape, rank); !checked) return checked.error();
  return array;
}

}  // namespace

Result<IdxPart> find_idx_part(const std::string& folder, const std::string& part, Labels needed) {
  Result<std::string> images = find_idx_file(folder, part + "-images-idx3-ubyte");
  if (!images) return images.error();
  if (needed == Labels::ignored) return IdxPart{std::move(*images), {}};
  Result<std::string> labels = find_idx_file(folder, part + "-labels-idx1-ubyte");
  if (!labels) return labels.error();
  return IdxPart{std::move(*images), std::move(*labels)};
}

bool has_idx_part(const std::string& folder, const std::string& part) {
  return find_idx_file(folder, part + "-images-idx3-ubyte") || find_idx_file(folder, part + "-labels-idx1-ubyte");
}

bool lacks_idx_training(const std::string& folder, Labels labels) {
  return labels == Labels::ignored && !has_idx_part(folder, "train") && has_idx_part(folder, "t10k");
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

Result<Dataset> load_idx_part(const IdxPart& part) {
  Result<formats::IdxArray> images = load_array(part.images, 3);
  if (!images) return images.error();
  const Shape& shape = images->shape;
  if (part.labels.empty())
    return Dataset::make({shape[1], shape[2], 1}, std::move(images->elements), std::vector<std::int32_t>(shape[0]), 1);
  const Result<formats::IdxArray> labels = load_array(part.labels, 1);
  if (!labels) return labels.error();
  if (const Result<void> checked = check_idx_labels(part.labels, labels->shape, shape); !checked)
    return checked.error();
  const std::vector<std::uint8_t>& classes = labels->elements;
  const std::size_t largest = *std::max_element(classes.begin(), classes.end());
  return Dataset::make({shape[1], shape[2], 1}, std::move(images->elements),
                       std::vector<std::int32_t>(classes.begin(), classes.end()), largest + 1);
}

namespace {

Result<Dataset> load_part(const std::string& folder, const std::string& part, Labels labels) {
  const Result<IdxPart> found = find_idx_part(folder, part, labels);
  if (!found) return found.error();
  return load_idx_part(*found);
}

Result<TrainTest> load(const std::string& folder, Labels labels) {
  if (const Result<void> found = check_idx_folder(folder); !found) return found.error();
  const Result<Dataset> train = lacks_idx_training(folder, labels) ? Dataset{} : load_part(folder, "train", labels);
  if (!train) return train.error();
  if (!has_idx_part(folder, "t10k")) return TrainTest{*train, {}};
  const Result<Dataset> test = load_part(folder, "t10k", labels);
  if (!test) return test.error();
  if (train->empty()) return TrainTest{{}, *test};
  if (const Result<void> checked = check_idx_parts(folder, train->sample_shape(), test->sample_shape()); !checked)
    return checked.error();
  const std::size_t classes = std::max(train->classes(), test->classes());
  return TrainTest{train->with_classes(classes), test->with_classes(classes)};
}

}  // namespace

Result<TrainTest> load_idx(const std::string& folder, Labels labels) {
  return base::or_out_of_memory("load_idx", [&] { return load(folder, labels); });
}

}  // namespace treadle::data
