// Where a run gets its batches from: samples in an epoch's order, gathered into blocks of float32.
#pragma once

#include <treadle/executor.hpp>
#include <treadle/result.hpp>
#include <treadle/source.hpp>
#include <treadle/training.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "kernels/table.hpp"

namespace treadle::training {

/// [n, sample elements] and [n]; valid until the loader's next call.
struct Batch {
  std::span<const float> inputs;
  std::span<const std::int32_t> targets;
  std::span<const std::uint32_t> indices{};  ///< of the samples in their data; none for a stream
  MixedTargets mixed{};                      ///< empty unless the samples are mixed

  std::size_t samples() const noexcept { return targets.size(); }
  const MixedTargets* mixed_targets() const noexcept { return mixed.others.empty() ? nullptr : &mixed; }
};

struct LoaderOptions {
  std::size_t batch_size = 1;
  std::uint64_t seed = 1;
  bool shuffle = true;  ///< false: in the order of the data, without a window
  Loading loading{};
  NormalizationView normalization{};  ///< of every sample, before its augmentation; must outlive the loader
};

/// What a batch has depends on the options, the epoch and its number alone. All memory is taken by make_loader().
class BatchLoader {
 public:
  virtual ~BatchLoader() = default;

  /// After this, next() gives batch `first_batch` (from 0) of epoch `epoch` (from 1), then the following ones.
  virtual Result<void> begin_epoch(std::size_t epoch, std::size_t first_batch = 0) = 0;
  /// Called at most batches() - first_batch times. An error is one of reading; no batch follows it.
  virtual Result<Batch> next() = 0;

  std::size_t samples() const noexcept { return samples_; }
  /// Of an epoch: ceil(samples / batch_size).
  std::size_t batches() const noexcept { return batches_; }

 protected:
  BatchLoader(std::size_t samples, std::size_t batch_size) noexcept;

  /// Of batch `batch`; the last may be smaller.
  std::size_t samples_of(std::size_t batch) const noexcept;

 private:
  std::size_t samples_, batch_size_, batches_;
};

/// A loader for samples that have been checked (check_data). Data in memory is gathered by `executor`, everything else
/// is read ahead by threads of the loader's own. `kernels` and `executor` must outlive the loader.
Result<std::unique_ptr<BatchLoader>> make_loader(const data::Samples& samples, const LoaderOptions& options,
                                                 const kernels::KernelTable& kernels, Executor& executor);

/// What the loader will allocate.
Result<LoadingMemory> loader_memory(const data::Samples& samples, const LoaderOptions& options);

}  // namespace treadle::training
