// Iterations whose calls are timed: by a clock that ticks once each time it is asked, so that every tick is known.
#include <doctest/doctest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "support/networks.hpp"

using namespace treadle;
using namespace treadle::test;

namespace {

std::uint64_t tick(void* counter) noexcept { return ++*static_cast<std::uint64_t*>(counter); }

/// A step, what it counts and what it is told to count.
struct Timed {
  explicit Timed(const StepOptions& options, const Optimizer& optimizer = AdamW{.learning_rate = 0.01f})
      : step(plan(started(), SoftmaxCrossEntropy{}, optimizer, options).value()),
        report(treadle::report(started(), SoftmaxCrossEntropy{}, optimizer, options).value()),
        ticks(step.calls()) {}
  static Model started() {
    Model model = awkward_model();
    model.initialize(1).value();
    return model;
  }
  CallTimer timer() { return {.now = tick, .context = &now, .ticks = ticks}; }
  std::vector<float> parameters() const {
    std::vector<float> values(parameter_count(awkward_model()).value());
    step.get_parameters(values).value();
    return values;
  }

  TrainingStep step;
  PlanReport report;
  std::vector<std::uint64_t> ticks;
  std::uint64_t now = 0;
};

}  // namespace

TEST_CASE("each call of the report is timed as often as it runs, and no bit changes") {
  for (const bool held : {false, true})
    for (const std::size_t micro_batch : {12, 5, 1}) {
      CAPTURE(held);
      CAPTURE(micro_batch);
      const StepOptions options{.batch_size = 12, .micro_batch = micro_batch, .hold_update = held};
      Timed timed(options), plain(options);
      std::vector<CallReport> calls = timed.report.calls;
      if (!held) {
        CHECK(calls.back().tiles == 0);  // the update as a part of other calls
        CHECK(calls.back().part == StepPart::update);
        calls.pop_back();
      }
      REQUIRE(calls.size() == timed.ticks.size());
      const Batch batch = awkward_batch(12, 3);
      for (int i = 0; i < 2; ++i)
        CHECK(timed.step.run(batch.inputs, batch.targets, timed.timer()) ==
              plain.step.run(batch.inputs, batch.targets));
      CHECK(same_bits(timed.parameters(), plain.parameters()));
      for (std::size_t i = 0; i < calls.size(); ++i) {
        CAPTURE(calls[i].name);
        CHECK(timed.ticks[i] == 2 * (calls[i].each_iteration ? 1 : (12 + micro_batch - 1) / micro_batch));
      }
    }
}

TEST_CASE("calls are told by part, in the order of an iteration") {
  const Timed timed({.batch_size = 12, .hold_update = true});
  std::vector<std::size_t> parts(4);
  for (const CallReport& call : timed.report.calls) {
    ++parts[static_cast<std::size_t>(call.part)];
    if (call.name == "forward") CHECK(call.part == StepPart::forward);
    if (call.name == "loss and its gradient") CHECK(call.part == StepPart::loss);
    if (call.name == "weight gradient" || call.name == "transpose the weight") CHECK(call.part == StepPart::backward);
  }
  CHECK(parts[0] == 3);
  CHECK(parts[1] == 1);
  CHECK(parts[2] >= 6);
  CHECK(parts[3] >= 1);
}

TEST_CASE("the halves of an iteration are timed too") {
  Timed halves({.batch_size = 12, .hold_update = true}), whole({.batch_size = 12, .hold_update = true});
  const Batch batch = awkward_batch(12, 3);
  const float loss = halves.step.compute_gradients(batch.inputs, batch.targets, halves.timer());
  for (std::size_t i = 0; i < halves.ticks.size(); ++i)
    if (halves.report.calls[i].name == "update") CHECK(halves.ticks[i] == 0);
  halves.step.update(halves.timer());
  CHECK(whole.step.run(batch.inputs, batch.targets, whole.timer()) == loss);
  CHECK(halves.ticks == whole.ticks);
  CHECK(same_bits(halves.parameters(), whole.parameters()));
}

TEST_CASE("without a clock, room for all calls or a batch nothing is run") {
  Timed timed({.batch_size = 12}), held({.batch_size = 12, .hold_update = true});
  const Batch batch = awkward_batch(12, 3), large = awkward_batch(13, 3);
  const std::vector<float> before = timed.parameters();
  CallTimer no_clock = timed.timer(), few = timed.timer();
  no_clock.now = nullptr;
  few.ticks = few.ticks.first(few.ticks.size() - 1);
  for (const CallTimer& timer : {no_clock, few, CallTimer{}})
    CHECK(std::isnan(timed.step.run(batch.inputs, batch.targets, timer)));
  CHECK(std::isnan(timed.step.run(large.inputs, large.targets, timed.timer())));
  CHECK(std::isnan(timed.step.compute_gradients(batch.inputs, batch.targets, timed.timer())));
  timed.step.update(timed.timer());
  CHECK(same_bits(timed.parameters(), before));
  CHECK(std::accumulate(timed.ticks.begin(), timed.ticks.end(), std::uint64_t{0}) == 0);
  REQUIRE(timed.step.begin(batch.inputs, batch.targets));
  CHECK(std::isnan(timed.step.run(batch.inputs, batch.targets, timed.timer())));
  REQUIRE(!std::isnan(held.step.compute_gradients(batch.inputs, batch.targets, held.timer())));
  const std::vector<float> waiting = held.parameters();
  held.step.update(CallTimer{});
  CHECK(same_bits(held.parameters(), waiting));
}
