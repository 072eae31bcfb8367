// Reads batches from a stream, shuffled through a window.
#pragma once

#include <treadle/source.hpp>

#include <memory>
#include <vector>

#include "training/augmenter.hpp"
#include "training/prefetch_loader.hpp"
#include "training/sample_converter.hpp"

namespace treadle::training {

/// Holds a window of the next samples; each sample that goes out is drawn from it, with numbers from Philox keyed by
/// (seed, epoch), and the stream's next one takes its place. So every sample goes out exactly once, and none more than
/// the window's size before its turn. A window of one sample keeps the stream's order. For one thread.
class StreamReader final : public BatchReader {
 public:
  StreamReader(std::shared_ptr<data::Stream> stream, const LoaderOptions& options, const kernels::KernelTable& kernels);

  Result<void> begin_epoch(std::size_t epoch, std::size_t first_batch) override;
  Result<void> read(std::size_t batch, std::size_t thread, const BatchRoom& out) override;

 private:
  Result<void> start();
  /// Puts the next sample of the stream into slot `slot`.
  Result<void> refill(std::size_t slot);
  /// The slot whose sample goes out next.
  std::size_t draw() const noexcept;
  /// The sample of `slot` is out.
  Result<void> replace(std::size_t slot);
  std::span<std::byte> sample_in(std::size_t slot) noexcept;

  std::shared_ptr<data::Stream> stream_;
  SampleConverter converter_;
  Augmenter augmenter_;
  Mixup mixup_;
  std::size_t batch_size_;
  std::uint64_t seed_;
  std::size_t samples_;
  std::vector<std::byte> window_;
  std::vector<float> scratch_;
  std::vector<std::uint32_t> pairs_;
  std::vector<std::int32_t> labels_;  // one for each slot of the window
  std::size_t epoch_ = 1;
  std::size_t first_ = 0;  // sample of the epoch that the first batch begins with
  bool started_ = false;
  std::size_t came_ = 0;  // samples of this epoch
  std::size_t went_ = 0;
};

}  // namespace treadle::training
