// An iteration in slices: the bits of one piece however it is cut, and budgets that are kept.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "support/layer_harness.hpp"
#include "support/networks.hpp"
#include "support/work_clock.hpp"

using namespace treadle;
using test::WorkClock;

namespace {

constexpr std::size_t rows = 23;
constexpr std::size_t iterations = 6;

/// What training leaves.
struct Trained {
  std::vector<float> losses, parameters, state;
  bool operator==(const Trained& other) const {
    return test::same_bits(losses, other.losses) && test::same_bits(parameters, other.parameters) &&
           test::same_bits(state, other.state);
  }
};

/// Trains `model` for some iterations, each of which is run(step, batch) that returns the loss.
template <class Run>
Trained train(Model model, const Optimizer& optimizer, const StepOptions& options, const Run& run) {
  model.initialize(1).value();
  TrainingStep step = plan(model, SoftmaxCrossEntropy{}, optimizer, options).value();
  Trained trained;
  for (std::size_t i = 0; i < iterations; ++i)
    trained.losses.push_back(
        run(step, test::awkward_batch(i % 3 == 2 ? rows / 2 + 1 : rows, i, model.input().elements().value())));
  trained.parameters.resize(parameter_count(model).value());
  step.get_parameters(trained.parameters).value();
  trained.state.resize(step.optimizer_state_size());
  step.get_optimizer_state(trained.state).value();
  return trained;
}

float in_one_piece(TrainingStep& step, const test::Batch& batch) { return step.run(batch.inputs, batch.targets); }

/// Slices of 0 ... most tiles, other ones each time.
class RandomTiles {
 public:
  RandomTiles(std::uint64_t seed, std::uint32_t most) : random_(seed, base::Purpose::sample_order, 1), most_(most) {}

  float operator()(TrainingStep& step, const test::Batch& batch) const {
    REQUIRE(step.begin(batch.inputs, batch.targets));
    for (;;) {
      CHECK(step.unfinished());
      const std::size_t tiles = random_.below(most_ + 1, slices_++);
      const Slice slice = step.run_tiles(tiles);
      CHECK(slice.finished != step.unfinished());
      if (slice.finished) return slice.loss;
      CHECK(slice.tiles == tiles);
      CHECK(std::isnan(slice.loss));
    }
  }

 private:
  base::RandomStream random_;
  std::uint32_t most_;
  mutable std::uint32_t slices_ = 0;
};

struct Fixture {
  explicit Fixture(const Model& model, const Optimizer& optimizer, const StepOptions& options)
      : memory(report(model, SoftmaxCrossEntropy{}, optimizer, options).value().memory.total() + 64),
        aligned(std::span(memory).subspan(64 - reinterpret_cast<std::uintptr_t>(memory.data()) % 64)),
        step(plan(model, SoftmaxCrossEntropy{}, optimizer, options, aligned).value()) {
    WorkClock::install(aligned);
  }

  std::vector<std::byte> memory;
  std::span<std::byte> aligned;
  TrainingStep step;
};

/// The longest tile of an iteration.
std::uint32_t longest_tile(TrainingStep& step, const test::Batch& batch) {
  REQUIRE(step.begin(batch.inputs, batch.targets));
  for (std::uint32_t longest = 0;;) {
    const std::uint32_t before = WorkClock::ticks;
    const Slice slice = step.run_tiles(1);
    longest = std::max(longest, WorkClock::ticks - before);
    if (slice.finished) return longest;
  }
}

}  // namespace

TEST_CASE("an iteration sliced at any tile gives the bits of one piece, for each optimizer") {
  std::uint64_t seed = 0;
  for (const Optimizer& optimizer : test::optimizers())
    for (const Model& model : {test::awkward_model(), test::awkward_cnn()})
      for (const std::size_t micro_batch : {0, 1, 5, 22}) {
        CAPTURE(micro_batch);
        const StepOptions options{.batch_size = rows, .micro_batch = micro_batch};
        const Trained expected = train(model, optimizer, options, in_one_piece);
        for (const std::uint32_t most : {1, 3, 40})
          CHECK(train(model, optimizer, options, RandomTiles(++seed, most)) == expected);
      }
}

TEST_CASE("gradients and evaluations in slices have the bits of one piece, and the update stays apart") {
  const Model model = test::awkward_cnn();
  for (const std::size_t micro_batch : {0, 1, 5}) {
    CAPTURE(micro_batch);
    const StepOptions options{.batch_size = rows, .micro_batch = micro_batch, .hold_update = true};
    std::vector<std::size_t> correct, sliced_correct;
    const Trained expected = train(model, Adam{}, options, [&](TrainingStep& step, const test::Batch& batch) {
      const float before = step.evaluate(batch.inputs, batch.targets);
      correct.push_back(step.correct());
      const float loss = step.compute_gradients(batch.inputs, batch.targets);
      correct.push_back(step.correct());
      step.update();
      return before + 3 * loss + 5 * static_cast<float>(step.gradient_norm());
    });
    for (const std::size_t tiles : {1, 3, 40}) {
      sliced_correct.clear();
      const auto finish = [tiles](TrainingStep& step) {
        std::size_t slices = 1;
        Slice slice = step.run_tiles(tiles);
        for (; !slice.finished; ++slices) {
          CHECK(std::isnan(slice.loss));
          slice = step.run_tiles(tiles);
        }
        CHECK((tiles > 1 || slices > 5));
        return slice.loss;
      };
      const Trained sliced = train(model, Adam{}, options, [&](TrainingStep& step, const test::Batch& batch) {
        REQUIRE(step.begin_evaluation(batch.inputs, batch.targets));
        CHECK(step.unfinished());
        CHECK(!step.begin_evaluation(batch.inputs, batch.targets));
        CHECK(std::isnan(step.evaluate(batch.inputs, batch.targets)));
        const float before = finish(step);
        sliced_correct.push_back(step.correct());
        REQUIRE(step.begin_gradients(batch.inputs, batch.targets));
        step.update();  // of gradients that are not there yet
        const float loss = finish(step);
        sliced_correct.push_back(step.correct());
        step.update();
        return before + 3 * loss + 5 * static_cast<float>(step.gradient_norm());
      });
      CHECK(sliced == expected);
      CHECK(sliced_correct == correct);
    }
  }
  Model plain = model;
  plain.initialize(1).value();
  TrainingStep step = plan(plain, SoftmaxCrossEntropy{}, Adam{}, {.batch_size = rows}).value();
  const test::Batch batch = test::awkward_batch(rows, 1, model.input().elements().value());
  CHECK(!step.begin_gradients(batch.inputs, batch.targets));  // it does not hold its update
  CHECK(!step.begin_evaluation(batch.inputs, std::span(batch.targets).first(1)));
  CHECK(!step.unfinished());
}

TEST_CASE("threads take a slice's tiles several at a time, and the bits stay") {
  // Large enough that calls have several tiles.
  const Model model({35}, {Dense{1400}, Relu{}, Dense{900}, Relu{}, Dense{3}});
  const Trained expected = train(model, Adam{}, {.batch_size = rows}, in_one_piece);
  for (const std::size_t threads : {2, 3}) {
    const std::shared_ptr<Executor> executor = make_executor(threads).value();
    const StepOptions options{.batch_size = rows, .executor = executor.get()};
    CHECK(train(model, Adam{}, options, RandomTiles(threads, 5)) == expected);
  }
}

TEST_CASE("an iteration from a source is read a micro-batch at a time, when its turn comes") {
  struct Reading {
    test::Batch batch;
    std::size_t elements, reads;
  };
  const auto read = [](void* context, std::size_t first, std::size_t count, float* inputs,
                       std::int32_t* targets) noexcept {
    auto& reading = *static_cast<Reading*>(context);
    std::copy_n(reading.batch.inputs.begin() + static_cast<std::ptrdiff_t>(first * reading.elements),
                count * reading.elements, inputs);
    std::copy_n(reading.batch.targets.begin() + static_cast<std::ptrdiff_t>(first), count, targets);
    ++reading.reads;
  };
  const StepOptions options{.batch_size = rows, .micro_batch = 5};
  const Trained expected = train(test::awkward_cnn(), Adam{}, options, in_one_piece);
  const auto run = [&](TrainingStep& step, const test::Batch& batch) {
    const std::size_t elements = batch.inputs.size() / batch.targets.size();
    Reading reading{batch, elements, 0};
    std::vector<float> inputs(5 * elements);
    std::vector<std::int32_t> targets(5);
    REQUIRE(step.begin({read, &reading}, batch.targets.size(), inputs, targets));
    CHECK(step.run_tiles(0).tiles == 0);
    CHECK(reading.reads == 0);
    for (;;)
      if (const Slice slice = step.run_tiles(2); slice.finished) {
        CHECK(reading.reads == (batch.targets.size() + 4) / 5);
        return slice.loss;
      }
  };
  CHECK(train(test::awkward_cnn(), Adam{}, options, run) == expected);
}

TEST_CASE("10,000 random budgets are overrun by less than the longest tile, and the bits are those of one piece") {
  Model model = test::awkward_cnn();
  model.initialize(1).value();
  const test::Batch batch = test::awkward_batch(rows, 1, model.input().elements().value());
  for (const bool always_one_tile : {true, false}) {
    CAPTURE(always_one_tile);
    const StepOptions options{.batch_size = rows, .micro_batch = 7};
    Fixture sliced(model, Adam{}, options), whole(model, Adam{}, options);
    const std::uint32_t longest = longest_tile(sliced.step, batch);
    whole.step.run(batch.inputs, batch.targets);
    REQUIRE(longest > 10'000);

    const base::RandomStream random(3, base::Purpose::sample_order, always_one_tile);
    std::uint32_t overruns = 0, empty = 0, worst = 0;
    std::size_t finished = 0;
    for (std::uint32_t i = 0; i < 10'000; ++i) {
      if (!sliced.step.unfinished()) REQUIRE(sliced.step.begin(batch.inputs, batch.targets));
      // Mostly too short for many a tile, some long.
      const std::uint32_t ticks = random.below(i % 8 == 0 ? 20 * longest : longest + longest / 4, i);
      const std::uint32_t before = WorkClock::ticks;
      const Slice slice =
          sliced.step.run_for({.ticks = ticks, .now = WorkClock::now, .always_one_tile = always_one_tile});
      const std::uint32_t taken = WorkClock::ticks - before;
      CHECK(slice.longest_tile <= longest);
      if (taken > ticks) {
        ++overruns;
        worst = std::max(worst, taken - ticks);
      }
      if (slice.tiles == 0) ++empty;
      if (always_one_tile && ticks > 0) CHECK((slice.tiles > 0 || slice.finished));
      if (slice.finished && ++finished % 8 == 1) {
        CHECK(std::isfinite(slice.loss));
        // As many iterations in one piece.
        for (std::size_t k = finished == 1 ? 7 : 0; k < 8; ++k) whole.step.run(batch.inputs, batch.targets);
        std::vector<float> a(parameter_count(model).value()), b(a.size());
        sliced.step.get_parameters(a).value();
        whole.step.get_parameters(b).value();
        CHECK(test::same_bits(a, b));
      }
    }
    CHECK(finished > 100);
    CHECK(worst < longest);
    // What has been seen not to fit is seldom tried again, unless nothing else would go on.
    if (always_one_tile) {
      CHECK(overruns > 1000);
    } else {
      CHECK(empty > 1000);
      CHECK(overruns < 300);
    }
  }
}

TEST_CASE("a plan says how long its longest tile is") {
  const Layer dense[] = {Dense{700}, Relu{}, Dense{300}, Relu{}, Dense{3}};
  for (Model model : {Model({500}, {dense, dense + 5}), test::awkward_cnn(), preset("cnn", {28, 28, 1}, 3).value()})
    for (const std::size_t batch_size : {1, 23, 100}) {
      CAPTURE(batch_size);
      model.initialize(1).value();
      const StepOptions options{.batch_size = batch_size};
      const PlanReport planned = report(model, SoftmaxCrossEntropy{}, Sgd{}, options).value();
      double longest = 0;
      for (const CallReport& call : planned.calls) {
        CHECK(call.tile_flops <=
              call.flops * (call.tiles == 1 ? 1.0 : 0.95) + 4.0 * static_cast<double>(planned.parameters));
        longest = std::max(longest, call.tile_flops);
      }
      Fixture fixture(model, Sgd{}, options);
      const test::Batch batch = test::awkward_batch(batch_size, 1, model.input().elements().value());
      // The clock counts multiply-adds, the plan operations; the clock counts some small kernels by less.
      const double measured = 2.0 * longest_tile(fixture.step, batch);
      CHECK(measured <= 1.05 * longest);
      CHECK(measured >= 0.4 * longest);
    }
}

TEST_CASE("a clock may wrap around, and what an interrupt made long is forgotten") {
  const Model model = test::awkward_model();
  Fixture fixture(model, Sgd{}, {.batch_size = rows});
  const test::Batch batch = test::awkward_batch(rows, 1);
  WorkClock::ticks = 0u - 1000u;
  REQUIRE(fixture.step.begin(batch.inputs, batch.targets));
  CHECK(fixture.step.run_for({.ticks = 0x7fffffff, .now = WorkClock::now}).finished);
  CHECK(WorkClock::ticks < 0x7fffffff);

  struct Nothing {
    std::size_t tiles(const calls::RunContext&) const noexcept { return 0; }
    void run(const calls::RunContext&, std::size_t) const noexcept {}
  };
  calls::Call call(calls::Phase::forward, Nothing{}, {});
  for (const std::uint32_t ticks : {12'345u, 1'000'003u, 0x7fffffffu}) {
    call.learn_ticks(ticks);
    CHECK(call.expected_ticks() >= ticks);
    CHECK(call.expected_ticks() <= ticks + ticks / 100 + 1);
  }
  for (int i = 0; i < 1000; ++i) call.learn_ticks(1000);
  CHECK(call.expected_ticks() >= 1000);
  CHECK(call.expected_ticks() <= 1010);
  WorkClock::ticks = 0;
}

TEST_CASE("while an iteration is under way nothing else begins, and half-updated values stay inside") {
  TrainingStep step =
      plan(test::awkward_model(), SoftmaxCrossEntropy{}, Adam{}, {.batch_size = rows, .keep_gradients = true}).value();
  const test::Batch batch = test::awkward_batch(rows, 1);
  std::vector<float> parameters(parameter_count(test::awkward_model()).value()), state(step.optimizer_state_size());
  CHECK(step.run_tiles(3).finished);  // nothing has begun
  CHECK(step.run_for({.ticks = 9, .now = WorkClock::now}).finished);
  CHECK(!step.begin(std::span(batch.inputs).first(34), batch.targets));
  CHECK(!step.begin({.read = nullptr}, 0, {}, {}));
  CHECK(!step.unfinished());

  REQUIRE(step.begin(batch.inputs, batch.targets));
  CHECK(!step.begin(batch.inputs, batch.targets));
  CHECK(std::isnan(step.run(batch.inputs, batch.targets)));
  CHECK(std::isnan(step.evaluate(batch.inputs, batch.targets)));
  CHECK(step.get_parameters(parameters).error().text() == "get_parameters: an iteration has begun and is not finished");
  CHECK(!step.set_parameters(parameters));
  CHECK(!step.get_gradients(parameters));
  CHECK(!step.get_optimizer_state(state));
  CHECK(!step.set_optimizer_state(state));
  CHECK(!step.set_optimizer_progress({}));
  CHECK(!step.run_for({.ticks = 9}).finished);  // no clock: nothing runs
  CHECK(step.run_for({.ticks = 0, .now = WorkClock::now}).tiles == 0);
  const Slice slice = step.run_tiles(SIZE_MAX);
  CHECK(slice.finished);
  CHECK(slice.loss > 0);
  CHECK(step.get_parameters(parameters));
  CHECK(step.evaluate(batch.inputs, batch.targets) > 0);
}
