// Options of the training loop: accumulation, limits of gradients, validation within epochs, plateaus, trials,
// callbacks.
#include <doctest/doctest.h>
#include <treadle/training.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "checkpoint_run.hpp"
#include "training/plateau.hpp"

using namespace treadle;
using test::CheckpointRun, test::check_resumed, test::same_bits, test::same_history;

namespace {

CheckpointRun run_with(const TrainerOptions& options) {
  CheckpointRun run;
  run.options = options;
  return run;
}

std::string refusal(const TrainerOptions& options, const data::Samples& validation = test::make_data(21, 2)) {
  CheckpointRun run = run_with(options);
  run.validation = validation;
  const Result<History> history = run.fit();
  REQUIRE(!history);
  return std::string(history.error().text());
}

}  // namespace

TEST_CASE("batches that are accumulated have the bits of one batch") {
  for (const std::size_t accumulate : {1, 2, 3, 7}) {
    CAPTURE(accumulate);
    CheckpointRun whole = run_with({.epochs = 2, .batch_size = 5 * accumulate, .seed = 3});
    CheckpointRun parts = run_with({.epochs = 2, .batch_size = 5, .accumulate = accumulate, .seed = 3});
    const History expected = whole.fit().value(), history = parts.fit().value();
    CHECK(same_bits(parts.parameters, whole.parameters));
    CHECK(same_history(history, expected));
    // An iteration is an update.
    CHECK(history.epochs[0].iterations == (47 + 5 * accumulate - 1) / (5 * accumulate));
    const TrainerOptions& options = parts.options;
    CHECK(loading_memory(parts.train, options).value().buffers ==
          loading_memory(parts.train, whole.options).value().buffers);
  }
  CHECK(refusal({.accumulate = 0}).find("accumulate") != std::string::npos);
  CHECK(refusal({.batch_size = SIZE_MAX, .accumulate = 2}).find("accumulated") != std::string::npos);
}

TEST_CASE("gradients are limited, and their norm is told") {
  CheckpointRun run = run_with({.epochs = 1, .batch_size = 10, .seed = 3, .clip_norm = 0.25f});
  run.optimizer = Sgd{.learning_rate = 1};
  Model model = test::awkward_model();
  model.initialize(3).value();
  std::vector<float> before(model.parameters().begin(), model.parameters().end());
  TrainerOptions options = run.options;
  options.schedule = ConstantRate{};
  Trainer trainer(model, SoftmaxCrossEntropy{}, run.optimizer, options);
  std::vector<double> norms;
  trainer.on_iteration_end([&](const IterationRecord& record) { norms.push_back(record.gradient_norm); });
  options.max_iterations = 1;
  Trainer one(model, SoftmaxCrossEntropy{}, run.optimizer, options);
  double norm = 0;
  one.on_iteration_end([&](const IterationRecord& record) { norm = record.gradient_norm; });
  REQUIRE(one.fit(run.train));
  // With a rate of 1 the step is the gradient.
  double squares = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const double step = static_cast<double>(before[i]) - static_cast<double>(model.parameters()[i]);
    squares += step * step;
  }
  REQUIRE(norm > 0.25);
  CHECK(std::sqrt(squares) == doctest::Approx(0.25).epsilon(1e-4));
  REQUIRE(trainer.fit(run.train));
  CHECK(norms.size() == 5);
  CHECK(std::all_of(norms.begin(), norms.end(), [](double each) { return each > 0; }));
  CHECK(refusal({.clip_norm = -1}).find("clip_norm") != std::string::npos);
  CHECK(refusal({.clip_value = std::nanf("")}).find("clip_value") != std::string::npos);
  const History expected = run.fit().value();
  check_resumed(run, expected, 2);
}

TEST_CASE("validation within epochs is counted, timed apart, and judged") {
  CheckpointRun run = run_with({.epochs = 3, .batch_size = 10, .seed = 3, .validation_every = 2});
  Model model = test::awkward_model();
  Trainer trainer(model, SoftmaxCrossEntropy{}, run.optimizer, run.options);
  std::vector<std::pair<std::size_t, std::size_t>> at;
  std::vector<ValidationRecord> within;
  trainer.on_validation_end([&](const ValidationRecord& record) {
    at.emplace_back(record.epoch, record.iteration);
    CHECK(record.run_iteration == (record.epoch - 1) * 5 + record.iteration);
    CHECK(record.at_epoch_end == (record.iteration == 5));
    if (!record.at_epoch_end) within.push_back(record);
  });
  const History told = trainer.fit(run.train, run.validation).value();
  REQUIRE(told.validations.size() == 6);
  for (std::size_t i = 0; i < 6; ++i) {
    CHECK(told.validations[i].run_iteration == within[i].run_iteration);
    CHECK(told.validations[i].evaluation.loss == within[i].evaluation.loss);
    CHECK(!told.validations[i].at_epoch_end);
  }
  // Five iterations an epoch.
  CHECK(at == std::vector<std::pair<std::size_t, std::size_t>>{
                  {1, 2}, {1, 4}, {1, 5}, {2, 2}, {2, 4}, {2, 5}, {3, 2}, {3, 4}, {3, 5}});
  CHECK(refusal({.validation_every = 1}, data::Dataset{}).find("validation") != std::string::npos);

  SUBCASE("it changes no bit of the training") {
    CheckpointRun plain = run_with({.epochs = 3, .batch_size = 10, .seed = 3});
    REQUIRE(plain.fit());
    CHECK(same_bits(plain.parameters, {model.parameters().begin(), model.parameters().end()}));
  }
  SUBCASE("those of before are kept across a resume") {
    const History whole = run.fit().value();
    CHECK(same_history(whole, told));
    for (const std::uint64_t each : {1, 3, 4}) check_resumed(run, whole, each);
  }
  SUBCASE("patience is counted in validations, and the best one's parameters come back") {
    // A rate that is far too high: the first validation is the best.
    run.optimizer = Sgd{.learning_rate = 30};
    run.options.early_stopping = EarlyStopping{.patience = 2};
    run.options.epochs = 10;
    const History history = run.fit().value();
    CHECK(history.stopped == StopReason::no_improvement);
    REQUIRE(history.best);
    CHECK(history.best->epoch == 1);
    CHECK(history.best->iteration == 2);
    CHECK(!history.best->at_epoch_end);
    CHECK(history.best->evaluation.loss == history.validations[0].evaluation.loss);
    CHECK(history.epochs.size() < 10);
    check_resumed(run, history, 1);
    check_resumed(run, history, 3);
  }
}

TEST_CASE("on a plateau the rate falls as torch.optim.lr_scheduler.ReduceLROnPlateau has it fall") {
  // factor, patience, threshold, cooldown, least; then loss and factor after it, worked out by hand from PyTorch's
  // step(): better if loss < best (1 - threshold); a validation in a cooldown is not counted.
  const auto follow = [](const ReduceOnPlateau& options, const std::vector<std::pair<double, double>>& table) {
    training::PlateauState state;
    for (std::size_t i = 0; i < table.size(); ++i) {
      CAPTURE(i);
      training::take_in(options, table[i].first, state);
      CHECK(state.factor == table[i].second);
    }
  };
  follow({.factor = 0.5, .patience = 1, .threshold = 0.1},
         {{10, 1}, {9.5, 1}, {8.9, 1}, {8.9, 1}, {8.1, 0.5}, {8.1, 0.5}, {8.1, 0.25}, {1, 0.25}});
  follow({.factor = 0.5, .patience = 0, .threshold = 0, .cooldown = 2},
         {{10, 1}, {10, 0.5}, {10, 0.5}, {10, 0.5}, {10, 0.25}, {9, 0.25}, {9, 0.25}, {9, 0.125}});
  follow({.factor = 0.1, .patience = 0, .threshold = 0, .least = 0.05},
         {{1, 1}, {1, 0.1}, {1, 0.05}, {1, 0.05}, {std::nan(""), 0.05}});
  follow({.factor = 0.5, .patience = 1, .threshold = 0}, {{std::nan(""), 1}, {std::nan(""), 0.5}, {1, 0.5}});

  CHECK(refusal({.plateau = ReduceOnPlateau{.factor = 1}}).find("factor") != std::string::npos);
  CHECK(refusal({.plateau = ReduceOnPlateau{.threshold = -1}}).find("threshold") != std::string::npos);
  CHECK(refusal({.plateau = ReduceOnPlateau{.least = 2}}).find("least") != std::string::npos);
  CHECK(refusal({.plateau = ReduceOnPlateau{}}, data::Dataset{}).find("validation") != std::string::npos);

  // In a run: the rate that is told follows the validation losses, across a resume too.
  CheckpointRun run = run_with({.epochs = 6,
                                .batch_size = 10,
                                .seed = 3,
                                .schedule = ConstantRate{},
                                .plateau = ReduceOnPlateau{.factor = 0.5, .patience = 0, .threshold = 0.2}});
  const History history = run.fit().value();
  training::PlateauState state;
  bool fell = false;
  for (const EpochRecord& epoch : history.epochs) {
    CHECK(epoch.learning_rate == static_cast<double>(0.01f) * state.factor);
    training::take_in(*run.options.plateau, epoch.validation->loss, state);
    fell = fell || state.factor < 1;
  }
  CHECK(fell);
  check_resumed(run, history, 7);
}

TEST_CASE("a fast run tries everything once") {
  const test::TemporaryFolder folder;
  CheckpointRun run = run_with({.epochs = 100, .batch_size = 10, .seed = 3, .fast_dev_run = 2});
  run.options.early_stopping = EarlyStopping{};
  run.options.checkpoints = CheckpointOptions{.folder = folder / "checkpoints", .every_iterations = 1};
  const History history = run.fit().value();
  REQUIRE(history.epochs.size() == 1);
  CHECK(history.epochs[0].iterations == 2);
  CHECK(history.epochs[0].validation);
  CHECK(run.records.empty());
  // What it would go on from stays as it is.
  run.options.checkpoints->resume = true;
  const Result<History> resumed = run.fit();
  REQUIRE_FALSE(resumed);
  CHECK(resumed.error().text() == "fit: fast_dev_run begins anew: expected checkpoints without resume");
}

TEST_CASE("a model learns its first batches by heart") {
  CheckpointRun run = run_with({.epochs = 200, .batch_size = 10, .seed = 3, .overfit_batches = 2});
  run.options.schedule = ConstantRate{};
  run.validation = data::Dataset{};
  const History history = run.fit().value();
  CHECK(history.epochs[0].iterations == 2);
  REQUIRE(history.epochs.back().validation);
  CHECK(history.epochs.back().validation->accuracy == 1.0);
  CHECK(history.epochs.back().validation->loss < 0.05);
  // The same samples whatever the data behind them.
  CheckpointRun shorter = run;
  shorter.train = std::get<data::Dataset>(run.train).first(20);
  REQUIRE(shorter.fit());
  CHECK(same_bits(shorter.parameters, run.parameters));
  // And from a source.
  CheckpointRun read = run;
  read.train = data::as_source(std::get<data::Dataset>(run.train)).value();
  REQUIRE(read.fit());
  CHECK(same_bits(read.parameters, run.parameters));
  read.train = data::read_in_order(data::as_source(test::make_data(47)).value()).value();
  const Result<History> refused = read.fit();
  REQUIRE(!refused);
  CHECK(refused.error().text().find("stream") != std::string::npos);
}

TEST_CASE("a batch is told as the model sees it, with the samples' numbers") {
  CheckpointRun run = run_with({.epochs = 2, .batch_size = 20, .accumulate = 2, .seed = 3});
  const data::Dataset data = std::get<data::Dataset>(run.train);
  run.train = data::as_source(data).value();
  Model model = test::awkward_model();
  Trainer trainer(model, SoftmaxCrossEntropy{}, run.optimizer, run.options);
  std::vector<std::uint32_t> seen;
  trainer.on_batch([&](const BatchRecord& batch) {
    REQUIRE(batch.samples.size() == batch.targets.size());
    CHECK(batch.samples.size() <= 40);
    for (std::size_t i = 0; i < batch.samples.size(); ++i) {
      const std::size_t sample = batch.samples[i], each = data.sample_elements();
      CHECK(batch.targets[i] == data.labels()[sample]);
      CHECK(std::ranges::equal(batch.inputs.subspan(i * each, each), data.floats().subspan(sample * each, each)));
      seen.push_back(batch.samples[i]);
    }
  });
  REQUIRE(trainer.fit(run.train));
  REQUIRE(seen.size() == 2 * data.size());
  std::sort(seen.begin(), seen.end());
  for (std::size_t i = 0; i < seen.size(); ++i) CHECK(seen[i] == i / 2);
}

TEST_CASE("everything that begins is told, in its order") {
  CheckpointRun run = run_with({.epochs = 1, .batch_size = 20, .seed = 3, .validation_every = 2});
  Model model = test::awkward_model();
  Trainer trainer(model, SoftmaxCrossEntropy{}, run.optimizer, run.options);
  std::string told;
  const auto tell = [&told](const char* what) {
    return [&told, what](const auto& record) {
      told += std::string(what) + std::to_string(record.epoch) + "." + std::to_string(record.iteration) + " ";
    };
  };
  trainer.on_epoch_begin(tell("epoch"));
  trainer.on_iteration_begin(tell("begin"));
  trainer.on_batch(tell("batch"));
  trainer.on_iteration_end(tell("end"));
  trainer.on_validation_begin(tell("try"));
  trainer.on_validation_end(tell("tried"));
  trainer.on_epoch_end([&](const EpochRecord& record) { told += "done" + std::to_string(record.epoch); });
  REQUIRE(trainer.fit(run.train, run.validation));
  CHECK(told ==
        "epoch1.1 begin1.1 batch1.1 end1.1 begin1.2 batch1.2 end1.2 try1.2 tried1.2 begin1.3 batch1.3 end1.3 try1.3 "
        "tried1.3 done1");
}
