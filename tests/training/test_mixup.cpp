#include "training/mixup.hpp"

#include <doctest/doctest.h>
#include <treadle/training.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/table.hpp"
#include "support/files.hpp"
#include "support/networks.hpp"
#include "support/sources.hpp"
#include "training/batch_loader.hpp"

using namespace treadle;
using training::BatchRoom, training::Mixup;

namespace {

/// A batch of rows of 3 values, mixed.
struct Mixed {
  std::vector<float> inputs, shares;
  std::vector<std::int32_t> targets, others;
  std::vector<std::uint32_t> order;

  Mixed(std::size_t rows, float alpha, std::size_t epoch, std::uint64_t place)
      : inputs(test::random_values(rows * 3, 1)), shares(rows, 9), targets(rows), others(rows, 9), order(rows) {
    for (std::size_t i = 0; i < rows; ++i) targets[i] = static_cast<std::int32_t>(i);
    Mixup({.mixup = alpha}, 5).apply({inputs, targets, others, shares}, order, epoch, place);
  }
};

data::Dataset some_data(std::size_t samples) {
  return data::Dataset::make({35}, test::random_values(samples * 35, 1), test::random_classes(samples, 3, 1), 3)
      .value();
}

}  // namespace

TEST_CASE("ln and e^x are those of the library") {
  for (double x = 1e-300; x < 1e300; x *= 7.3)
    CHECK(std::abs(training::natural_logarithm(x) - std::log(x)) <= 2e-14 * std::abs(std::log(x)));
  for (double x = 0.4; x < 1.6; x += 0.001)
    CHECK(std::abs(training::natural_logarithm(x) - std::log(x)) <= 1e-15 + 2e-14 * std::abs(std::log(x)));
  CHECK(training::natural_logarithm(1) == 0);
  for (double x = 0; x > -700; x -= 0.37)
    CHECK(std::abs(training::exponential(x) - std::exp(x)) <= 2e-13 * std::exp(x));
  CHECK(training::exponential(-1e6) == 0);
}

TEST_CASE("shares are Beta(alpha, alpha), folded to 0 ... 1/2") {
  for (const double alpha : {0.05, 0.2, 0.5, 1.0}) {
    CAPTURE(alpha);
    constexpr std::uint64_t draws = 20000;
    double squares = 0;
    std::uint64_t below = 0;
    for (std::uint64_t i = 0; i < draws; ++i) {
      const double share = training::draw_share(alpha, 3, 1, i * 128);
      REQUIRE(share >= 0);
      REQUIRE(share <= 0.5);
      squares += (share - 0.5) * (share - 0.5);
      below += share < 0.25;
    }
    // The variance of Beta(alpha, alpha) is 1 / (4 (2 alpha + 1)).
    CHECK(squares / draws == doctest::Approx(1 / (4 * (2 * alpha + 1))).epsilon(0.02));
    if (alpha == 1) CHECK(static_cast<double>(below) / draws == doctest::Approx(0.5).epsilon(0.03));
    if (alpha == 0.5)  // the arcsine law: 2 * (2 / pi) * asin(sqrt(1/4))
      CHECK(static_cast<double>(below) / draws == doctest::Approx(2.0 / 3).epsilon(0.03));
  }
}

TEST_CASE("rows are mixed in pairs, each with the share that its target loses") {
  for (const std::size_t rows : {1, 2, 7, 64}) {
    const Mixed mixed(rows, 0.4f, 2, 100);
    const std::vector<float> plain = test::random_values(rows * 3, 1);
    std::size_t alone = 0;
    for (std::size_t i = 0; i < rows; ++i) {
      const auto j = static_cast<std::size_t>(mixed.others[i]);
      REQUIRE(j < rows);
      CHECK(mixed.others[j] == (j == i ? mixed.others[i] : static_cast<std::int32_t>(i)));
      const float share = mixed.shares[i];
      alone += share == 0 && j == i;
      for (std::size_t k = 0; k < 3; ++k)
        CHECK(mixed.inputs[i * 3 + k] == plain[i * 3 + k] + share * (plain[j * 3 + k] - plain[i * 3 + k]));
    }
    CHECK(alone == rows % 2);
  }
  CHECK(Mixed(20, 0.4f, 2, 100).others != Mixed(20, 0.4f, 3, 100).others);
  CHECK(Mixed(20, 0.4f, 2, 100).shares != Mixed(20, 0.4f, 2, 120).shares);
  CHECK(Mixed(20, 0.4f, 2, 100).inputs == Mixed(20, 0.4f, 2, 100).inputs);
}

TEST_CASE("the loss of two targets is the mean of both losses, and so is the gradient") {
  for (const Isa isa : compiled_isas()) {
    if (!supported(isa)) continue;
    for (const std::size_t classes : {3, 17}) {
      Model model({35}, {Dense{classes}});
      REQUIRE(model.initialize(1));
      const std::vector<float> inputs = test::random_values(5 * 35, 2);
      const std::vector<std::int32_t> targets = {0, 2, 1, 1, 2}, others = {1, 2, 0, 2, 0};
      const std::vector<float> shares = {0.5f, 0.25f, 0, 1, 0.125f};
      const auto run = [&](std::span<const std::int32_t> first, const MixedTargets* mixed, std::size_t micro_batch) {
        TrainingStep step = plan(model, SoftmaxCrossEntropy{}, Sgd{},
                                 {.batch_size = 5, .micro_batch = micro_batch, .isa = isa, .keep_gradients = true})
                                .value();
        std::vector<float> result(parameter_count(model).value() + 1);
        result.back() = step.run(inputs, first, mixed);
        REQUIRE(step.get_gradients(std::span(result).first(result.size() - 1)));
        return result;
      };
      const MixedTargets mixed{others, shares};
      const std::vector<float> found = run(targets, &mixed, 5);
      std::vector<double> expected(found.size());
      for (std::size_t row = 0; row < 5; ++row)  // one row at a time has the second target
        for (const bool second : {false, true}) {
          std::vector<std::int32_t> one = targets;
          if (second) one[row] = others[row];
          const std::vector<float> part = run(one, nullptr, 5), plain = run(targets, nullptr, 5);
          const auto weight = static_cast<double>(second ? shares[row] : 0);
          for (std::size_t i = 0; i < part.size(); ++i)
            expected[i] += weight * (static_cast<double>(part[i]) - static_cast<double>(plain[i])) +
                           (second ? 0 : static_cast<double>(plain[i]) / 5);
        }
      for (std::size_t i = 0; i < found.size(); ++i)
        CHECK(std::abs(static_cast<double>(found[i]) - expected[i]) < 2e-6);
      for (const std::size_t micro_batch : {1, 2, 3}) CHECK(run(targets, &mixed, micro_batch) == found);
      const std::vector<float> none(5);
      const MixedTargets unmixed{others, none};
      CHECK(run(targets, &unmixed, 5) == run(targets, nullptr, 5));
    }
  }
}

TEST_CASE("mixed targets that do not fit are refused, and one that is no class reads no memory") {
  TrainingStep step = plan(test::awkward_model(), SoftmaxCrossEntropy{}, Sgd{}, {.batch_size = 2}).value();
  const std::vector<float> inputs = test::random_values(2 * 35, 2);
  const std::vector<std::int32_t> targets = {0, 1}, others = {1, -1}, short_others = {1};
  const std::vector<float> shares = {0.5f, 0.5f};
  const MixedTargets unfit{short_others, shares}, unknown{others, shares};
  CHECK(std::isnan(step.run(inputs, targets, &unfit)));
  CHECK_FALSE(step.begin(inputs, targets, &unfit));
  CHECK(step.run(inputs, targets, &unknown) == std::numeric_limits<float>::infinity());
}

TEST_CASE("mixed batches are the same from memory, a source and a stream, whatever the threads") {
  const data::Dataset data = some_data(53);
  const training::LoaderOptions options{
      .batch_size = 8, .seed = 3, .shuffle = false, .loading = {.threads = 3, .augmentation = {.mixup = 0.3f}}};
  const auto values_of = [&](const data::Samples& samples) {
    const auto executor = make_executor(2).value();
    const auto loader = training::make_loader(samples, options, *kernels::table(Isa::scalar), *executor).value();
    std::vector<float> values;
    REQUIRE(loader->begin_epoch(2, 1));
    for (std::size_t i = 1; i < loader->batches(); ++i) {
      const training::Batch batch = loader->next().value();
      REQUIRE(batch.mixed_targets() != nullptr);
      values.insert(values.end(), batch.inputs.begin(), batch.inputs.end());
      values.insert(values.end(), batch.mixed.shares.begin(), batch.mixed.shares.end());
      for (std::size_t j = 0; j < batch.samples(); ++j)
        values.push_back(static_cast<float>(10 * batch.targets[j] + batch.mixed.others[j]));
    }
    return values;
  };
  const std::vector<float> expected = values_of(data);
  const std::shared_ptr<const data::Source> source = data::as_source(data).value();
  CHECK(values_of(source) == expected);
  CHECK(values_of(data::read_in_order(source).value()) == expected);
}

TEST_CASE("training with mixup has the same bits for any threads and micro-batch, learns, and is resumed") {
  const data::Dataset data = some_data(60);
  const auto train = [&](std::size_t threads, std::size_t micro_batch, std::optional<Guard> guard, float mixup) {
    Model model({35}, {Dense{8}, Relu{}, Dense{3}});
    const TrainerOptions options{.epochs = 4,
                                 .batch_size = 9,
                                 .micro_batch = micro_batch,
                                 .guard = guard,
                                 .threads = threads,
                                 .loading = {.augmentation = {.mixup = mixup}}};
    const History history = Trainer(model, SoftmaxCrossEntropy{}, Adam{}, options).fit(data).value();
    CHECK(history.epochs.back().train_loss < history.epochs.front().train_loss);
    return std::vector<float>(model.parameters().begin(), model.parameters().end());
  };
  const std::vector<float> expected = train(1, 9, std::nullopt, 0.2f);
  CHECK(train(2, 9, std::nullopt, 0.2f) == expected);
  CHECK(train(1, 2, std::nullopt, 0.2f) == expected);
  CHECK(train(1, 9, Guard{}, 0.2f) == expected);
  CHECK(train(1, 9, std::nullopt, 0.0f) != expected);
  Model model({35}, {Dense{3}});
  for (const float bad : {-0.1f, 1.1f, std::numeric_limits<float>::quiet_NaN()})
    test::check_error(
        Trainer(model, SoftmaxCrossEntropy{}, Adam{}, {.loading = {.augmentation = {.mixup = bad}}}).fit(data),
        ErrorCode::invalid_argument, {"mixup: expected a number in 0 ... 1"});
}
