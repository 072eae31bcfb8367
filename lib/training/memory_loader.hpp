// Batches of samples that are in memory: gathered when they are asked for, by the run's own threads.
#pragma once

#include <treadle/data.hpp>

#include <vector>

#include "training/augmenter.hpp"
#include "training/batch_loader.hpp"
#include "training/mixup.hpp"
#include "training/sample_converter.hpp"
#include "training/sample_order.hpp"

namespace treadle::training {

class MemoryLoader final : public BatchLoader {
 public:
  MemoryLoader(const data::Dataset& data, const LoaderOptions& options, const kernels::KernelTable& kernels,
               Executor& executor);

  Result<void> begin_epoch(std::size_t epoch, std::size_t first_batch) override;
  Result<Batch> next() override;

 private:
  void load_sample(std::size_t row, std::size_t index) noexcept;
  void mix(const BatchRoom& batch) noexcept;

  data::Dataset data_;
  const std::byte* stored_;
  SampleConverter converter_;
  Augmenter augmenter_;
  Mixup mixup_;
  Executor* executor_;
  SampleOrder order_;
  std::vector<float> inputs_;
  std::vector<float> scratch_;  // of each sample of a batch
  std::vector<std::int32_t> targets_;
  std::vector<std::int32_t> others_;  // this and what follows: of batches that are mixed
  std::vector<float> shares_;
  std::vector<std::uint32_t> pairs_;
  std::size_t batch_size_;
  std::size_t epoch_ = 1;
  std::size_t next_ = 0;
};

}  // namespace treadle::training
