// Where the time of a run's iterations goes.
#include <doctest/doctest.h>
#include <treadle/training.hpp>

#include <chrono>
#include <set>
#include <thread>

#include "checkpoint_run.hpp"
#include "training/profiler.hpp"

using namespace treadle;
using test::CheckpointRun, test::same_bits, test::same_history;

namespace {

double calls_of(const RunProfile& profile) {
  double sum = 0;
  for (const CallSeconds& call : profile.calls) sum += call.seconds;
  return sum;
}

}  // namespace

TEST_CASE("a profiled run has the same bits, and its parts make up an iteration") {
  for (const bool guarded : {false, true})
    for (const std::size_t threads : {1, 2}) {
      CAPTURE(guarded);
      CAPTURE(threads);
      CheckpointRun plain, profiled;
      plain.options.threads = profiled.options.threads = threads;
      if (guarded) plain.options.guard = profiled.options.guard = Guard{.spike = 50};
      profiled.options.profile = true;
      const History expected = plain.fit().value(), history = profiled.fit().value();
      CHECK(same_bits(profiled.parameters, plain.parameters));
      CHECK(same_history(history, expected));
      CHECK(!expected.profile);
      REQUIRE(history.profile);
      const RunProfile& profile = *history.profile;
      CHECK(profile.iterations == 3 * 5 - 1);
      CHECK(profile.waiting > 0);
      CHECK(profile.other >= 0);
      CHECK(profile.waiting + profile.other + calls_of(profile) == doctest::Approx(profile.seconds).epsilon(1e-9));
      std::set<StepPart> parts;
      for (const CallSeconds& call : profile.calls) {
        CAPTURE(call.name);
        CHECK(call.seconds > 0);
        CHECK(!call.layer.empty());
        parts.insert(call.part);
      }
      CHECK(parts.count(StepPart::update) == (guarded ? 1 : 0));
      CHECK(parts.size() == (guarded ? 4 : 3));
    }
}

TEST_CASE("the first iteration counts only if it is the only one") {
  CheckpointRun run;
  run.options.profile = true;
  run.options.max_iterations = 1;
  CHECK(run.fit().value().profile->iterations == 1);
  run.options.max_iterations = 2;
  CHECK(run.fit().value().profile->iterations == 1);
  run.options.max_iterations = 3;
  CHECK(run.fit().value().profile->iterations == 2);
}

TEST_CASE("one of so many iterations is measured, with the same bits") {
  CheckpointRun plain, profiled;
  plain.options.epochs = profiled.options.epochs =
      4;  // of 5 iterations: the second, then those numbered 8 and 16 from 0
  profiled.options.profile = true;
  profiled.options.profile_every = 8;
  REQUIRE(plain.fit());
  const RunProfile profile = *profiled.fit().value().profile;
  CHECK(same_bits(profiled.parameters, plain.parameters));
  CHECK(profile.iterations == 3);
  CHECK(profile.waiting + profile.other + calls_of(profile) == doctest::Approx(profile.seconds).epsilon(1e-9));
  profiled.options.profile_every = 0;
  CHECK(!profiled.fit());
}

TEST_CASE("what callbacks take is other, and waiting is waiting") {
  const Model model = test::awkward_model();
  const StepOptions options{.batch_size = 10};
  const TrainingStep step = plan(model, SoftmaxCrossEntropy{}, Sgd{}, options).value();
  auto profiler = training::Profiler::make(model, SoftmaxCrossEntropy{}, Sgd{}, options, step).value();
  for (int i = 0; i < 3; ++i) {
    profiler.begin();
    std::this_thread::sleep_for(std::chrono::milliseconds(i == 0 ? 60 : 4));  // the first is forgotten
    profiler.loaded();
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    profiler.timer().ticks[1] += 1'000'000;
    profiler.end();
  }
  const RunProfile profile = std::move(profiler).profile();
  CHECK(profile.iterations == 2);
  CHECK(profile.waiting >= 0.004);
  CHECK(profile.waiting < 0.03);
  CHECK(profile.calls[1].seconds == doctest::Approx(0.001));
  CHECK(profile.other >= 0.000999);
  CHECK(profile.seconds == doctest::Approx(profile.waiting + profile.other + 0.001));
}

TEST_CASE("a profile of another step, or of a step in slices, is refused") {
  CheckpointRun run;
  run.options.profile = true;
  run.options.duty_cycle = 0.5;
  const Result<History> history = run.fit();
  REQUIRE(!history);
  CHECK(std::string(history.error().text()).find("profile") != std::string::npos);
  const TrainingStep step =
      plan(test::awkward_model(), SoftmaxCrossEntropy{}, Sgd{}, {.batch_size = 10, .hold_update = true}).value();
  CHECK(!training::Profiler::make(test::awkward_model(), SoftmaxCrossEntropy{}, Sgd{}, {.batch_size = 10}, step));
}
