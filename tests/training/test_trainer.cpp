#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <treadle/training.hpp>

#include <string>

#include "support/networks.hpp"
#include "training/batch_loader.hpp"
#include "training/early_stopping.hpp"

using namespace treadle;

namespace {

data::Dataset three_classes(std::size_t samples, std::uint64_t seed = 1) {
  // Three classes that the first three of 35 values tell apart.
  std::vector<std::int32_t> labels = test::random_classes(samples, 3, seed);
  std::vector<std::uint8_t> bytes(samples * 35);
  const std::vector<float> noise = test::random_values(bytes.size(), seed);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(100.0f + 99.0f * noise[i]);
  for (std::size_t i = 0; i < samples; ++i) bytes[i * 35 + static_cast<std::size_t>(labels[i])] = 255;
  return data::Dataset::make({7, 5, 1}, std::move(bytes), std::move(labels), 3).value();
}

std::vector<float> parameters_of(const Model& model) { return {model.parameters().begin(), model.parameters().end()}; }

std::vector<float> fit(const TrainerOptions& options, const data::Dataset& data, History* history = nullptr) {
  Model model = test::awkward_model();
  Trainer trainer(model, SoftmaxCrossEntropy{}, AdamW{.learning_rate = 0.01f}, options);
  Result<History> result = trainer.fit(data, data.first(17));
  REQUIRE(result);
  if (history != nullptr) *history = *result;
  return parameters_of(model);
}

std::string fit_refusal(const TrainerOptions& options, const data::Dataset& train,
                        const data::Dataset& validation = {}) {
  Model model = test::awkward_model();
  Trainer trainer(model, SoftmaxCrossEntropy{}, Sgd{}, options);
  const Result<History> history = trainer.fit(train, validation);
  REQUIRE(!history);
  return std::string(history.error().text());
}

}  // namespace

TEST_CASE("the order of an epoch is a permutation that depends on seed and epoch alone") {
  for (std::size_t samples : {0, 1, 2, 3, 100, 1001}) {
    std::vector<std::uint32_t> order(samples), again(samples), sorted, expected(samples);
    shuffled_order(5, 2, order);
    shuffled_order(5, 2, again);
    CHECK(order == again);
    sorted = order;
    std::sort(sorted.begin(), sorted.end());
    std::iota(expected.begin(), expected.end(), 0u);
    CHECK(sorted == expected);
    if (samples < 100) continue;
    shuffled_order(5, 3, again);
    CHECK(order != again);
    shuffled_order(6, 2, again);
    CHECK(order != again);
    CHECK(order != expected);
  }
}

TEST_CASE("the order is fair: every sample comes first about equally often") {
  std::vector<int> first(10);
  std::vector<std::uint32_t> order(10);
  for (std::size_t epoch = 1; epoch <= 10000; ++epoch) {
    shuffled_order(1, epoch, order);
    ++first[order[0]];
  }
  for (int count : first) CHECK(std::abs(count - 1000) < 150);  // 5 standard deviations
}

TEST_CASE("10,000 samples at batch size 100 are 100 iterations; a short last batch counts as one") {
  const auto iterations = [](std::size_t samples, std::size_t batch_size) {
    const data::Dataset data =
        data::Dataset::make({2}, std::vector<float>(samples * 2), std::vector<std::int32_t>(samples), 2).value();
    Model model({2}, {Dense{2}});
    Trainer trainer(model, SoftmaxCrossEntropy{}, Sgd{}, {.epochs = 1, .batch_size = batch_size});
    std::size_t called = 0, seen = 0;
    trainer.on_iteration_end([&](const IterationRecord& record) {
      ++called;
      CHECK(record.iteration == called);
      seen = record.samples;
    });
    const History history = trainer.fit(data).value();
    CHECK(history.epochs.size() == 1);
    CHECK(history.epochs[0].iterations == called);
    CHECK(!history.epochs[0].validation);
    CHECK(seen == samples);
    return called;
  };
  CHECK(iterations(10000, 100) == 100);
  CHECK(iterations(10001, 100) == 101);
  CHECK(iterations(7, 100) == 1);
  CHECK(iterations(7, 7) == 1);
  CHECK(iterations(7, 1) == 7);
}

TEST_CASE("a run depends on the seed, not on threads or micro-batch") {
  const data::Dataset data = three_classes(211);
  const TrainerOptions options{.epochs = 2, .batch_size = 23, .seed = 3};
  History history;
  const std::vector<float> expected = fit(options, data, &history);
  const auto with = [&](auto change) {
    TrainerOptions changed = options;
    change(changed);
    return fit(changed, data);
  };
  for (std::size_t threads : {1, 2, 4})
    for (std::size_t micro_batch : {0, 1, 7, 22})
      for (ThreadSource source : {ThreadSource::automatic, ThreadSource::std_threads})
        CHECK(test::same_bits(with([&](TrainerOptions& o) {
                                o.threads = threads;
                                o.micro_batch = micro_batch;
                                o.thread_source = source;
                              }),
                              expected));
  CHECK(!test::same_bits(with([](TrainerOptions& o) { o.seed = 4; }), expected));
  CHECK(!test::same_bits(with([](TrainerOptions& o) { o.shuffle = false; }), expected));
  CHECK(!test::same_bits(with([](TrainerOptions& o) { o.batch_size = 22; }), expected));
  CHECK(!test::same_bits(with([](TrainerOptions& o) { o.schedule = ConstantRate{}; }), expected));
}

TEST_CASE("the trainer learns, and its records say so") {
  const data::Dataset data = three_classes(300);
  Model model = test::awkward_model();
  Trainer trainer(model, SoftmaxCrossEntropy{}, AdamW{.learning_rate = 0.01f}, {.epochs = 8, .batch_size = 16});
  std::vector<EpochRecord> seen;
  std::vector<float> at_callback;
  trainer.on_epoch_end([&](const EpochRecord& record) {
    seen.push_back(record);
    at_callback = parameters_of(model);
  });
  const History history = trainer.fit(data, three_classes(100, 2)).value();
  REQUIRE(history.epochs.size() == 8);
  REQUIRE(seen.size() == 8);
  CHECK(test::same_bits(at_callback, parameters_of(model)));
  for (std::size_t i = 0; i < 8; ++i) {
    CHECK(history.epochs[i].epoch == i + 1);
    CHECK(history.epochs[i].epochs == 8);
    CHECK(history.epochs[i].iterations == 19);
    CHECK(history.epochs[i].samples_per_second > 0);
    REQUIRE(history.epochs[i].validation);
  }
  CHECK(history.epochs.back().train_loss < 0.2 * history.epochs.front().train_loss);
  CHECK(history.epochs.back().validation->accuracy > 0.9);

  // What predict() says of the validation data is what the last epoch said.
  const data::Dataset validation = three_classes(100, 2);
  const Predictions predictions = predict(model, validation, 33, 2).value();
  std::size_t correct = 0;
  for (std::size_t i = 0; i < 100; ++i) correct += predictions.predicted[i] == validation.labels()[i];
  CHECK(static_cast<double>(correct) / 100 == doctest::Approx(history.epochs.back().validation->accuracy));
}

TEST_CASE("fit goes on from the model's parameters") {
  const data::Dataset data = three_classes(60);
  Model model = test::awkward_model();
  REQUIRE(model.initialize(9));
  const std::vector<float> initial = parameters_of(model);
  Trainer trainer(model, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 1e-30f}, {.epochs = 1, .seed = 1});
  REQUIRE(trainer.fit(data));
  for (std::size_t i = 0; i < initial.size(); ++i) CHECK(std::abs(model.parameters()[i] - initial[i]) < 1e-20f);
}

TEST_CASE("a run that could not start leaves the model as it was") {
  const data::Dataset data = three_classes(20);
  Model model = test::awkward_model();
  Trainer small(model, SoftmaxCrossEntropy{}, Sgd{}, {.batch_size = 5, .memory_limit = 100});
  const Result<History> history = small.fit(data);
  REQUIRE(!history);
  CHECK(history.error().code == ErrorCode::out_of_memory);
  CHECK(model.parameters().empty());
}

TEST_CASE("the rate follows the schedule over the whole run, and warms up") {
  // With one sample and a gradient that hardly changes, the first parameter moves by rate * gradient.
  const auto moves = [](const TrainerOptions& options) {
    const data::Dataset data = data::Dataset::make({1}, std::vector<float>{1.0f}, {0}, 2).value();
    Model model({1}, {Dense{2}});
    REQUIRE(model.set_parameters(std::vector<float>{0, 0, 0, 0}));
    Trainer trainer(model, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 1e-5f}, options);
    std::vector<double> moved;
    float before = 0;
    trainer.on_epoch_end([&](const EpochRecord&) {
      moved.push_back(static_cast<double>(model.parameters()[0] - before) / 0.5e-5);
      before = model.parameters()[0];
    });
    trainer.fit(data).value();
    return moved;
  };
  const auto agree = [](const std::vector<double>& moved, const std::vector<double>& factors) {
    REQUIRE(moved.size() == factors.size());
    for (std::size_t i = 0; i < moved.size(); ++i) CHECK(moved[i] == doctest::Approx(factors[i]).epsilon(1e-3));
  };
  agree(moves({.epochs = 5, .schedule = ConstantRate{}}), {1, 1, 1, 1, 1});
  agree(moves({.epochs = 5, .schedule = LinearDecay{}}), {1, 0.8, 0.6, 0.4, 0.2});
  agree(moves({.epochs = 5, .schedule = StepDecay{.epochs = 2, .factor = 0.5}}), {1, 1, 0.5, 0.5, 0.25});
  agree(moves({.epochs = 5, .schedule = ConstantRate{}, .warm_up = 4}), {0.25, 0.5, 0.75, 1, 1});
  agree(moves({.epochs = 4, .schedule = LinearDecay{}, .warm_up = 2}), {0.5, 0.75, 0.5, 0.25});
  agree(moves({.epochs = 5, .schedule = LinearDecay{}, .max_iterations = 2}), {1, 0.5});
}

TEST_CASE("a run ends after as many iterations as it may have, in the middle of an epoch too") {
  const data::Dataset data = three_classes(100);
  const auto options = [](std::size_t epochs, std::uint64_t most) {
    return TrainerOptions{.epochs = epochs, .batch_size = 10, .schedule = ConstantRate{}, .max_iterations = most};
  };
  History history;
  const std::vector<float> one_epoch = fit(options(1, 0), data);
  CHECK(test::same_bits(fit(options(7, 10), data, &history), one_epoch));
  CHECK(history.epochs.size() == 1);
  CHECK(history.stopped == StopReason::iterations);
  fit(options(7, 13), data, &history);
  REQUIRE(history.epochs.size() == 2);
  CHECK(history.epochs[1].iterations == 3);
  CHECK(history.epochs[1].validation);
  CHECK(history.stopped == StopReason::iterations);
  fit(options(2, 13), data, &history);  // the last epoch is cut too
  CHECK(history.stopped == StopReason::iterations);
  fit(options(2, 20), data, &history);
  CHECK(history.stopped == StopReason::epochs);
  CHECK(test::same_bits(fit(options(1, 1000), data, &history), one_epoch));
  CHECK(history.stopped == StopReason::epochs);
}

TEST_CASE("a run ends when its time is over, after at least one iteration") {
  const data::Dataset data = three_classes(100);
  for (const std::size_t epochs : {1'000'000'000, 1}) {
    Model model = test::awkward_model();
    Trainer trainer(model, SoftmaxCrossEntropy{}, Sgd{}, {.epochs = epochs, .batch_size = 10, .max_seconds = 1e-9});
    const History history = trainer.fit(data).value();
    CHECK(history.epochs.size() == 1);
    CHECK(history.epochs[0].iterations == 1);
    CHECK(history.stopped == StopReason::time);
  }
}

TEST_CASE("early stopping ends a run that no longer improves, and restores the best epoch's parameters") {
  // Training labels say nothing of validation labels: what is learnt makes validation worse.
  const data::Dataset data = three_classes(60, 1);
  std::vector<std::int32_t> shuffled = test::random_classes(40, 3, 9);
  const data::Dataset validation =
      data::Dataset::make({7, 5, 1}, std::vector<std::uint8_t>(40 * 35, 100), std::move(shuffled), 3).value();
  for (const Metric metric : {Metric::validation_loss, Metric::validation_accuracy})
    for (const bool restore : {true, false})
      for (const std::size_t patience : {1, 3}) {
        Model model = test::awkward_model();
        Trainer trainer(
            model, SoftmaxCrossEntropy{}, Adam{.learning_rate = 0.02f},
            {.epochs = 200,
             .batch_size = 8,
             .schedule = ConstantRate{},
             .early_stopping = EarlyStopping{.metric = metric, .patience = patience, .restore_best = restore}});
        std::vector<std::vector<float>> after;
        trainer.on_epoch_end([&](const EpochRecord&) { after.push_back(parameters_of(model)); });
        const History history = trainer.fit(data, validation).value();
        CHECK(history.stopped == StopReason::no_improvement);
        // By hand: the first epoch that no later one beats before patience runs out.
        std::size_t best = 0, epoch = 0;
        const auto score = [&](std::size_t i) {
          return metric == Metric::validation_loss ? -history.epochs[i].validation->loss
                                                   : history.epochs[i].validation->accuracy;
        };
        for (; epoch < history.epochs.size() && epoch - best < patience + (epoch == 0); ++epoch)
          if (score(epoch) > score(best)) best = epoch;
        REQUIRE(history.best);
        CHECK(history.best->epoch == best + 1);
        CHECK(history.best->at_epoch_end);
        CHECK(history.best->run_iteration == 8 * (best + 1));
        CHECK(history.best->evaluation.loss == history.epochs[best].validation->loss);
        CHECK(history.epochs.size() == best + 1 + patience);
        CHECK(test::same_bits(parameters_of(model), after[restore ? best : after.size() - 1]));
      }
}

TEST_CASE("early stopping ends a run whose losses are worked out by hand where it should") {
  // One sample x = 1 of class 0 and two weights that begin at 0. Their difference d grows by 1 - sigmoid(d) an epoch:
  // the weights are +-d / 2 with d = 0.5, 0.8775, 1.1712, 1.4079, 1.6045, 1.7719. Of the validation samples, x = 1 too,
  // three are of class 0 and one of class 1: the loss is 3/4 ln(1 + exp(-d)) + 1/4 ln(1 + exp(d)), least where
  // sigmoid(d) is 3/4, and the accuracy 3/4 from the first epoch on.
  constexpr double losses[] = {0.5991, 0.5671, 0.5628, 0.5708, 0.5843};
  constexpr double differences[] = {0.5, 0.8775, 1.1712, 1.4079, 1.6045};
  struct Row {
    EarlyStopping options;
    std::size_t epochs, best;
  };
  for (const Row& row :
       {Row{{.patience = 1}, 4, 3}, Row{{.patience = 2}, 5, 3}, Row{{.patience = 2, .least_improvement = 0.01}, 4, 2},
        Row{{.patience = 3, .least_improvement = 0.01}, 5, 2}, Row{{.patience = 1, .least_improvement = 0.1}, 2, 1},
        Row{{.metric = Metric::validation_accuracy, .patience = 2}, 3, 1},
        Row{{.patience = 2, .restore_best = false}, 5, 3}}) {
    CAPTURE(row.options.patience);
    CAPTURE(row.options.least_improvement);
    const auto& [options, epochs, best] = row;
    Model model({1}, {Dense{2, false}});
    REQUIRE(model.set_parameters(std::vector<float>(2)));
    Trainer trainer(model, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 0.5f},
                    {.epochs = 100, .batch_size = 1, .schedule = ConstantRate{}, .early_stopping = options});
    const History history = trainer
                                .fit(data::Dataset::make({1}, std::vector<float>{1}, {0}, 2).value(),
                                     data::Dataset::make({1}, std::vector<float>(4, 1), {0, 0, 1, 0}, 2).value())
                                .value();
    CHECK(history.stopped == StopReason::no_improvement);
    CHECK(history.epochs.size() == epochs);
    REQUIRE(history.best);
    CHECK(history.best->epoch == best);
    CHECK(std::abs(history.best->evaluation.loss - losses[best - 1]) < 1e-4);
    REQUIRE(history.best_epoch);
    CHECK(history.best_epoch->epoch == best);
    const double difference = differences[(options.restore_best ? best : epochs) - 1];
    CHECK(std::abs(static_cast<double>(model.parameters()[0]) - difference / 2) < 1e-4);
    CHECK(std::abs(static_cast<double>(model.parameters()[1]) + difference / 2) < 1e-4);
  }
}

TEST_CASE("early stopping counts only improvements that are large enough, and never a NaN") {
  const auto epoch = [](std::size_t number, double loss) {
    EpochRecord record;
    record.epoch = number;
    record.validation = Evaluation{.loss = loss, .accuracy = 0};
    return record;
  };
  const EarlyStopping options{.patience = 2, .least_improvement = 0.1};
  training::EarlyStopState state;
  const auto improved = [&](const EpochRecord& record) {
    return training::improved(options, record.epoch, *record.validation, state);
  };
  CHECK(!improved(epoch(1, std::nan(""))));
  CHECK(state.best_epoch == 0);
  CHECK(improved(epoch(2, 1.0)));
  CHECK(!improved(epoch(3, 0.95)));
  CHECK(!training::exhausted(options, state));
  CHECK(improved(epoch(4, 0.85)));
  CHECK(!improved(epoch(5, std::nan(""))));
  CHECK(!improved(epoch(6, 0.8)));
  CHECK(training::exhausted(options, state));
  CHECK(state.best_epoch == 4);
}

TEST_CASE("limits that make no sense are refused") {
  const data::Dataset data = three_classes(10);
  CHECK(fit_refusal({.max_seconds = -1}, data).find("max_seconds") != std::string::npos);
  CHECK(fit_refusal({.max_seconds = std::nan("")}, data).find("max_seconds") != std::string::npos);
  CHECK(fit_refusal({.schedule = OneCycle{.rise = 2}}, data).find("rise") != std::string::npos);
  CHECK(fit_refusal({.early_stopping = EarlyStopping{}}, data).find("validation data") != std::string::npos);
  CHECK(fit_refusal({.early_stopping = EarlyStopping{.patience = 0}}, data, data).find("patience") !=
        std::string::npos);
  CHECK(fit_refusal({.early_stopping = EarlyStopping{.least_improvement = -1}}, data, data).find("least_improvement") !=
        std::string::npos);
}

TEST_CASE("bytes are scaled and samples gathered in the given order") {
  const data::Dataset data =
      data::Dataset::make({2}, std::vector<std::uint8_t>{0, 255, 51, 102, 10, 20}, {0, 1, 2}, 3).value();
  const auto loader =
      training::make_loader(data, {.batch_size = 2, .seed = 5}, *kernels::table(Isa::scalar), serial_executor())
          .value();
  std::vector<std::uint32_t> order(3);
  shuffled_order(5, 7, order);
  const std::vector<float> expected = {0.0f, 1.0f, 51.0f / 255, 102.0f / 255, 10.0f / 255, 20.0f / 255};
  REQUIRE(loader->begin_epoch(7));
  CHECK(loader->batches() == 2);
  for (std::size_t visited = 0; visited < 3;) {
    const training::Batch batch = loader->next().value();
    REQUIRE(batch.inputs.size() == 2 * batch.samples());
    for (std::size_t i = 0; i < batch.samples(); ++i, ++visited) {
      CHECK(batch.targets[i] == static_cast<std::int32_t>(order[visited]));
      for (std::size_t j = 0; j < 2; ++j)
        CHECK(batch.inputs[2 * i + j] == doctest::Approx(expected[2 * order[visited] + j]));
    }
  }
}

TEST_CASE("data and options that do not fit are refused before anything runs") {
  const data::Dataset data = three_classes(10);
  CHECK(fit_refusal({.epochs = 0}, data) == "fit: epochs: expected at least 1, got 0");
  CHECK(fit_refusal({.batch_size = 0}, data) == "plan: batch_size: expected at least 1, got 0");
  CHECK(fit_refusal({.batch_size = 4, .micro_batch = 5}, data).find("micro_batch") != std::string::npos);
  CHECK(fit_refusal({.memory_limit = 10}, data).find("the limit is 10") != std::string::npos);
  CHECK(fit_refusal({.threads = 5000}, data).find("threads") != std::string::npos);
  CHECK(fit_refusal({}, {}) == "fit: training data: no samples");
  const data::Dataset other = data::Dataset::make({4}, std::vector<float>(8), {0, 1}, 2).value();
  CHECK(fit_refusal({}, other) == "fit: training data: the model expects samples of shape [7, 5, 1], got [4]");
  CHECK(fit_refusal({}, data, other) == "fit: validation data: the model expects samples of shape [7, 5, 1], got [4]");
  CHECK(fit_refusal({}, data.with_classes(4)) == "fit: training data: 4 classes, but the model's output is [3]");
}

TEST_CASE("a sample whose softmax is not a number has no class, as it is never right in training") {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  Model model({2}, {Dense{3}});
  // The outputs are -2 a, b, a.
  REQUIRE(model.set_parameters(std::vector<float>{-2, 0, 0, 1, 1, 0, 0, 0, 0}));
  const std::vector<float> inputs = {0, 1, -1, 0, 3e38f, 1, -3e38f, 1, infinity, 1, 1, std::nanf(""), -infinity, 0};
  const std::vector<std::int32_t> expected = {1, 0, 2, no_class, no_class, no_class, no_class};
  const Predictions predictions =
      predict(model, data::Dataset::make({2}, inputs, std::vector<std::int32_t>(7), 3).value()).value();
  CHECK(predictions.predicted == expected);

  TrainingStep step = plan(model, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 1}, {.batch_size = 7}).value();
  for (std::int32_t label = 0; label < 3; ++label) {
    step.evaluate(inputs, std::vector<std::int32_t>(7, label));
    CHECK(step.correct() == 1);
  }
}

TEST_CASE("predict refuses what does not fit") {
  const data::Dataset data = three_classes(10);
  Model model = test::awkward_model();
  CHECK(predict(model, data).error().text() == "plan_inference: the model has no parameters");
  REQUIRE(model.initialize(1));
  CHECK(predict(model, data, 0).error().text() == "plan_inference: batch_size: expected at least 1, got 0");
  CHECK(predict(model, {}).error().text() == "predict: no samples");
}
