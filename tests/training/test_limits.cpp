// How long a run is: epochs, iterations, time, until it stops improving, and what it takes for what is not given.
#include <doctest/doctest.h>
#include <treadle/training.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "checkpoint_run.hpp"

using namespace treadle;
using test::CheckpointRun, test::check_resumed, test::same_bits;

namespace {

/// Of 47 samples: five iterations an epoch.
CheckpointRun limited_run(TrainerOptions options) {
  options.batch_size = 10;
  options.seed = 3;
  CheckpointRun run;
  run.options = std::move(options);
  return run;
}

/// What a run was: its iterations, and the rates in them.
struct Told {
  History history;
  std::vector<double> rates{};
  std::vector<std::size_t> epochs{};
};

Told run_and_tell(const TrainerOptions& options) {
  const CheckpointRun run = limited_run(options);
  Model model = test::awkward_model();
  Trainer trainer(model, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 0.5f}, run.options);
  Told told;
  trainer.on_iteration_end([&](const IterationRecord& record) {
    told.rates.push_back(record.learning_rate);
    told.epochs.push_back(record.epochs);
  });
  told.history = trainer.fit(run.train, run.validation).value();
  return told;
}

std::string limit_refusal(const TrainerOptions& options) {
  const Result<History> history = limited_run(options).fit();
  REQUIRE(!history);
  return std::string(history.error().text());
}

/// A loss that cannot become so much less in an epoch: nothing counts as better.
EarlyStopping never_better(std::size_t patience) { return {.patience = patience, .least_improvement = 1e9}; }

}  // namespace

TEST_CASE("a run that nothing ends has ten epochs") {
  const Told told = run_and_tell({});
  CHECK(told.history.epochs.size() == 10);
  CHECK(told.history.stopped == StopReason::epochs);
  CHECK(told.rates.size() == 50);
  CHECK(told.rates.front() == 0.5);
  CHECK(told.rates.back() == doctest::Approx(0.5 / 50));
  CHECK(std::ranges::all_of(told.epochs, [](std::size_t epochs) { return epochs == 10; }));
}

TEST_CASE("a limit of iterations alone is no limit of epochs, and the schedule ends there") {
  const Told told = run_and_tell({.max_iterations = 62});
  CHECK(told.history.stopped == StopReason::iterations);
  REQUIRE(told.history.epochs.size() == 13);
  CHECK(told.history.epochs.back().iterations == 2);
  CHECK(told.rates.size() == 62);
  CHECK(told.rates.back() == doctest::Approx(0.5 / 62));
  CHECK(told.epochs.back() == 13);
  // At the end of an epoch it is the reason too.
  CHECK(run_and_tell({.max_iterations = 60}).history.stopped == StopReason::iterations);
  // The earlier of two counts.
  CHECK(run_and_tell({.epochs = 2, .max_iterations = 62}).history.stopped == StopReason::epochs);
  const Told both = run_and_tell({.epochs = 20, .max_iterations = 7});
  CHECK(both.rates.size() == 7);
  CHECK(both.epochs.back() == 2);
}

TEST_CASE("without an end that is known the rate is constant, and schedules that end are refused") {
  TrainerOptions open{.early_stopping = never_better(12)};
  const Told told = run_and_tell(open);
  CHECK(told.history.stopped == StopReason::no_improvement);
  CHECK(told.history.epochs.size() == 13);  // the first validation is better than none
  CHECK(told.history.epochs.back().epochs == 0);
  CHECK(std::ranges::all_of(told.rates, [](double rate) { return rate == 0.5; }));
  CHECK(std::ranges::all_of(told.epochs, [](std::size_t epochs) { return epochs == 0; }));

  open.schedule = StepDecay{.epochs = 1, .factor = 0.5};
  CHECK(run_and_tell(open).rates.back() == doctest::Approx(0.5 / 4096));
  for (const Schedule& ending : {Schedule{LinearDecay{}}, Schedule{CosineDecay{}}, Schedule{OneCycle{}}}) {
    open.schedule = ending;
    CHECK(limit_refusal(open).find("schedule: it ends with the run") != std::string::npos);
    open.max_iterations = 8;
    CHECK(run_and_tell(open).rates.size() == 8);
    open.max_iterations = 0;
  }
  CHECK(limit_refusal({.schedule = CosineDecay{}, .max_seconds = 1}).find("epochs or max_iterations") !=
        std::string::npos);
  CHECK(run_and_tell({.schedule = CosineDecay{}}).history.epochs.size() == 10);
}

TEST_CASE("a limit of time alone lets a run have more than ten epochs") {
  // Far more than ten epochs of this net take a millisecond each at the most.
  const Told told = run_and_tell({.max_seconds = 0.3});
  CHECK(told.history.stopped == StopReason::time);
  CHECK(told.history.epochs.size() > 10);
  CHECK(told.rates.back() == 0.5);
}

TEST_CASE("an open run goes on from a checkpoint bit for bit") {
  CheckpointRun run = limited_run({.early_stopping = never_better(12)});
  const History whole = run.fit().value();
  REQUIRE(whole.epochs.size() == 13);
  for (const std::uint64_t each : {1, 7, 30}) check_resumed(run, whole, each);
  // One with a limit of epochs is another run.
  const test::TemporaryFolder folder;
  run.options.checkpoints = CheckpointOptions{.folder = folder / "checkpoints", .every_iterations = 1, .resume = true};
  run.stop_after = 3;
  REQUIRE(run.fit());
  run.options.epochs = 20;
  const Result<History> other = run.fit();
  REQUIRE(!other);
  const std::string why(other.error().text());
  CHECK_MESSAGE(why.find("epochs: expected \"20\", it has \"no limit\"") != std::string::npos, why);
}

TEST_CASE("more epochs than can be counted are no limit") {
  TrainerOptions options{.epochs = SIZE_MAX, .max_iterations = 3};
  CHECK(run_and_tell(options).rates.size() == 3);
  options = {.epochs = SIZE_MAX, .early_stopping = never_better(1)};
  CHECK(run_and_tell(options).history.epochs.size() == 2);
  CHECK(limit_refusal({.epochs = 0}).find("epochs: expected at least 1") != std::string::npos);
}
