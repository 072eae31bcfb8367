// Gathers the samples of a batch into one block of float32, converting stored bytes on the way.
#pragma once

#include <treadle/data.hpp>
#include <treadle/executor.hpp>
#include <treadle/result.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/table.hpp"

namespace treadle::training {

class BatchLoader {
 public:
  /// Room for `batch_size` samples of `data`; nothing is allocated after that.
  static Result<BatchLoader> make(const data::Dataset& data, std::size_t batch_size,
                                  const kernels::KernelTable& kernels);

  /// Loads the samples `indices`, at most batch_size of them; each index is less than data.size().
  void load(std::span<const std::uint32_t> indices, Executor& executor) noexcept;

  /// What load() loaded: [n, sample elements] and [n].
  std::span<const float> inputs() const noexcept { return {inputs_.data(), loaded_ * data_.sample_elements()}; }
  std::span<const std::int32_t> targets() const noexcept { return {targets_.data(), loaded_}; }

 private:
  BatchLoader(const data::Dataset& data, const kernels::KernelTable& kernels) : data_(data), kernels_(&kernels) {}
  void load_sample(std::size_t row, std::size_t index) noexcept;

  data::Dataset data_;
  const kernels::KernelTable* kernels_;
  std::vector<float> inputs_;
  std::vector<std::int32_t> targets_;
  std::size_t loaded_ = 0;
};

}  // namespace treadle::training
