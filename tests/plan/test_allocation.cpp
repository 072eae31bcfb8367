// After the first iteration a training step allocates nothing. Every malloc and operator new of the process is counted
// here, also those made inside shared libraries, but for oneTBB's own bookkeeping (libtbb: tasks and arenas), which is
// counted apart.
#include <dlfcn.h>
#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <cstring>

#include "support/networks.hpp"

namespace {

std::atomic<bool> counting{false};
std::atomic<std::size_t> allocations{0};
std::atomic<std::size_t> tbb_allocations{0};

bool is_tbb(const void* caller) {
  Dl_info info{};
  return dladdr(caller, &info) != 0 && info.dli_fname != nullptr && std::strstr(info.dli_fname, "libtbb") != nullptr;
}

void count(const void* caller) {
  if (counting.load(std::memory_order_relaxed)) ++(is_tbb(caller) ? tbb_allocations : allocations);
}

}  // namespace

extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);

// Visible, so that shared libraries call these too.
#pragma GCC visibility push(default)
void* malloc(std::size_t size) {
  count(__builtin_return_address(0));
  return __libc_malloc(size);
}
void* calloc(std::size_t number, std::size_t size) {
  count(__builtin_return_address(0));
  return __libc_calloc(number, size);
}
void* realloc(void* memory, std::size_t size) {
  count(__builtin_return_address(0));
  return __libc_realloc(memory, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  count(__builtin_return_address(0));
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
  count(__builtin_return_address(0));
  *memory = __libc_memalign(alignment, size);
  return *memory == nullptr ? 12 : 0;
}
#pragma GCC visibility pop
}

using namespace treadle;

namespace {

struct Counts {
  std::size_t own, tbb;
};

template <class Body>
Counts count_in(Body&& body) {
  allocations = 0;
  tbb_allocations = 0;
  counting = true;
  body();
  counting = false;
  return {allocations, tbb_allocations};
}

}  // namespace

TEST_CASE("the counter counts") {
  static void* volatile kept;  // or else a compiler may leave out what is freed at once
  const auto malloc_one = [] { kept = std::malloc(1); };
  const auto new_one = [] { kept = ::operator new(16); };
  CHECK(count_in(malloc_one).own == 1);
  std::free(kept);
  CHECK(count_in(new_one).own == 1);
  ::operator delete(kept);
}

TEST_CASE("a hundred iterations after the first allocate nothing") {
  // Large enough that calls are cut into tiles and the threads are used.
  Model model({300}, {Dense{200}, Relu{}, Dense{64}, Relu{}, Dense{10}});
  REQUIRE(model.initialize(1));
  const std::size_t batch = 256;
  const std::vector<float> inputs = test::random_values(batch * 300, 1);
  const std::vector<std::int32_t> targets = test::random_classes(batch, 10, 2);
  for (ThreadSource source : {ThreadSource::automatic, ThreadSource::std_threads})
    for (std::size_t threads : {1, 2}) {
      const std::shared_ptr<Executor> executor = make_executor(threads, source).value();
      TrainingStep step = plan(model, SoftmaxCrossEntropy{}, AdamW{},
                               {.batch_size = batch, .micro_batch = 100, .executor = executor.get()})
                              .value();
      std::vector<std::uint64_t> ticks(step.calls());
      std::uint64_t clock = 0;
      const CallTimer timer{.now = [](void* ticked) noexcept { return ++*static_cast<std::uint64_t*>(ticked); },
                            .context = &clock,
                            .ticks = ticks};
      step.run(inputs, targets);
      const Counts counts = count_in([&] {
        for (int i = 0; i < 100; ++i) {
          step.set_learning_rate(1e-3f);
          step.run(inputs, targets);
          step.run(inputs, targets, timer);
          step.evaluate(inputs, targets);
        }
      });
      CAPTURE(threads);
      CHECK(counts.own == 0);
      if (threads == 1) CHECK(counts.tbb == 0);
    }
}

TEST_CASE("nor do a hundred iterations of a convolutional network") {
  Model model({20, 20, 2}, {Conv2d{.filters = 16, .kernel = 3, .padding = Padding::same}, Relu{}, MaxPool2d{2},
                            Conv2d{.filters = 8, .kernel = 3, .stride = 2}, Flatten{}, Dense{10}});
  REQUIRE(model.initialize(1));
  const std::size_t batch = 12;
  const std::vector<float> inputs = test::random_values(batch * 800, 1);
  const std::vector<std::int32_t> targets = test::random_classes(batch, 10, 2);
  TrainingStep step = plan(model, SoftmaxCrossEntropy{}, AdamW{}, {.batch_size = batch, .micro_batch = 5}).value();
  step.run(inputs, targets);
  const Counts counts = count_in([&] {
    for (int i = 0; i < 100; ++i) step.run(inputs, targets);
  });
  CHECK(counts.own == 0);
}

TEST_CASE("planning in the caller's memory and running there uses no heap at all") {
  const Layer layers[] = {Dense{20}, Relu{}, Dense{3}};
  const ModelView model{{7}, layers, {}};
  alignas(64) static std::byte memory[65536];
  float parameters[20 * 7 + 20 + 3 * 20 + 3];
  const std::vector<float> inputs = test::random_values(5 * 7, 1);
  const std::vector<std::int32_t> targets = test::random_classes(5, 3, 2);
  float loss = 0;
  const Counts counts = count_in([&] {
    if (!initialize(model, 1, parameters)) return;
    Result<TrainingStep> step = plan(model, SoftmaxCrossEntropy{}, Sgd{.momentum = 0.9f}, {.batch_size = 5}, memory);
    if (!step || !step->set_parameters(parameters)) return;
    loss = step->run(inputs, targets);
  });
  CHECK(loss > 0);
  CHECK(counts.own == 0);
  CHECK(counts.tbb == 0);
}
