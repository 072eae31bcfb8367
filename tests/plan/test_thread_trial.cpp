// Threads are used for as long as they make iterations shorter.
#include "plan/thread_trial.hpp"

#include <treadle/executor.hpp>

#include <doctest/doctest.h>

#include <functional>

#include "support/networks.hpp"

using namespace treadle;
using plan_detail::ThreadTrial;

namespace {

/// How many of `iterations` use threads, when they take so long with them and without.
int with_threads(ThreadTrial& trial, std::uint32_t iterations, std::uint64_t with, std::uint64_t without) {
  int count = 0;
  for (std::uint32_t i = 0; i < iterations; ++i) {
    const bool threads = trial.threads();
    count += threads;
    trial.took(threads ? with : without);
  }
  return count;
}

/// Two threads that are one; a call of theirs takes `call_takes` of a clock that nothing else moves.
class SlowExecutor final : public Executor {
 public:
  explicit SlowExecutor(std::uint64_t call_takes) : call_takes_(call_takes) {}
  std::size_t threads() const noexcept override { return 2; }
  void run(std::size_t tiles, Body body, void* context) noexcept override {
    ++calls;
    now_ += call_takes_;
    for (std::size_t tile = 0; tile < tiles; ++tile) body(context, tile);
  }
  std::uint64_t now() noexcept override { return now_; }

  int calls = 0;

 private:
  std::uint64_t call_takes_, now_ = 1;
};

}  // namespace

TEST_CASE("the faster way is taken between two trials, and a change is seen at the next") {
  constexpr std::uint32_t tried = ThreadTrial::without_end - ThreadTrial::with_end, rest = ThreadTrial::period;
  ThreadTrial trial;
  CHECK(with_threads(trial, rest, 900, 1000) == static_cast<int>(rest - tried));
  CHECK(with_threads(trial, rest, 1100, 1000) == static_cast<int>(ThreadTrial::with_end));
  CHECK(with_threads(trial, rest, 1000, 1000) == static_cast<int>(rest - tried));
}

TEST_CASE("one long iteration among the tried ones changes nothing") {
  ThreadTrial trial;
  for (std::uint32_t i = 0; i < ThreadTrial::without_end; ++i)
    trial.took((trial.threads() ? 900u : 1000u) + (i % 4 == 1 ? 100000u : 0u));
  CHECK(trial.threads());
}

TEST_CASE("long iterations are never tried without threads") {
  ThreadTrial trial;
  const std::uint64_t with = ThreadTrial::longest + 1;
  CHECK(with_threads(trial, 3 * ThreadTrial::period, with, with / 2) == static_cast<int>(3 * ThreadTrial::period));
}

TEST_CASE("a step leaves threads alone that make it slower, and trains to the same bits") {
  Model model({300}, {Dense{200}, Relu{}, Dense{10}});
  REQUIRE(model.initialize(3));
  constexpr std::size_t rows = 40, iterations = 100;
  const std::vector<float> inputs = test::random_values(rows * 300, 4);
  const std::vector<std::int32_t> targets = test::random_classes(rows, 10, 5);
  const auto train_with = [&](Executor& executor, const std::function<void(std::size_t)>& after) {
    TrainingStep step = plan(model, SoftmaxCrossEntropy{}, Sgd{}, {.batch_size = rows, .executor = &executor}).value();
    for (std::size_t i = 0; i < iterations; ++i) step.run(inputs, targets), after(i);
    std::vector<float> parameters(parameter_count(model).value());
    REQUIRE(step.get_parameters(parameters));
    return parameters;
  };
  const std::vector<float> expected = train_with(serial_executor(), [](std::size_t) {});

  SlowExecutor slow(1000), fast(0);
  int tried = 0;
  CHECK(test::same_bits(train_with(slow,
                                   [&](std::size_t i) {
                                     if (i + 1 == ThreadTrial::with_end) tried = slow.calls;
                                   }),
                        expected));
  CHECK(tried > 0);
  CHECK(slow.calls == tried);
  CHECK(test::same_bits(train_with(fast, [](std::size_t) {}), expected));
  CHECK(fast.calls > 4 * tried);
}
