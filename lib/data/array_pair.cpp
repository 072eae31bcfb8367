#include "data/array_pair.hpp"

#include "data/csv_dataset.hpp"

namespace treadle::data {

using formats::NumberType;

namespace {

Result<Shape> sample_shape(NumberType values, const Shape& features, const Shape& labels) {
  if (features.rank() < 2 || features[0] == 0)
    return Error{ErrorCode::shape_mismatch,
                 Message{"features: expected [samples, ...] with a sample, got "} << features};
  const bool column = labels.rank() == 2 && labels[1] == 1;
  if ((labels.rank() != 1 && !column) || labels[0] != features[0])
    return Error{ErrorCode::shape_mismatch,
                 Message{"labels: expected ["} << features[0] << "] for features " << features << ", got " << labels};
  // Bytes are pixels, and an image without channels has one, as in IDX files. Others of two axes are signals.
  const std::span<const std::size_t> extents = features.extents().subspan(1);
  const bool image = values == NumberType::uint8 && extents.size() == 2;
  return image ? Shape{extents[0], extents[1], 1} : Shape{extents};
}

}  // namespace

Result<void> check_label_type(NumberType labels) {
  if (is_whole(labels)) return {};
  return Error{ErrorCode::unsupported, Message{"labels: expected class numbers of a type of whole numbers, got "}
                                           << name(labels) << "; save y.astype(\"int32\")"};
}

Result<SampleInfo> pair_info(NumberType values, const Shape& features, const Shape& labels) {
  const Result<Shape> shape = sample_shape(values, features, labels);
  if (!shape) return shape.error();
  if (features[0] > UINT32_MAX)
    return Error{ErrorCode::too_large, Message{} << features[0] << " samples are more than 4294967295"};
  SampleInfo info{.shape = *shape, .size = features[0], .classes = max_classes};
  if (values == NumberType::uint8) {
    info.type = ElementType::uint8;
    info.scaling = Scaling{};
  }
  const Result<std::size_t> bytes = info.sample_bytes();
  if (!bytes) return bytes.error();
  if (*bytes == 0) return Error{ErrorCode::shape_mismatch, Message{"features "} << features << " have no elements"};
  return info;
}

}  // namespace treadle::data
