// Batches that threads of their own read ahead into a fixed number of buffers.
#pragma once

#include <treadle/source.hpp>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "training/batch_loader.hpp"
#include "training/mixup.hpp"

namespace treadle::training {

/// Reads single batches for a loader.
class BatchReader {
 public:
  virtual ~BatchReader() = default;

  /// Called while no thread reads.
  virtual Result<void> begin_epoch(std::size_t epoch, std::size_t first_batch) = 0;
  /// Reads batch `batch` of the epoch; what it reads depends on nothing else. `thread` is the number of the one that
  /// calls; several call at once, each with another batch. Batches are begun in their order.
  virtual Result<void> read(std::size_t batch, std::size_t thread, const BatchRoom& out) = 0;
  /// The samples of batch `batch` in their data; none where they have no numbers.
  virtual std::span<const std::uint32_t> indices(std::size_t) const noexcept { return {}; }
};

/// A ring of buffers: batch b is read into buffer b modulo their number, once the batch that was in it is done with.
/// When all buffers are full the threads sleep.
class PrefetchLoader final : public BatchLoader {
 public:
  PrefetchLoader(std::unique_ptr<BatchReader> reader, const data::SampleInfo& info, const LoaderOptions& options,
                 std::size_t threads);
  ~PrefetchLoader() override;

  Result<void> begin_epoch(std::size_t epoch, std::size_t first_batch) override;
  Result<Batch> next() override;

 private:
  struct Buffer {
    std::vector<float> inputs;
    std::vector<std::int32_t> targets;
    std::vector<std::int32_t> others;  // this and shares: of batches that are mixed
    std::vector<float> shares;
    Result<void> result;
    bool full = false;
  };

  void work(std::size_t thread) noexcept;
  Result<void> read(std::size_t batch, std::size_t thread, Buffer& buffer) noexcept;
  void stop() noexcept;
  BatchRoom room_of(Buffer& buffer, std::size_t samples) noexcept;
  Buffer& buffer_of(std::size_t batch) noexcept { return buffers_[batch % buffers_.size()]; }

  std::unique_ptr<BatchReader> reader_;
  std::size_t elements_;
  std::vector<Buffer> buffers_;

  std::mutex mutex_;  // guards what follows, and each buffer's `full`
  std::condition_variable room_, filled_, idle_;
  std::size_t to_read_ = 0;   // the next batch that a thread begins
  std::size_t end_ = 0;       // no batch from here on is begun
  std::size_t released_ = 0;  // batches before this one are done with
  std::size_t next_ = 0;      // the batch that next() gives
  std::size_t reading_ = 0;   // threads
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace treadle::training
