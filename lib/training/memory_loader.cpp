#include "training/memory_loader.hpp"

#include <algorithm>

#include "base/checked.hpp"

namespace treadle::training {
namespace {

/// Samples that make a tile: a few dozen kilobytes.
constexpr std::size_t tile_elements = 16384;

}  // namespace

MemoryLoader::MemoryLoader(const data::Dataset& data, const LoaderOptions& options, const kernels::KernelTable& kernels,
                           Executor& executor)
    : BatchLoader(data.size(), options.batch_size),
      data_(data),
      stored_(data.bytes().empty() ? std::as_bytes(data.floats()).data() : std::as_bytes(data.bytes()).data()),
      converter_(data::info(data), kernels, options.normalization),
      augmenter_(options.loading.augmentation, data.sample_shape(), options.seed),
      mixup_(options.loading.augmentation, options.seed),
      executor_(&executor),
      order_(data.size(), options, 1),
      inputs_(options.batch_size * converter_.elements()),
      scratch_(options.batch_size * augmenter_.scratch()),
      targets_(options.batch_size),
      others_(mixup_.active() ? options.batch_size : 0),
      shares_(others_.size()),
      pairs_(others_.size()),
      batch_size_(options.batch_size) {}

Result<void> MemoryLoader::begin_epoch(std::size_t epoch, std::size_t first_batch) {
  order_.begin_epoch(epoch);
  epoch_ = epoch;
  next_ = first_batch;
  return {};
}

Result<Batch> MemoryLoader::next() {
  order_.draw(next_);
  struct Work {
    MemoryLoader& loader;
    std::span<const std::uint32_t> indices;
    std::size_t samples_each;
  } work{*this, order_.batch(next_++), std::max<std::size_t>(1, tile_elements / converter_.elements())};
  const std::size_t samples = work.indices.size();
  executor_->run(
      base::ceil_div(samples, work.samples_each),
      [](void* given, std::size_t tile) noexcept {
        const Work& w = *static_cast<const Work*>(given);
        const std::size_t end = std::min(w.indices.size(), (tile + 1) * w.samples_each);
        for (std::size_t row = tile * w.samples_each; row < end; ++row) w.loader.load_sample(row, w.indices[row]);
      },
      &work);
  const std::size_t mixed = mixup_.active() ? samples : 0;
  const BatchRoom batch{std::span(inputs_).first(samples * converter_.elements()), std::span(targets_).first(samples),
                        std::span(others_).first(mixed), std::span(shares_).first(mixed)};
  if (mixup_.active()) mix(batch);
  return Batch{batch.inputs, batch.targets, work.indices, {batch.others, batch.shares}};
}

void MemoryLoader::mix(const BatchRoom& batch) noexcept {
  mixup_.pair(batch, pairs_, epoch_, (next_ - 1) * std::uint64_t{batch_size_});
  struct Work {
    const BatchRoom& batch;
    std::span<const std::uint32_t> pairs;
    std::size_t pairs_each;
  } work{batch, pairs_, std::max<std::size_t>(1, tile_elements / converter_.elements())};
  executor_->run(
      base::ceil_div(batch.targets.size() / 2, work.pairs_each),
      [](void* given, std::size_t tile) noexcept {
        const Work& w = *static_cast<const Work*>(given);
        const std::size_t end = std::min(w.batch.targets.size() / 2, (tile + 1) * w.pairs_each);
        for (std::size_t pair = tile * w.pairs_each; pair < end; ++pair) Mixup::mix(w.batch, w.pairs, pair);
      },
      &work);
}

void MemoryLoader::load_sample(std::size_t row, std::size_t index) noexcept {
  converter_.convert(stored_ + index * converter_.stored_bytes(), 1, inputs_.data() + row * converter_.elements());
  // next_ is the number of the batch after this one.
  augmenter_.apply(std::span(inputs_).subspan(row * converter_.elements(), converter_.elements()),
                   std::span(scratch_).subspan(row * augmenter_.scratch(), augmenter_.scratch()), epoch_,
                   (next_ - 1) * std::uint64_t{batch_size_} + row);
  targets_[row] = data_.labels()[index];
}

}  // namespace treadle::training
