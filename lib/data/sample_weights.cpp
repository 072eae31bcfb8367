#include <treadle/sample_weights.hpp>

#include <utility>

#include "base/out_of_memory.hpp"
#include "data/numbered.hpp"

namespace treadle::data {

struct SampleWeights::Storage {
  std::vector<float> weights;  // of each class if there are classes, else of each sample
  Numbered classes;
};

SampleWeights::SampleWeights(std::vector<float> each) : size_(each.size()) {
  storage_ = std::make_shared<const Storage>(Storage{std::move(each), {}});
}

float SampleWeights::operator[](std::size_t sample) const noexcept {
  const Storage& storage = *storage_;
  return storage.weights[storage.classes.values().empty() ? sample : storage.classes[sample]];
}

std::size_t SampleWeights::bytes() const noexcept {
  return storage_ ? storage_->weights.size() * sizeof(float) + storage_->classes.bytes() : 0;
}

Result<SampleWeights> balanced_weights(std::span<const std::int32_t> labels) {
  return base::or_out_of_memory("weights", [&]() -> Result<SampleWeights> {
    SampleWeights::Storage storage{{}, Numbered(labels)};
    const std::span<const std::int32_t> classes = storage.classes.values();
    if (!classes.empty() && classes.front() < 0)
      return Error{ErrorCode::invalid_argument, Message{"weights: label "} << classes.front() << " is negative"};
    std::vector<std::uint32_t> counts(classes.size());
    for (std::size_t i = 0; i < labels.size(); ++i) ++counts[storage.classes[i]];
    for (const std::uint32_t count : counts) storage.weights.push_back(1.0f / static_cast<float>(count));
    SampleWeights weights;
    weights.size_ = labels.size();
    weights.storage_ = std::make_shared<const SampleWeights::Storage>(std::move(storage));
    return weights;
  });
}

}  // namespace treadle::data
