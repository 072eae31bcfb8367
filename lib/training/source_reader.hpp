// Reads batches from a source, each sample where it is.
#pragma once

#include <treadle/source.hpp>

#include <memory>
#include <vector>

#include "training/augmenter.hpp"
#include "training/prefetch_loader.hpp"
#include "training/sample_converter.hpp"
#include "training/sample_order.hpp"

namespace treadle::training {

class SourceReader final : public BatchReader {
 public:
  SourceReader(std::shared_ptr<const data::Source> source, const LoaderOptions& options,
               const kernels::KernelTable& kernels)
      : source_(std::move(source)),
        converter_(source_->info(), kernels, options.normalization),
        augmenter_(options.loading.augmentation, source_->info().shape, options.seed),
        mixup_(options.loading.augmentation, options.seed),
        order_(source_->info().size, options, options.loading.buffers, options.loading.window),
        windowed_(options.shuffle && options.loading.window > 0),
        batch_size_(options.batch_size),
        staging_bytes_(converter_.from_bytes() ? options.batch_size * converter_.stored_bytes() : 0),
        staging_(staging_bytes_ * options.loading.threads),
        scratch_(augmenter_.scratch() * options.loading.threads),
        pairs_(mixup_.active() ? options.batch_size * options.loading.threads : 0) {}

  Result<void> begin_epoch(std::size_t epoch, std::size_t) override {
    order_.begin_epoch(epoch);
    epoch_ = epoch;
    return {};
  }

  /// None with a window, as where one thread reads in order: how many read changes nothing.
  std::span<const std::uint32_t> indices(std::size_t batch) const noexcept override {
    return windowed_ ? std::span<const std::uint32_t>() : order_.batch(batch);
  }

  Result<void> read(std::size_t batch, std::size_t thread, const BatchRoom& out) override {
    const auto [inputs, targets, others, shares] = out;
    order_.draw(batch);
    const std::span<const std::uint32_t> indices = order_.batch(batch);
    const std::span<std::byte> stored =
        converter_.from_bytes()
            ? std::span(staging_).subspan(thread * staging_bytes_, indices.size() * converter_.stored_bytes())
            : std::as_writable_bytes(inputs);
    if (const Result<void> got = source_->read(indices, stored, targets); !got) return got;
    converter_.convert(stored.data(), indices.size(), inputs.data());
    const std::span<float> scratch = std::span(scratch_).subspan(thread * augmenter_.scratch(), augmenter_.scratch());
    for (std::size_t row = 0; row < targets.size(); ++row)
      augmenter_.apply(inputs.subspan(row * converter_.elements(), converter_.elements()), scratch, epoch_,
                       batch * std::uint64_t{batch_size_} + row);
    if (const Result<void> checked = check_labels(indices, targets); !checked) return checked;
    const std::span<std::uint32_t> pairs =
        mixup_.active() ? std::span(pairs_).subspan(thread * batch_size_, batch_size_) : std::span<std::uint32_t>();
    mixup_.apply(out, pairs, epoch_, batch * std::uint64_t{batch_size_});
    return {};
  }

 private:
  /// A label out of range would have the loss read beyond its outputs, and a source may be anybody's.
  Result<void> check_labels(std::span<const std::uint32_t> indices, std::span<const std::int32_t> labels) const {
    const std::size_t classes = source_->info().classes;
    for (std::size_t i = 0; i < labels.size(); ++i)
      if (labels[i] < 0 || static_cast<std::size_t>(labels[i]) >= classes)
        return Error{ErrorCode::bad_format, Message{"label "} << labels[i] << " of sample " << indices[i]
                                                              << " of the source is not one of " << classes
                                                              << " classes from 0"};
    return {};
  }

  std::shared_ptr<const data::Source> source_;
  SampleConverter converter_;
  Augmenter augmenter_;
  Mixup mixup_;
  SampleOrder order_;
  bool windowed_;
  std::size_t batch_size_;
  std::size_t epoch_ = 1;
  std::size_t staging_bytes_;  // of each thread
  std::vector<std::byte> staging_;
  std::vector<float> scratch_;        // likewise
  std::vector<std::uint32_t> pairs_;  // likewise
};

}  // namespace treadle::training
