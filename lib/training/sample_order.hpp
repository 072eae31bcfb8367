// The order in which an epoch visits samples that can be read at any place.
#pragma once

#include <treadle/training.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "training/batch_loader.hpp"

namespace treadle::training {

class SampleOrder {
 public:
  SampleOrder(std::size_t samples, const LoaderOptions& options)
      : order_(samples), batch_size_(options.batch_size), seed_(options.seed), shuffle_(options.shuffle) {
    std::iota(order_.begin(), order_.end(), 0u);
  }

  void begin_epoch(std::size_t epoch) noexcept {
    if (shuffle_) shuffled_order(seed_, epoch, order_);
  }

  /// The samples of batch `batch` of the epoch.
  std::span<const std::uint32_t> batch(std::size_t batch) const noexcept {
    const std::size_t first = batch * batch_size_;
    return std::span(order_).subspan(first, std::min(batch_size_, order_.size() - first));
  }

 private:
  std::vector<std::uint32_t> order_;
  std::size_t batch_size_;
  std::uint64_t seed_;
  bool shuffle_;
};

}  // namespace treadle::training
