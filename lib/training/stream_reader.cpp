#include "training/stream_reader.hpp"

#include <algorithm>
#include <cstring>

#include "training/sample_order.hpp"

namespace treadle::training {

StreamReader::StreamReader(std::shared_ptr<data::Stream> stream, const LoaderOptions& options,
                           const kernels::KernelTable& kernels)
    : stream_(std::move(stream)),
      converter_(stream_->info(), kernels, options.normalization),
      augmenter_(options.loading.augmentation, stream_->info().shape, options.seed),
      mixup_(options.loading.augmentation, options.seed),
      batch_size_(options.batch_size),
      seed_(options.seed),
      samples_(stream_->info().size) {
  const std::size_t slots = options.shuffle ? std::min(options.loading.window, samples_) : 1;
  window_.resize(slots * converter_.stored_bytes());
  labels_.resize(slots);
  scratch_.resize(augmenter_.scratch());
  if (mixup_.active()) pairs_.resize(batch_size_);
}

Result<void> StreamReader::begin_epoch(std::size_t epoch, std::size_t first_batch) {
  epoch_ = epoch;
  first_ = first_batch * batch_size_;
  started_ = false;  // the reading thread goes to the start of the stream, not the one that trains
  return {};
}

Result<void> StreamReader::read(std::size_t batch, std::size_t, const BatchRoom& out) {
  const auto [inputs, targets, others, shares] = out;
  if (!started_)
    if (const Result<void> started = start(); !started) return started;
  for (std::size_t row = 0; row < targets.size(); ++row) {
    const std::size_t slot = draw();
    converter_.convert(sample_in(slot).data(), 1, inputs.data() + row * converter_.elements());
    augmenter_.apply(inputs.subspan(row * converter_.elements(), converter_.elements()), scratch_, epoch_, went_);
    targets[row] = labels_[slot];
    if (const Result<void> replaced = replace(slot); !replaced) return replaced;
  }
  mixup_.apply(out, pairs_, epoch_, batch * std::uint64_t{batch_size_});
  return {};
}

/// Fills the window, and lets pass what the epoch has had before its first batch.
Result<void> StreamReader::start() {
  if (const Result<void> rewound = stream_->rewind(); !rewound) return rewound;
  came_ = went_ = 0;
  for (std::size_t slot = 0; slot < labels_.size(); ++slot)
    if (const Result<void> came = refill(slot); !came) return came;
  while (went_ < first_)
    if (const Result<void> replaced = replace(draw()); !replaced) return replaced;
  started_ = true;
  return {};
}

std::size_t StreamReader::draw() const noexcept {
  return window_slot(seed_, epoch_, std::min(labels_.size(), samples_ - went_), went_);
}

Result<void> StreamReader::replace(std::size_t slot) {
  ++went_;
  if (came_ < samples_) return refill(slot);
  // The last one moves into the gap.
  const std::size_t last = std::min(labels_.size(), samples_ - went_ + 1) - 1;
  if (last != slot) std::memcpy(sample_in(slot).data(), sample_in(last).data(), converter_.stored_bytes());
  labels_[slot] = labels_[last];
  if (went_ < samples_) return {};
  std::int32_t label = 0;
  const Result<bool> more = stream_->next(sample_in(0), label);
  if (!more) return more.error();
  if (*more)
    return Error{ErrorCode::bad_format, Message{"the stream has more than the "} << samples_ << " samples it promised"};
  return {};
}

Result<void> StreamReader::refill(std::size_t slot) {
  const Result<bool> came = stream_->next(sample_in(slot), labels_[slot]);
  if (!came) return came.error();
  if (!*came)
    return Error{ErrorCode::bad_format,
                 Message{"the stream ended after "} << came_ << " of the " << samples_ << " samples it promised"};
  const std::int32_t label = labels_[slot];
  if (label < 0 || static_cast<std::size_t>(label) >= stream_->info().classes)
    return Error{ErrorCode::bad_format, Message{"label "} << label << " of sample " << came_
                                                          << " of the stream is not one of " << stream_->info().classes
                                                          << " classes from 0"};
  ++came_;
  return {};
}

std::span<std::byte> StreamReader::sample_in(std::size_t slot) noexcept {
  return std::span(window_).subspan(slot * converter_.stored_bytes(), converter_.stored_bytes());
}

}  // namespace treadle::training
