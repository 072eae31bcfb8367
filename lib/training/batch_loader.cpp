#include "training/batch_loader.hpp"

#include <algorithm>
#include <cstring>
#include <exception>

#include "base/checked.hpp"
#include "kernels/scale_bytes.hpp"

namespace treadle::training {
namespace {

/// Samples that make a tile: a few dozen kilobytes.
constexpr std::size_t tile_elements = 16384;

}  // namespace

Result<BatchLoader> BatchLoader::make(const data::Dataset& data, std::size_t batch_size,
                                      const kernels::KernelTable& kernels) {
  const base::CheckedSize bytes = base::CheckedSize{batch_size} * data.sample_elements() * sizeof(float);
  if (!bytes.valid())
    return Error{ErrorCode::too_large, Message{"a batch of "} << batch_size << " samples is too large"};
  BatchLoader loader(data, kernels);
  try {
    loader.inputs_.resize(bytes.saturated() / sizeof(float));
    loader.targets_.resize(batch_size);
  } catch (const std::exception&) {
    return Error{ErrorCode::out_of_memory, Message{"no memory for a batch of "} << bytes.saturated() << " bytes"};
  }
  return loader;
}

void BatchLoader::load(std::span<const std::uint32_t> indices, Executor& executor) noexcept {
  loaded_ = indices.size();
  const std::size_t samples_each = std::max<std::size_t>(1, tile_elements / data_.sample_elements());
  struct Work {
    BatchLoader& loader;
    std::span<const std::uint32_t> indices;
    std::size_t samples_each;
  } work{*this, indices, samples_each};
  executor.run(
      base::ceil_div(indices.size(), samples_each),
      [](void* given, std::size_t tile) noexcept {
        const Work& w = *static_cast<const Work*>(given);
        const std::size_t end = std::min(w.indices.size(), (tile + 1) * w.samples_each);
        for (std::size_t row = tile * w.samples_each; row < end; ++row) w.loader.load_sample(row, w.indices[row]);
      },
      &work);
}

void BatchLoader::load_sample(std::size_t row, std::size_t index) noexcept {
  const std::size_t elements = data_.sample_elements();
  float* input = inputs_.data() + row * elements;
  if (const std::span<const float> floats = data_.floats(); !floats.empty())
    std::memcpy(input, floats.data() + index * elements, elements * sizeof(float));
  else
    kernels_->scale_bytes({.x = data_.bytes().data() + index * elements,
                           .y = input,
                           .n = elements,
                           .scale = data_.scaling().scale,
                           .offset = data_.scaling().offset});
  targets_[row] = data_.labels()[index];
}

}  // namespace treadle::training
