// Training in slices on a board: the bits of one piece, and slices that keep to their budget.
#include <doctest/doctest.h>
#include <treadle/plan.hpp>

#include <bit>
#include <cstdint>
#include <vector>

namespace treadle {
namespace {

constexpr std::size_t rows = 8, in = 40, hidden = 30, out = 5, iterations = 20;
constexpr Layer layers[] = {Dense{hidden}, Relu{}, Dense{out}};
constexpr ModelView model{{in}, layers, {}};
constexpr std::size_t parameters = (in + 1) * hidden + (hidden + 1) * out;
alignas(64) std::byte memory[64 * 1024];

/// A linear congruential generator (Park and Miller 1988).
std::uint32_t next(std::uint32_t& state) {
  return state = static_cast<std::uint32_t>(std::uint64_t{state} * 48271 % 2147483647);
}

/// Trains with run_one(step, inputs, targets) for each iteration; the bits of the loss and of all parameters.
template <class RunOne>
std::vector<std::uint32_t> trained(RunOne&& run_one) {
  std::uint32_t state = 1;
  const auto uniform = [&] { return static_cast<float>(next(state) % 2048) / 1024.0f - 1.0f; };
  std::vector<float> inputs(rows * in), values(parameters);
  std::vector<std::int32_t> targets(rows);
  for (float& x : inputs) x = uniform();
  for (float& x : values) x = uniform() * 0.2f;
  for (std::size_t i = 0; i < rows; ++i) targets[i] = static_cast<std::int32_t>(i % out);
  std::vector<std::uint32_t> bits;
  auto step = plan(model, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 0.1f, .momentum = 0.9f},
                   {.batch_size = rows, .micro_batch = 3}, memory);
  CHECK(step.has_value());
  if (!step) return bits;
  CHECK(step->set_parameters(values).has_value());
  for (std::size_t i = 0; i < iterations; ++i)
    bits.push_back(std::bit_cast<std::uint32_t>(run_one(*step, inputs, targets)));
  CHECK(step->get_parameters(values).has_value());
  for (float x : values) bits.push_back(std::bit_cast<std::uint32_t>(x));
  return bits;
}

using Inputs = const std::vector<float>&;
using Targets = const std::vector<std::int32_t>&;

std::vector<std::uint32_t> trained_in_one_piece() {
  return trained([](TrainingStep& step, Inputs inputs, Targets targets) { return step.run(inputs, targets); });
}

TEST_CASE("an iteration in slices of any number of tiles has the bits of one piece") {
  std::uint32_t state = 7;
  std::size_t slices = 0;
  const auto sliced = trained([&](TrainingStep& step, Inputs inputs, Targets targets) {
    CHECK(step.begin(inputs, targets));
    for (;;) {
      const Slice slice = step.run_tiles(1 + next(state) % 5);
      ++slices;
      if (slice.finished) return slice.loss;
    }
  });
  CHECK(slices > iterations);
  CHECK(sliced == trained_in_one_piece());
}

TEST_CASE("slices overrun their budget by less than their longest tile") {
  // Time passes when the clock is read: at a slice's begin and end, and before and after a tile.
  static constexpr std::uint32_t reading = 3;
  std::uint32_t state = 11, time = 0xfffffff0;  // wraps around soon
  const auto clock = [](void* context) noexcept { return *static_cast<std::uint32_t*>(context) += reading; };
  std::size_t slices = 0;
  const auto sliced = trained([&](TrainingStep& step, Inputs inputs, Targets targets) {
    CHECK(step.begin(inputs, targets));
    for (;;) {
      const std::uint32_t budget = next(state) % 100, begin = time;
      const Slice slice = step.run_for({.ticks = budget, .now = clock, .context = &time});
      CHECK(time - begin <= budget + slice.longest_tile + 3 * reading);
      ++slices;
      if (slice.finished) return slice.loss;
    }
  });
  CHECK(slices > iterations);
  CHECK(sliced == trained_in_one_piece());
}

}  // namespace
}  // namespace treadle
