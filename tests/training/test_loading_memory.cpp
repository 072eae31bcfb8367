// Loading takes the memory that it says, and none after it has been made. Every operator new of the process is counted.
#include <doctest/doctest.h>

#include <treadle/split.hpp>

#include <atomic>
#include <cstdlib>
#include <new>
#include <string>
#include <utility>

#include "kernels/table.hpp"
#include "support/files.hpp"
#include "support/sources.hpp"
#include "training/batch_loader.hpp"

namespace {

std::atomic<std::size_t> allocations{0}, allocated_bytes{0};

void* allocate(std::size_t size) {
  ++allocations;
  allocated_bytes += size;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}

}  // namespace

// Visible, so that every part of the process calls these.
#pragma GCC visibility push(default)
void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
#pragma GCC visibility pop

using namespace treadle;

namespace {

using SourcePointer = std::shared_ptr<const data::Source>;
using StreamPointer = std::shared_ptr<data::Stream>;

std::vector<data::Samples> each_kind() {
  const data::Dataset data =
      data::Dataset::make({1000}, std::vector<std::uint8_t>(300'000), std::vector<std::int32_t>(300), 1).value();
  return {data, data::as_source(data).value(), SourcePointer(std::make_shared<test::CountedSource>(30'000)),
          StreamPointer(std::make_shared<test::CountedStream>(30'000, 30'000))};
}

}  // namespace

TEST_CASE("loading takes the bytes that were counted beforehand, and a few kilobytes of bookkeeping") {
  for (const data::Samples& samples : each_kind()) {
    const TrainerOptions options{.batch_size = 100, .loading = {.buffers = 3, .threads = 2, .window = 50}};
    const bool random_access = std::holds_alternative<SourcePointer>(samples);
    for (const auto& [shuffle, mixup] : {std::pair{true, 0.0f}, std::pair{false, 0.0f}, std::pair{true, 0.2f}}) {
      TrainerOptions asked = options;
      asked.shuffle = shuffle;
      asked.loading.augmentation.mixup = mixup;
      const training::LoaderOptions loading{.batch_size = 100, .shuffle = shuffle, .loading = asked.loading};
      const std::size_t counted = loading_memory(samples, asked).value().total(), before = allocated_bytes;
      const auto loader =
          training::make_loader(samples, loading, *kernels::table(Isa::scalar), serial_executor()).value();
      const std::size_t taken = allocated_bytes - before;
      CHECK(taken >= counted);
      // A source that is read in order reads pieces of 256 KiB.
      CHECK(taken <= counted + 8192 + (random_access && shuffle ? 600'000 : 0));
    }
  }
}

TEST_CASE("the counted bytes are those of batches, order, stored samples and window") {
  const data::Dataset data =
      data::Dataset::make({1000}, std::vector<std::uint8_t>(300'000), std::vector<std::int32_t>(300), 1).value();
  TrainerOptions options{.batch_size = 100, .loading = {.buffers = 3, .threads = 2}};
  const LoadingMemory memory = loading_memory(data, options).value();
  CHECK(memory.buffers == 100 * 4004);
  CHECK(memory.order == 1200);
  CHECK(memory.total() == 100 * 4004 + 1200);
  const data::Samples source = data::as_source(data).value();
  const LoadingMemory read = loading_memory(source, options).value();
  CHECK(read.buffers == 3 * 100 * 4004);
  CHECK(read.order == 1200);
  CHECK(read.staging == 2 * 100 * 1000);
  CHECK(read.window == 0);
  options.loading.window = 50;
  CHECK(loading_memory(source, options).value().total() == read.total());  // two threads read where the samples are
  options.loading.threads = 1;
  const LoadingMemory streamed = loading_memory(source, options).value();
  CHECK(streamed.order == 0);
  CHECK(streamed.staging == 0);
  CHECK(streamed.window == 50 * 1004);
}

TEST_CASE(
    "a part of a large source and class-balanced weights take what is counted: little more than a byte a sample") {
  constexpr std::size_t size = 1'000'000;
  const SourcePointer all = std::make_shared<test::CountedSource>(size);
  data::Parts parts = data::apply(data::split(size, 0.01, 1).value(), all).value();
  const SourcePointer train = std::get<SourcePointer>(parts.train);
  CHECK(train->kept_bytes() > size / 8);
  CHECK(train->kept_bytes() < size / 7);
  const data::SampleWeights weights = data::balanced_weights(train->labels().value()).value();
  TrainerOptions options{.batch_size = 100, .loading = {.weights = weights}};
  const LoadingMemory memory = loading_memory(train, options).value();
  CHECK(memory.kept == train->kept_bytes() + weights.bytes());
  CHECK(memory.order == 4 * 4 * 100 + (990'000 + 63) / 64 * 8);
  CHECK(memory.total() == memory.buffers + memory.order + memory.kept);
  const std::size_t before = allocated_bytes;
  const training::LoaderOptions loading{.batch_size = 100, .loading = options.loading};
  const auto loader = training::make_loader(train, loading, *kernels::table(Isa::scalar), serial_executor()).value();
  const std::size_t taken = allocated_bytes - before;
  CHECK(taken >= memory.total() - memory.kept);
  CHECK(taken <= memory.total() - memory.kept + 8192);
}

TEST_CASE("after the first epoch loading allocates nothing") {
  // A file whose lines are read in runs of many lengths.
  const test::TemporaryFolder folder;
  test::ByteVector csv;
  for (int i = 0; i < 30'000; ++i)
    for (const char c : std::to_string(i * i) + "," + std::to_string(i % 7) + "\n")
      csv.push_back(static_cast<std::uint8_t>(c));
  test::put_file(folder / "data.csv", csv);
  std::vector<std::pair<data::Samples, std::size_t>> all;
  for (const data::Samples& samples : each_kind()) all.emplace_back(samples, 2);
  // Of two threads one might read for the first time in a later epoch, and needs room then.
  all.emplace_back(data::open_csv(folder / "data.csv").value(), 1);
  for (const auto& [samples, threads] : all)
    for (const std::size_t window : {0, 50}) {
      if (window == 0 && std::holds_alternative<StreamPointer>(samples)) continue;
      const float mixup = window == 0 ? 0.0f : 0.2f;
      const training::LoaderOptions options{
          .batch_size = 70, .loading = {.threads = threads, .window = window, .augmentation = {.mixup = mixup}}};
      const auto loader =
          training::make_loader(samples, options, *kernels::table(Isa::scalar), serial_executor()).value();
      const auto epoch = [&](std::size_t number) {
        bool fine = loader->begin_epoch(number).has_value();
        for (std::size_t i = 0; fine && i < loader->batches(); ++i) fine = loader->next().has_value();
        return fine;
      };
      REQUIRE(epoch(1));
      const std::size_t before = allocations;
      const bool fine = epoch(2) && epoch(3);
      const std::size_t after = allocations;
      CHECK(fine);
      CHECK(after == before);
    }
}
