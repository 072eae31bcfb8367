// What a guard sees, what it does, and what it leaves as it was.
#include <doctest/doctest.h>
#include <treadle/training.hpp>

#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "checkpoint_run.hpp"
#include "support/files.hpp"
#include "training/watch.hpp"

using namespace treadle;
using test::same_bits;

namespace {

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

/// As make_data(), with `value` in the third of the samples `spoilt`.
data::Dataset spoilt_data(std::size_t samples, const std::vector<std::size_t>& spoilt, float value) {
  const data::Dataset good = test::make_data(samples);
  std::vector<float> values(good.floats().begin(), good.floats().end());
  for (const std::size_t sample : spoilt) values[sample * 35 + 2] = value;
  return data::Dataset::make({7, 5, 1}, std::move(values), {good.labels().begin(), good.labels().end()}, 3).value();
}

struct Outcome {
  Result<History> history{Error{ErrorCode::invalid_argument, ""}};
  std::vector<AnomalyRecord> anomalies{};
  std::vector<IterationRecord> iterations{};
  std::vector<float> parameters{};
};

Outcome train(const data::Samples& data, TrainerOptions options, const Model& start = test::awkward_model(),
              const Optimizer& optimizer = AdamW{.learning_rate = 0.01f}) {
  options.shuffle = false;
  Outcome outcome;
  Model model = start;
  Trainer trainer(model, SoftmaxCrossEntropy{}, optimizer, options);
  trainer.on_anomaly([&](const AnomalyRecord& record) { outcome.anomalies.push_back(record); });
  trainer.on_iteration_end([&](const IterationRecord& record) { outcome.iterations.push_back(record); });
  outcome.history = trainer.fit(data);
  outcome.parameters.assign(model.parameters().begin(), model.parameters().end());
  return outcome;
}

TrainerOptions guarded(const Guard& guard) { return {.epochs = 2, .batch_size = 10, .seed = 3, .guard = guard}; }

}  // namespace

TEST_CASE("a guard that has nothing to do changes no bit") {
  TrainerOptions options{.epochs = 2, .batch_size = 10, .seed = 3};
  const Outcome expected = train(test::make_data(47), options);
  REQUIRE(expected.history);
  for (const GuardAction action : {GuardAction::stop, GuardAction::skip, GuardAction::roll_back}) {
    const Outcome outcome = train(test::make_data(47), guarded({.action = action, .spike = 100}));
    REQUIRE(outcome.history);
    CHECK(same_bits(outcome.parameters, expected.parameters));
    CHECK(outcome.anomalies.empty());
    CHECK(outcome.history->anomalies == 0);
  }
}

TEST_CASE("a sample that is not finite is found, with its layer, batch and number") {
  for (const float value : {not_a_number, std::numeric_limits<float>::infinity()}) {
    const Outcome outcome = train(spoilt_data(47, {23, 25}, value), guarded({.action = GuardAction::stop}));
    REQUIRE(outcome.history);
    CHECK(outcome.history->stopped == StopReason::anomaly);
    CHECK(outcome.history->epochs.empty());
    REQUIRE(outcome.anomalies.size() == 1);
    const AnomalyRecord& anomaly = outcome.anomalies[0];
    CHECK(anomaly.cause == AnomalyCause::loss);
    CHECK(anomaly.action == GuardAction::stop);
    CHECK(anomaly.epoch == 1);
    CHECK(anomaly.iteration == 3);
    CHECK(anomaly.layer == "input");
    CHECK(anomaly.rows == std::vector<std::size_t>{3, 5});
    CHECK(anomaly.samples == std::vector<std::uint32_t>{23, 25});
    // The model is that of the two iterations before.
    TrainerOptions two{.epochs = 2, .batch_size = 10, .seed = 3, .schedule = LinearDecay{}};
    std::size_t iterations = 0;
    std::atomic<bool> stop = false;
    two.stop = &stop;
    two.shuffle = false;
    Model model = test::awkward_model();
    Trainer trainer(model, SoftmaxCrossEntropy{}, AdamW{.learning_rate = 0.01f}, two);
    trainer.on_iteration_end([&](const IterationRecord&) { stop = ++iterations == 2; });
    REQUIRE(trainer.fit(test::make_data(47)));
    CHECK(same_bits(outcome.parameters, {model.parameters().begin(), model.parameters().end()}));
  }
}

TEST_CASE("of many samples out of bounds the first are named and the others counted") {
  std::vector<std::size_t> spoilt(20);
  std::iota(spoilt.begin(), spoilt.end(), 21u);
  TrainerOptions options = guarded({.action = GuardAction::stop});
  options.batch_size = 45;
  const Outcome outcome = train(spoilt_data(45, spoilt, not_a_number), options);
  REQUIRE(outcome.anomalies.size() == 1);
  const AnomalyRecord& anomaly = outcome.anomalies[0];
  CHECK(anomaly.rows == std::vector<std::size_t>(spoilt.begin(), spoilt.begin() + 16));
  CHECK(anomaly.samples == std::vector<std::uint32_t>(spoilt.begin(), spoilt.begin() + 16));
  CHECK(anomaly.more_rows == 4);
}

TEST_CASE("a batch that is skipped leaves parameters and the optimizer as they were") {
  // Five batches an epoch, of which the third makes no update: the fourth follows the second.
  const data::Dataset data = spoilt_data(50, {20}, not_a_number);
  TrainerOptions options = guarded({.action = GuardAction::skip});
  options.epochs = 1;
  options.schedule = ConstantRate{};
  const Outcome outcome = train(data, options);
  REQUIRE(outcome.history);
  CHECK(outcome.history->anomalies == 1);
  CHECK(outcome.iterations.size() == 4);
  REQUIRE(outcome.history->epochs.size() == 1);
  CHECK(outcome.history->epochs[0].iterations == 5);
  CHECK(std::isfinite(outcome.history->epochs[0].train_loss));

  std::vector<float> values;
  std::vector<std::int32_t> labels;
  for (std::size_t sample = 0; sample < 50; ++sample) {
    if (sample / 10 == 2) continue;
    values.insert(values.end(), data.floats().begin() + static_cast<std::ptrdiff_t>(sample * 35),
                  data.floats().begin() + static_cast<std::ptrdiff_t>((sample + 1) * 35));
    labels.push_back(data.labels()[sample]);
  }
  TrainerOptions without{.epochs = 1, .batch_size = 10, .seed = 3, .schedule = ConstantRate{}};
  const Outcome expected =
      train(data::Dataset::make({7, 5, 1}, std::move(values), std::move(labels), 3).value(), without);
  CHECK(same_bits(outcome.parameters, expected.parameters));
  CHECK(outcome.history->epochs[0].train_loss == expected.history->epochs[0].train_loss);
}

TEST_CASE("more anomalies than the guard may see end the run") {
  const Outcome outcome =
      train(spoilt_data(50, {0, 10, 20, 30}, not_a_number), guarded({.action = GuardAction::skip, .most = 2}));
  REQUIRE(outcome.history);
  CHECK(outcome.history->stopped == StopReason::anomaly);
  CHECK(outcome.history->anomalies == 3);
  REQUIRE(outcome.anomalies.size() == 3);
  CHECK(outcome.anomalies[1].action == GuardAction::skip);
  CHECK(outcome.anomalies[2].action == GuardAction::stop);
}

TEST_CASE("a layer that overflows is named") {
  Model model = test::awkward_model();
  model.initialize(3).value();
  std::vector<float> parameters(model.parameters().begin(), model.parameters().end());
  const std::vector<ParameterInfo> infos = model.parameter_infos().value();
  const ParameterInfo& second = infos[2];  // the second layer's weight
  for (std::size_t i = 0; i < second.elements; ++i) parameters[second.offset + i] = 3e38f;
  model.set_parameters(parameters).value();
  const Outcome outcome = train(test::make_data(47), guarded({.action = GuardAction::stop}), model);
  REQUIRE(outcome.history);
  REQUIRE(outcome.anomalies.size() == 1);
  CHECK(outcome.anomalies[0].cause == AnomalyCause::loss);
  CHECK(outcome.anomalies[0].layer == layer_infos(model).value()[second.layer].name);
  CHECK(same_bits(outcome.parameters, parameters));
}

TEST_CASE("a leap of the loss is an anomaly once there are enough losses to know") {
  training::GuardState state;
  const Guard guard{.spike = 3};
  const double infinity = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < training::enough_losses; ++i) {
    CHECK(training::loss_limit(guard, 1000, state) == infinity);
    training::remember(1.0 + static_cast<double>(i % 2), state);
  }
  CHECK(training::loss_limit(guard, 1000, state) == 6.0);  // 3 times the upper median of 1, 2, 1, 2, ...
  CHECK(training::loss_limit({.spike = 0}, 1000, state) == infinity);
  for (std::size_t i = 0; i < training::recent_losses; ++i) training::remember(4.0, state);
  CHECK(state.recent.size() == training::recent_losses);
  CHECK(training::loss_limit(guard, 1000, state) == 12.0);
  CHECK(training::judge_loss(12.0, 1, 12.0) == std::nullopt);
  CHECK(training::judge_loss(12.1, 1, 12.0) == AnomalyCause::spike);
  CHECK(training::judge_loss(1, std::nan(""), 12.0) == AnomalyCause::gradient);
  CHECK(training::judge_loss(std::nan(""), std::nan(""), 12.0) == AnomalyCause::loss);

  // A model that has learnt all by heart may be wrong about a sample: the median counts as 1 / batch size at least.
  for (std::size_t i = 0; i < training::recent_losses; ++i) training::remember(i % 2 == 0 ? 0.0 : 1e-9, state);
  CHECK(training::loss_limit(guard, 8, state) == 0.375);
  CHECK(training::loss_limit(guard, 1, state) == 3.0);
  CHECK(training::worth_going_back_to(1.25, 8, state));
  CHECK(!training::worth_going_back_to(1.26, 8, state));
  CHECK(training::worth_going_back_to(1e30, 8, {}));

  // One sample a thousand times as large as the others, in the twelfth batch.
  const Outcome outcome = train(spoilt_data(150, {114}, 1000.0f), guarded({.action = GuardAction::skip, .spike = 5}));
  REQUIRE(outcome.history);
  REQUIRE(outcome.anomalies.size() >= 1);
  CHECK(outcome.anomalies[0].cause == AnomalyCause::spike);
  CHECK(outcome.anomalies[0].iteration == 12);
  CHECK(outcome.anomalies[0].layer.empty());
  CHECK(outcome.anomalies[0].samples == std::vector<std::uint32_t>{114});
  CHECK(static_cast<double>(outcome.anomalies[0].loss) > outcome.anomalies[0].limit);
}

TEST_CASE("a run goes back to where it was good, with a smaller rate") {
  // The second epoch goes wrong: a rate this high has the loss leap.
  TrainerOptions options = guarded({.action = GuardAction::roll_back, .spike = 4, .rate_factor = 0.25, .most = 3});
  options.schedule = ConstantRate{};
  options.epochs = 1;
  const Outcome outcome = train(spoilt_data(150, {114}, 1000.0f), options);
  REQUIRE(outcome.history);
  REQUIRE(outcome.anomalies.size() >= 2);
  // Every try begins with the epoch's first batch, and has a quarter of the rate of the one before.
  std::size_t attempt = 0;
  double rate = 0.01f;
  for (const IterationRecord& record : outcome.iterations) {
    if (record.iteration == 1 && &record != &outcome.iterations.front()) {
      ++attempt;
      rate *= 0.25;
    }
    CHECK(record.learning_rate == rate);
  }
  CHECK(attempt == outcome.anomalies.size() - 1);  // the last one ended the run
  CHECK(outcome.history->stopped == StopReason::anomaly);
  CHECK(outcome.anomalies.back().action == GuardAction::stop);
  // The first try of all and a run without a guard begin alike; what is rolled back leaves nothing behind.
  const Outcome slow =
      train(spoilt_data(150, {}, 0),
            {.epochs = 1, .batch_size = 10, .seed = 3, .schedule = ConstantRate{}, .max_iterations = 11},
            test::awkward_model(), AdamW{.learning_rate = static_cast<float>(rate)});
  CHECK(same_bits(outcome.parameters, slow.parameters));
}

TEST_CASE("where a run goes back to depends on iterations, and not on what a disk can take") {
  TrainerOptions options = guarded({.action = GuardAction::roll_back, .spike = 4, .rate_factor = 0.25, .most = 3});
  options.schedule = ConstantRate{};
  options.epochs = 1;
  std::vector<std::vector<float>> parameters;
  for (const std::uint64_t limit : {0, 0, 1'000'000}) {  // with the last one none is written
    const test::TemporaryFolder folder;
    options.checkpoints = CheckpointOptions{
        .folder = folder / "c", .every_iterations = 4, .every_seconds = 0, .most_bytes_per_hour = limit};
    const Outcome outcome = train(spoilt_data(150, {114}, 1000.0f), options);
    REQUIRE(outcome.history);
    REQUIRE(outcome.anomalies.size() >= 2);
    // The batch of the sample is the twelfth: each try goes on after the eighth.
    REQUIRE(outcome.iterations.size() > 12);
    CHECK(outcome.iterations[10].iteration == 11);
    CHECK(outcome.iterations[11].iteration == 9);
    parameters.push_back(outcome.parameters);
  }
  for (const std::vector<float>& each : parameters) CHECK(same_bits(each, parameters[0]));
}

TEST_CASE("a copy of parameters that an update has spoilt is nothing to go back to") {
  // The twelfth batch has a sample that is finite and far too large: its own loss is finite, and those after it are
  // not.
  const data::Dataset data = spoilt_data(300, {114}, 1e18f);
  for (const std::uint64_t every : {1, 2, 11, 12, 13, 1000}) {
    CAPTURE(every);
    const test::TemporaryFolder folder;
    TrainerOptions options = guarded({.action = GuardAction::roll_back, .most = 100});
    options.checkpoints = CheckpointOptions{.folder = folder / "c", .every_iterations = every, .every_seconds = 0};
    const Outcome outcome = train(data, options, test::awkward_model(), Sgd{.learning_rate = 0.1f});
    REQUIRE(outcome.history);
    CHECK(outcome.history->stopped == StopReason::epochs);
    CHECK(outcome.history->anomalies > 0);
    CHECK(outcome.history->epochs.size() == 2);
  }
}

TEST_CASE("an update that spoils the last iteration of an epoch is undone from the next one") {
  const data::Dataset data = spoilt_data(120, {114}, 1e18f);
  std::vector<std::size_t> epochs;
  Model model = test::awkward_model();
  TrainerOptions options = guarded({.action = GuardAction::roll_back, .most = 100});
  options.shuffle = false;
  Trainer trainer(model, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 0.1f}, options);
  trainer.on_epoch_end([&](const EpochRecord& record) { epochs.push_back(record.epoch); });
  const Result<History> history = trainer.fit(data);
  REQUIRE(history);
  CHECK(history->stopped == StopReason::epochs);
  CHECK(history->anomalies > 0);
  REQUIRE(history->epochs.size() == 2);
  CHECK(history->epochs[0].epoch == 1);
  CHECK(epochs.size() > 2);  // an epoch that was trained again is told again
  CHECK(epochs.back() == 2);
  CHECK(history->seconds == history->epochs[0].seconds + history->epochs[1].seconds);
}

TEST_CASE("a batch whose samples are not finite is skipped where others are rolled back") {
  const data::Dataset data = spoilt_data(50, {20}, not_a_number);
  const Outcome skipped = train(data, guarded({.action = GuardAction::skip}));
  const Outcome outcome = train(data, guarded({.action = GuardAction::roll_back}));
  REQUIRE(outcome.history);
  CHECK(outcome.history->anomalies == 2);  // one an epoch
  REQUIRE(outcome.anomalies.size() == 2);
  CHECK(outcome.anomalies[0].action == GuardAction::skip);
  CHECK(same_bits(outcome.parameters, skipped.parameters));
}

TEST_CASE("a resumed run has the guard's numbers that change bits; its action and limit are its own") {
  const test::TemporaryFolder folder;
  test::CheckpointRun first;
  first.options.checkpoints = CheckpointOptions{.folder = folder / "c", .resume = true};
  first.options.guard = Guard{.spike = 50};
  first.stop_after = 4;
  REQUIRE(first.fit());
  const auto resumed = [&](const std::optional<Guard>& guard) {
    test::CheckpointRun other{.options = first.options, .stop_after = 1};
    other.options.guard = guard;
    return other.fit();
  };
  test::check_error(resumed(Guard{.spike = 1.01}), ErrorCode::invalid_argument,
                    {"guard against spikes", "\"1.01\"", "\"50\""});
  test::check_error(resumed(std::nullopt), ErrorCode::invalid_argument, {"guard against spikes", "\"0\""});
  test::check_error(resumed(Guard{.spike = 50, .rate_factor = 0.25}), ErrorCode::invalid_argument,
                    {"guard's factor of the rate", "0.25", "0.5"});
  CHECK(resumed(Guard{.action = GuardAction::roll_back, .spike = 50, .most = 3}));
}

TEST_CASE("a guarded run that is interrupted and resumed ends in the bits of one piece") {
  const data::Dataset data = spoilt_data(47, {20, 41}, not_a_number);
  test::CheckpointRun whole{.train = data};
  whole.options.guard = Guard{.action = GuardAction::skip, .spike = 50, .most = 100};
  const History expected = whole.fit().value();
  CHECK(expected.anomalies == 6);
  for (std::uint64_t each = 1; each <= 9; each += 2) test::check_resumed(whole, expected, each);
}

TEST_CASE("a run that the guard ended, before any checkpoint was due, goes on from there") {
  const data::Dataset data = spoilt_data(47, {20, 41}, not_a_number);
  test::CheckpointRun whole{.train = data};
  whole.options.guard = Guard{.action = GuardAction::skip, .most = 100};
  const History expected = whole.fit().value();
  const test::TemporaryFolder folder;
  test::CheckpointRun pieces{.options = whole.options, .train = data};
  pieces.options.checkpoints = CheckpointOptions{
      .folder = folder / "checkpoints", .every_iterations = 1'000'000, .every_seconds = 0, .resume = true};
  pieces.options.guard->action = GuardAction::stop;
  for (int process = 0; process < 2; ++process) {  // the second one meets the same batch
    const History ended = pieces.fit().value();
    CHECK(ended.stopped == StopReason::anomaly);
    CHECK(ended.anomalies == 1);
    CHECK(pieces.resumed.has_value() == (process == 1));
  }
  pieces.options.guard->action = GuardAction::skip;
  const History history = pieces.fit().value();
  CHECK(same_bits(pieces.parameters, whole.parameters));
  CHECK(test::same_history(history, expected));
  CHECK(history.anomalies == expected.anomalies);
}

TEST_CASE("a guard's numbers are checked") {
  for (const Guard& guard : {Guard{.spike = 1}, Guard{.spike = -2}, Guard{.spike = std::nan("")},
                             Guard{.rate_factor = 0}, Guard{.rate_factor = 1}, Guard{.rate_factor = std::nan("")}}) {
    const Outcome outcome = train(test::make_data(20), guarded(guard));
    REQUIRE(!outcome.history);
    CHECK(outcome.history.error().text().find("guard") != std::string::npos);
  }
}
