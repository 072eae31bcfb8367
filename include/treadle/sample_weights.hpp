// How often each sample is drawn.
#pragma once

#include <treadle/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace treadle::data {

/// A weight for each sample, at least 0. Cheap to copy: copies share them.
class SampleWeights {
 public:
  SampleWeights() = default;
  /// Sample i's is each[i], 4 bytes each.
  SampleWeights(std::vector<float> each);

  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  float operator[](std::size_t sample) const noexcept;
  /// Of memory.
  std::size_t bytes() const noexcept;

 private:
  struct Storage;
  friend Result<SampleWeights> balanced_weights(std::span<const std::int32_t> labels);

  std::shared_ptr<const Storage> storage_;
  std::size_t size_ = 0;
};

/// A weight for each sample, 1 / (samples of its class): drawn by these, classes are equally frequent. One byte for
/// each sample where there are up to 256 classes, two up to 65536, else four. Labels are not negative.
Result<SampleWeights> balanced_weights(std::span<const std::int32_t> labels);

}  // namespace treadle::data
