#include "training/prefetch_loader.hpp"

#include <exception>
#include <new>

#include "formats/text.hpp"

namespace treadle::training {

PrefetchLoader::PrefetchLoader(std::unique_ptr<BatchReader> reader, const data::SampleInfo& info,
                               const LoaderOptions& options, std::size_t threads)
    : BatchLoader(info.size, options.batch_size),
      reader_(std::move(reader)),
      elements_(info.shape.elements().value_or(0)),
      buffers_(options.loading.buffers) {
  for (Buffer& buffer : buffers_) {
    buffer.inputs.resize(options.batch_size * elements_);
    buffer.targets.resize(options.batch_size);
    if (options.loading.augmentation.mixup == 0) continue;
    buffer.others.resize(options.batch_size);
    buffer.shares.resize(options.batch_size);
  }
  threads_.reserve(threads);
  try {
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this, i] { work(i); });
  } catch (...) {
    stop();
    throw;
  }
}

PrefetchLoader::~PrefetchLoader() { stop(); }

Result<void> PrefetchLoader::begin_epoch(std::size_t epoch, std::size_t first_batch) {
  std::unique_lock lock(mutex_);
  end_ = to_read_;  // what is left of another epoch is not read any more
  idle_.wait(lock, [this] { return reading_ == 0; });
  if (const Result<void> begun = reader_->begin_epoch(epoch, first_batch); !begun) return begun;
  for (Buffer& buffer : buffers_) buffer.full = false;
  to_read_ = released_ = next_ = first_batch;
  end_ = batches();
  room_.notify_all();
  return {};
}

Result<Batch> PrefetchLoader::next() {
  std::unique_lock lock(mutex_);
  if (released_ != next_) {  // the caller is done with the batch before
    buffer_of(released_).full = false;
    released_ = next_;
    room_.notify_one();
  }
  Buffer& buffer = buffer_of(next_);
  filled_.wait(lock, [&] { return buffer.full; });
  if (!buffer.result) return buffer.result.error();
  const std::size_t batch = next_++;
  const BatchRoom room = room_of(buffer, samples_of(batch));
  return Batch{room.inputs, room.targets, reader_->indices(batch), {room.others, room.shares}};
}

BatchRoom PrefetchLoader::room_of(Buffer& buffer, std::size_t samples) noexcept {
  const std::size_t mixed = buffer.others.empty() ? 0 : samples;
  return {std::span(buffer.inputs).first(samples * elements_), std::span(buffer.targets).first(samples),
          std::span(buffer.others).first(mixed), std::span(buffer.shares).first(mixed)};
}

void PrefetchLoader::work(std::size_t thread) noexcept {
  std::unique_lock lock(mutex_);
  for (;;) {
    room_.wait(lock, [this] { return stopping_ || (to_read_ < end_ && to_read_ - released_ < buffers_.size()); });
    if (stopping_) return;
    const std::size_t batch = to_read_++;
    Buffer& buffer = buffer_of(batch);
    ++reading_;
    lock.unlock();
    buffer.result = read(batch, thread, buffer);
    lock.lock();
    buffer.full = true;
    if (!buffer.result) end_ = to_read_;  // the run ends there
    if (--reading_ == 0) idle_.notify_all();
    filled_.notify_one();
  }
}

/// A source or stream may be anybody's: what it throws must not end the program.
Result<void> PrefetchLoader::read(std::size_t batch, std::size_t thread, Buffer& buffer) noexcept {
  try {
    return reader_->read(batch, thread, room_of(buffer, samples_of(batch)));
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::out_of_memory, "reading samples: not enough memory"};
  } catch (const std::exception& thrown) {
    return Error{ErrorCode::io,
                 Message{"reading samples: an exception was thrown: "} << formats::shown_text(thrown.what(), 200)};
  } catch (...) {
    return Error{ErrorCode::io, "reading samples: an exception was thrown that says nothing of itself"};
  }
}

void PrefetchLoader::stop() noexcept {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  room_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

}  // namespace treadle::training
