#include "training/sample_order.hpp"

#include <algorithm>
#include <numeric>

#include "base/philox.hpp"

namespace treadle::training {

SampleOrder::SampleOrder(std::size_t samples, const LoaderOptions& options)
    : order_(samples), batch_size_(options.batch_size), seed_(options.seed), shuffle_(options.shuffle) {
  std::iota(order_.begin(), order_.end(), 0u);
  if (!shuffle_) return;
  const std::vector<float>& weights = options.loading.weights;
  cumulative_.reserve(weights.size());
  double sum = 0;
  for (const float weight : weights) cumulative_.push_back(sum += static_cast<double>(weight));
}

void SampleOrder::begin_epoch(std::size_t epoch) noexcept {
  if (!cumulative_.empty())
    draw(epoch);
  else if (shuffle_)
    shuffled_order(seed_, epoch, order_);
}

std::span<const std::uint32_t> SampleOrder::batch(std::size_t batch) const noexcept {
  const std::size_t first = batch * batch_size_;
  return std::span(order_).subspan(first, std::min(batch_size_, order_.size() - first));
}

/// The first sample whose running sum of weights is above a uniform part of the whole.
void SampleOrder::draw(std::size_t epoch) noexcept {
  const base::RandomStream random(seed_, base::Purpose::weighted_order, static_cast<std::uint32_t>(epoch));
  const double whole = cumulative_.back();
  // A product that is rounded up to the whole would find none: the last sample with a weight is meant.
  const auto last = std::lower_bound(cumulative_.begin(), cumulative_.end(), whole);
  for (std::size_t i = 0; i < order_.size(); ++i) {
    const std::uint64_t bits = std::uint64_t{random.bits(2 * i)} << 32 | random.bits(2 * i + 1);
    const double part = static_cast<double>(bits >> 11) * 0x1p-53 * whole;
    const auto found = std::min(last, std::upper_bound(cumulative_.begin(), cumulative_.end(), part));
    order_[i] = static_cast<std::uint32_t>(found - cumulative_.begin());
  }
}

}  // namespace treadle::training
