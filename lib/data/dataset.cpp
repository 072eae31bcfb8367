#include <treadle/data.hpp>

#include <algorithm>

#include "base/out_of_memory.hpp"

namespace treadle::data {
namespace {

Error bad(ErrorCode code, const Message& message) noexcept { return {code, Message{"Dataset: "} << message.text()}; }

Result<std::size_t> elements_of(const Shape& sample) {
  const Result<std::size_t> elements = sample.elements();
  if (!elements) return bad(elements.error().code, elements.error().message);
  if (sample.rank() == 0 || *elements == 0)
    return bad(ErrorCode::invalid_argument, Message{"the shape of a sample, "} << sample << ", has no elements");
  return elements;
}

}  // namespace

Result<Dataset> Dataset::make(Shape sample, Storage storage, std::size_t features, std::size_t classes,
                              Scaling scaling) {
  const Result<std::size_t> elements = elements_of(sample);
  if (!elements) return elements.error();
  const std::vector<std::int32_t>& labels = storage.labels;
  // Divided rather than multiplied, so that nothing overflows.
  if (features % *elements != 0 || features / *elements != labels.size())
    return bad(ErrorCode::shape_mismatch, Message{"expected "} << *elements << " values of " << sample
                                                               << " for each of " << labels.size() << " labels, got "
                                                               << features << " values");
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (labels[i] < 0 || static_cast<std::size_t>(labels[i]) >= classes)
      return bad(ErrorCode::invalid_argument, Message{"label "} << labels[i] << " of sample " << i << " is not one of "
                                                                << classes << " classes from 0");
  Dataset dataset;
  dataset.sample_ = sample;
  dataset.sample_elements_ = *elements;
  dataset.size_ = labels.size();
  dataset.classes_ = classes;
  dataset.scaling_ = scaling;
  dataset.storage_ = std::make_shared<const Storage>(std::move(storage));
  return dataset;
}

Result<Dataset> Dataset::make(Shape sample, std::vector<std::uint8_t> features, std::vector<std::int32_t> labels,
                              std::size_t classes, Scaling scaling) {
  const std::size_t count = features.size();
  return make(sample, Storage{std::move(features), std::move(labels)}, count, classes, scaling);
}

Result<Dataset> Dataset::make(Shape sample, std::vector<float> features, std::vector<std::int32_t> labels,
                              std::size_t classes) {
  const std::size_t count = features.size();
  return make(sample, Storage{std::move(features), std::move(labels)}, count, classes, Scaling{1.0f, 0.0f});
}

std::span<const std::int32_t> Dataset::labels() const noexcept {
  if (!storage_) return {};
  return std::span(storage_->labels).first(size_);
}

std::span<const std::uint8_t> Dataset::bytes() const noexcept {
  const auto* bytes = storage_ ? std::get_if<std::vector<std::uint8_t>>(&storage_->features) : nullptr;
  if (bytes == nullptr) return {};
  return std::span(*bytes).first(size_ * sample_elements_);
}

std::span<const float> Dataset::floats() const noexcept {
  const auto* floats = storage_ ? std::get_if<std::vector<float>>(&storage_->features) : nullptr;
  if (floats == nullptr) return {};
  return std::span(*floats).first(size_ * sample_elements_);
}

Dataset Dataset::first(std::size_t n) const {
  Dataset part = *this;
  part.size_ = std::min(n, size_);
  return part;
}

Result<Dataset> Dataset::with_numbers(std::vector<std::uint32_t> numbers) const {
  if (numbers.size() != size_)
    return Error{ErrorCode::invalid_argument,
                 Message{"data set: expected a number for each of "} << size_ << " samples, got " << numbers.size()};
  return base::or_out_of_memory("data set", [&]() -> Result<Dataset> {
    Dataset numbered = *this;
    numbered.numbers_ = std::make_shared<const std::vector<std::uint32_t>>(std::move(numbers));
    return numbered;
  });
}

Dataset Dataset::with_classes(std::size_t classes) const {
  Dataset wider = *this;
  wider.classes_ = std::max(classes, classes_);
  return wider;
}

}  // namespace treadle::data
