// The order in which an epoch visits samples that can be read at any place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/checked.hpp"
#include "training/batch_loader.hpp"

namespace treadle::training {

/// Of a window that holds `held` samples the slot whose sample goes out after `went` of the epoch.
std::uint32_t window_slot(std::uint64_t seed, std::size_t epoch, std::size_t held, std::size_t went) noexcept;

/// The order in which a StreamReader with this window gives the samples of an epoch.
void windowed_order(std::uint64_t seed, std::size_t epoch, std::size_t window, std::span<std::uint32_t> order) noexcept;

/// As the data lie, each sample once in a new order each epoch, as a whole or through a window, or as many as there are
/// drawn by their weights, with replacement. What is drawn is drawn batch by batch, and kept for the last few batches
/// only.
class SampleOrder {
 public:
  /// `batches`: how many are looked at at once. `window`: what a StreamReader holds; 0: none.
  SampleOrder(std::size_t samples, const LoaderOptions& options, std::size_t batches, std::size_t window = 0);

  /// Bytes that it will take, for `batches` batches at once.
  static base::CheckedSize bytes(std::size_t samples, const LoaderOptions& options, std::size_t batches) noexcept;

  void begin_epoch(std::size_t epoch) noexcept;

  /// Draws the samples of batch `batch`, if any are drawn. Several threads may do so, each for another batch.
  void draw(std::size_t batch) noexcept;

  /// The samples of batch `batch` of the epoch, which has been drawn.
  std::span<const std::uint32_t> batch(std::size_t batch) const noexcept;

 private:
  bool drawn() const noexcept { return !sums_.empty(); }
  std::uint32_t sample_at(double part) const noexcept;

  std::vector<std::uint32_t> order_;  // of all samples; of the batches that are looked at where they are drawn
  data::SampleWeights weights_;
  std::vector<double> sums_;  // of the weights up to the end of each block of samples; none: they are not drawn
  std::size_t last_ = 0;      // the last sample with a weight that is seen in the sum
  std::size_t samples_;
  std::size_t batch_size_;
  std::size_t batches_;
  std::uint64_t seed_;
  bool shuffle_;
  std::size_t window_;
  std::size_t epoch_ = 1;
};

}  // namespace treadle::training
