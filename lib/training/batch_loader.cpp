#include "training/batch_loader.hpp"

#include <algorithm>
#include <cmath>

#include "base/checked.hpp"
#include "base/out_of_memory.hpp"
#include "training/augmenter.hpp"
#include "training/effective.hpp"
#include "training/memory_loader.hpp"
#include "training/prefetch_loader.hpp"
#include "training/sample_order.hpp"
#include "training/source_reader.hpp"
#include "training/stream_reader.hpp"

namespace treadle::training {
namespace {

using StreamPointer = std::shared_ptr<data::Stream>;
using SourcePointer = std::shared_ptr<const data::Source>;

bool in_memory(const data::Samples& samples) noexcept { return std::holds_alternative<data::Dataset>(samples); }

bool windowed(const data::Samples& samples, const LoaderOptions& options) noexcept {
  return std::holds_alternative<StreamPointer>(samples) ||
         (std::holds_alternative<SourcePointer>(samples) && options.shuffle && options.loading.window > 0);
}

/// With a window one thread reads a source in its order, as a stream is. Several read each sample where it is, in the
/// order in which it comes out of the window.
bool streamed(const data::Samples& samples, const LoaderOptions& options) noexcept {
  return std::holds_alternative<StreamPointer>(samples) || (windowed(samples, options) && options.loading.threads == 1);
}

Result<void> check_weights(const data::Samples& samples, const LoaderOptions& options) {
  const auto refuse = [](const Message& what) { return Error{ErrorCode::invalid_argument, what}; };
  const data::SampleWeights& weights = options.loading.weights;
  if (weights.empty()) return {};
  if (!options.shuffle) return refuse("loading: weights need shuffle = true");
  if (windowed(samples, options)) return refuse("loading: a stream, or a source with a window, takes no weights");
  if (const std::size_t size = data::info(samples).size; weights.size() != size)
    return refuse(Message{"loading: weights: expected one for each of "} << size << " training samples, got "
                                                                         << weights.size());
  double sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (!(weights[i] >= 0 && std::isfinite(weights[i])))
      return refuse(Message{"loading: weights: that of sample "} << i << " is not a number of at least 0");
    sum += static_cast<double>(weights[i]);
  }
  if (sum == 0) return refuse("loading: weights: all are 0");
  return {};
}

Result<void> check(const data::Samples& samples, const LoaderOptions& options) {
  const auto refuse = [](const char* what) { return Error{ErrorCode::invalid_argument, what}; };
  const Loading& loading = options.loading;
  if (loading.buffers < 2) return refuse("loading: buffers: expected at least 2, one to train on and one to read into");
  if (loading.threads == 0 || loading.threads > most_threads)
    return refuse("loading: threads: expected 1 ... 1024 that read");
  if (options.shuffle && std::holds_alternative<StreamPointer>(samples) && loading.window == 0)
    return refuse("loading: a stream is shuffled through a window: set loading.window, or shuffle = false");
  if (const Result<void> checked = check_augmentation(loading.augmentation, data::info(samples).shape); !checked)
    return checked;
  return check_weights(samples, options);
}

Result<std::unique_ptr<BatchReader>> make_reader(const data::Samples& samples, const LoaderOptions& options,
                                                 const kernels::KernelTable& kernels) {
  if (!streamed(samples, options))
    return std::unique_ptr<BatchReader>(
        std::make_unique<SourceReader>(std::get<SourcePointer>(samples), options, kernels));
  StreamPointer stream;
  if (const auto* source = std::get_if<SourcePointer>(&samples)) {
    const Result<StreamPointer> read = data::read_in_order(*source);
    if (!read) return read.error();
    stream = *read;
  } else {
    stream = std::get<StreamPointer>(samples);
  }
  return std::unique_ptr<BatchReader>(std::make_unique<StreamReader>(std::move(stream), options, kernels));
}

Result<std::unique_ptr<BatchLoader>> make(const data::Samples& samples, const LoaderOptions& options,
                                          const kernels::KernelTable& kernels, Executor& executor) {
  if (const auto* data = std::get_if<data::Dataset>(&samples))
    return std::unique_ptr<BatchLoader>(std::make_unique<MemoryLoader>(*data, options, kernels, executor));
  Result<std::unique_ptr<BatchReader>> reader = make_reader(samples, options, kernels);
  if (!reader) return reader.error();
  const std::size_t threads = streamed(samples, options) ? 1 : options.loading.threads;
  return std::unique_ptr<BatchLoader>(
      std::make_unique<PrefetchLoader>(std::move(*reader), data::info(samples), options, threads));
}

}  // namespace

BatchLoader::BatchLoader(std::size_t samples, std::size_t batch_size) noexcept
    : samples_(samples), batch_size_(batch_size), batches_(base::ceil_div(samples, batch_size)) {}

std::size_t BatchLoader::samples_of(std::size_t batch) const noexcept {
  return std::min(batch_size_, samples_ - batch * batch_size_);
}

Result<std::unique_ptr<BatchLoader>> make_loader(const data::Samples& samples, const LoaderOptions& options,
                                                 const kernels::KernelTable& kernels, Executor& executor) {
  if (const Result<void> checked = check(samples, options); !checked) return checked.error();
  const Result<LoadingMemory> memory = loader_memory(samples, options);
  if (!memory) return memory.error();
  Result<std::unique_ptr<BatchLoader>> loader =
      base::or_out_of_memory("loading", [&] { return make(samples, options, kernels, executor); });
  if (!loader && loader.error().code == ErrorCode::out_of_memory)
    return Error{ErrorCode::out_of_memory,
                 Message{"no memory or no threads for loading batches of "} << memory->total() << " bytes"};
  return loader;
}

Result<LoadingMemory> loader_memory(const data::Samples& samples, const LoaderOptions& options) {
  const data::SampleInfo info = data::info(samples);
  const Result<std::size_t> stored = info.sample_bytes();
  if (!stored) return stored.error();
  const Result<std::size_t> elements = info.shape.elements();
  const base::CheckedSize batch = options.batch_size;
  const bool mixup = options.loading.augmentation.mixup > 0;
  const std::size_t target_bytes = mixup ? 3 * sizeof(std::int32_t) : sizeof(std::int32_t);
  const base::CheckedSize block = batch * (base::CheckedSize{*elements} * sizeof(float) + target_bytes);
  const bool stream = streamed(samples, options);
  base::CheckedSize buffers = block, order = 0, staging = 0, window = 0, kept = options.loading.weights.bytes();
  if (!in_memory(samples)) buffers = block * options.loading.buffers;
  if (!stream || in_memory(samples))
    order = SampleOrder::bytes(info.size, options, in_memory(samples) ? 1 : options.loading.buffers);
  if (const auto* source = std::get_if<SourcePointer>(&samples); source != nullptr && *source)
    kept += (*source)->kept_bytes();
  if (!in_memory(samples) && !stream && info.type == data::ElementType::uint8)
    staging = batch * *stored * options.loading.threads;
  if (options.loading.augmentation.resamples()) {
    const base::CheckedSize at_once = in_memory(samples) ? options.batch_size : stream ? 1 : options.loading.threads;
    staging += at_once * (base::CheckedSize{*elements} * sizeof(float));
  }
  if (mixup) staging += batch * sizeof(std::uint32_t) * (in_memory(samples) || stream ? 1 : options.loading.threads);
  if (!in_memory(samples) && stream) {
    const std::size_t held = options.shuffle ? std::min(options.loading.window, info.size) : 1;
    window = base::CheckedSize{held} * (base::CheckedSize{*stored} + sizeof(std::int32_t));
  }
  if (const base::CheckedSize total = buffers + order + staging + window + kept; !total.valid())
    return Error{ErrorCode::too_large, Message{"loading: batches of "} << options.batch_size << " samples "
                                                                       << info.shape << " are too large"};
  return LoadingMemory{buffers.saturated(), order.saturated(), staging.saturated(), window.saturated(),
                       kept.saturated()};
}

}  // namespace treadle::training

namespace treadle {

Result<LoadingMemory> loading_memory(const data::Samples& samples, const TrainerOptions& options) {
  const Result<TrainerOptions> given = training::effective(options);
  if (!given) return given.error();
  return training::loader_memory(
      samples, {.batch_size = given->batch_size, .shuffle = given->shuffle, .loading = given->loading});
}

}  // namespace treadle
