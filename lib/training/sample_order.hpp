// The order in which an epoch visits samples that can be read at any place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "training/batch_loader.hpp"

namespace treadle::training {

/// As the data lie, each sample once in a new order each epoch, or as many as there are drawn by their weights, with
/// replacement.
class SampleOrder {
 public:
  SampleOrder(std::size_t samples, const LoaderOptions& options);

  void begin_epoch(std::size_t epoch) noexcept;

  /// The samples of batch `batch` of the epoch.
  std::span<const std::uint32_t> batch(std::size_t batch) const noexcept;

 private:
  void draw(std::size_t epoch) noexcept;

  std::vector<std::uint32_t> order_;
  std::vector<double> cumulative_;  // sums of the weights so far; none: they are not weighted
  std::size_t batch_size_;
  std::uint64_t seed_;
  bool shuffle_;
};

}  // namespace treadle::training
