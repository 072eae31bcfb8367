// fit() works where it is told to and as much as it may, with the same bits.
#include <doctest/doctest.h>
#include <sched.h>

#include <ctime>
#include <stdexcept>
#include <thread>

#include "checkpoint_run.hpp"
#include "support/networks.hpp"
#include "training/duty_cycle.hpp"

#include <treadle/training.hpp>

using namespace treadle;

namespace {

data::Dataset samples(std::size_t count, std::size_t elements = 35) {
  return data::Dataset::make({elements}, test::random_values(count * elements, 1), test::random_classes(count, 3, 2), 3)
      .value();
}

std::vector<float> trained(const TrainerOptions& options, const data::Dataset& data, std::size_t hidden = 20) {
  Model model(data.sample_shape(), {Dense{hidden}, Relu{}, Dense{3}});
  Trainer trainer(model, SoftmaxCrossEntropy{}, Adam{}, options);
  trainer.fit(data, data).value();
  return {model.parameters().begin(), model.parameters().end()};
}

double cpu_seconds() {
  timespec time{};
  REQUIRE(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

}  // namespace

TEST_CASE("a placed run works in threads of its own, with the same bits") {
  const data::Dataset data = samples(70);
  const TrainerOptions plain{.epochs = 2, .batch_size = 16};
  TrainerOptions placed = plain;
  placed.threads = 2;
  placed.placement.scheduling = Scheduling::idle;
  const std::vector<float> expected = trained(plain, data);
  CHECK(test::same_bits(trained(placed, data), expected));

  Model model(data.sample_shape(), {Dense{20}, Relu{}, Dense{3}});
  Trainer trainer(model, SoftmaxCrossEntropy{}, Adam{}, placed);
  int policy = -1;
  std::thread::id thread;
  trainer.on_epoch_end([&](const EpochRecord&) {
    policy = sched_getscheduler(0);
    thread = std::this_thread::get_id();
  });
  REQUIRE(trainer.fit(data));
  CHECK(policy == SCHED_IDLE);
  CHECK(thread != std::this_thread::get_id());
  CHECK(sched_getscheduler(0) != SCHED_IDLE);

  trainer.on_epoch_end([](const EpochRecord&) { throw std::runtime_error("a callback's own"); });
  CHECK_THROWS_AS(static_cast<void>(trainer.fit(data)), std::runtime_error);
}

TEST_CASE("a duty cycle sleeps for the rest of the time, with the same bits") {
  const data::Dataset data = samples(600, 300);
  const TrainerOptions plain{.epochs = 3, .batch_size = 60};
  TrainerOptions quarter = plain;
  quarter.duty_cycle = 0.25;
  const std::vector<float> expected = trained(plain, data, 500);
  const double cpu_before = cpu_seconds();
  const auto before = std::chrono::steady_clock::now();
  CHECK(test::same_bits(trained(quarter, data, 500), expected));
  const double used = cpu_seconds() - cpu_before;
  const double passed = std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count();
  // However busy the machine is, CPU time is at most the time that passed in work.
  CHECK(used < 0.4 * passed);
}

TEST_CASE("a duty cycle sleeps within one long call, of gradients or an evaluation") {
  Model model({400}, {Dense{800}, Relu{}, Dense{3}});
  REQUIRE(model.initialize(1));
  constexpr std::size_t rows = 2000;
  TrainingStep step =
      plan(model, SoftmaxCrossEntropy{}, Sgd{}, {.batch_size = rows, .micro_batch = 100, .hold_update = true}).value();
  const std::vector<float> inputs = test::random_values(rows * 400, 1);
  const std::vector<std::int32_t> targets = test::random_classes(rows, 3, 1);
  const auto share = [&](const auto& call) {
    training::DutyCycle tenth(0.1);
    double used = -cpu_seconds();
    const auto before = std::chrono::steady_clock::now();
    call(tenth);
    used += cpu_seconds();
    return used / std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count();
  };
  // In one piece none of the work would be slept off before it is done.
  CHECK(share([&](training::DutyCycle& tenth) { tenth.compute_gradients(step, inputs, targets); }) < 0.2);
  CHECK(share([&](training::DutyCycle& tenth) { tenth.evaluate(step, inputs, targets); }) < 0.2);
}

TEST_CASE("with a duty cycle a guard's look and validations are sliced, with the same bits") {
  test::CheckpointRun plain;
  plain.options.guard = Guard{.spike = 100};
  plain.options.validation_every = 2;
  const History expected = plain.fit().value();
  test::CheckpointRun half{.options = plain.options};
  half.options.duty_cycle = 0.5;
  const History history = half.fit().value();
  CHECK(test::same_bits(half.parameters, plain.parameters));
  CHECK(test::same_history(history, expected));
}

TEST_CASE("placements and duty cycles that cannot be are refused") {
  const data::Dataset data = samples(20);
  Model model(data.sample_shape(), {Dense{3}});
  const auto refusal = [&](const TrainerOptions& options) {
    const Result<History> history = Trainer(model, SoftmaxCrossEntropy{}, Adam{}, options).fit(data);
    REQUIRE(!history);
    CHECK(model.parameters().empty());
    return std::string(history.error().text());
  };
  for (const double share : {0.0, -1.0, 1.01})
    CHECK(refusal({.duty_cycle = share}) == "fit: duty_cycle: expected a number above 0, 1 at most");
  CHECK(refusal({.placement = {.cpus = {1023}}}) ==
        "fit: CPU 1023 does not exist, or this process may not use it: Invalid argument");
  CHECK(refusal({.thread_source = ThreadSource::tbb, .placement = {.nice = 19}}) ==
        "fit: placement: oneTBB's threads are the whole process's; use ThreadSource::std_threads");
}
