#include "training/batch_loader.hpp"

#include <doctest/doctest.h>

#include <treadle/split.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>

#include "base/philox.hpp"
#include "kernels/table.hpp"
#include "support/networks.hpp"
#include "support/sources.hpp"

using namespace treadle;

namespace {

using training::Batch, training::BatchLoader, training::LoaderOptions;
using SourcePointer = std::shared_ptr<const data::Source>;
using StreamPointer = std::shared_ptr<data::Stream>;

std::unique_ptr<BatchLoader> loader_of(const data::Samples& samples, const LoaderOptions& options) {
  return training::make_loader(samples, options, *kernels::table(Isa::scalar), serial_executor()).value();
}

/// All values of an epoch from batch `first` on, one after another.
std::vector<float> values_of(BatchLoader& loader, std::size_t epoch, std::size_t first = 0) {
  REQUIRE(loader.begin_epoch(epoch, first));
  std::vector<float> values;
  for (std::size_t batch = first; batch < loader.batches(); ++batch) {
    const Batch loaded = loader.next().value();
    values.insert(values.end(), loaded.inputs.begin(), loaded.inputs.end());
    for (const std::int32_t target : loaded.targets) values.push_back(static_cast<float>(target));
  }
  return values;
}

/// The samples of an epoch of counted samples, in their order.
std::vector<std::uint32_t> samples_of(BatchLoader& loader, std::size_t epoch, std::size_t first = 0) {
  REQUIRE(loader.begin_epoch(epoch, first));
  std::vector<std::uint32_t> samples;
  for (std::size_t batch = first; batch < loader.batches(); ++batch) {
    const Batch loaded = loader.next().value();
    for (std::size_t i = 0; i < loaded.samples(); ++i) {
      samples.push_back(static_cast<std::uint32_t>(loaded.inputs[i]));
      CHECK(loaded.targets[i] == static_cast<std::int32_t>(samples.back() % 3));
    }
  }
  return samples;
}

bool each_once(std::vector<std::uint32_t> samples, std::size_t size) {
  std::sort(samples.begin(), samples.end());
  std::vector<std::uint32_t> expected(size);
  std::iota(expected.begin(), expected.end(), 0u);
  return samples == expected;
}

data::Dataset random_set(bool bytes) {
  const std::vector<float> values = test::random_values(53 * 6, 4);
  std::vector<std::int32_t> labels = test::random_classes(53, 3, 4);
  if (!bytes) return data::Dataset::make({2, 3}, values, std::move(labels), 3).value();
  std::vector<std::uint8_t> stored;
  for (const float value : values) stored.push_back(static_cast<std::uint8_t>(100.0f + 90.0f * value));
  return data::Dataset::make({2, 3}, std::move(stored), std::move(labels), 3, {0.01f, -1.0f}).value();
}

}  // namespace

TEST_CASE("a source gives the batches of the same samples in memory, whatever its threads and buffers") {
  for (const bool bytes : {true, false})
    for (const bool shuffle : {true, false})
      for (const std::size_t batch_size : {1, 7, 53, 60}) {
        const data::Dataset data = random_set(bytes);
        const auto memory = loader_of(data, {.batch_size = batch_size, .seed = 3, .shuffle = shuffle});
        const std::vector<float> expected = values_of(*memory, 2);
        const std::vector<float> rest = values_of(*memory, 2, memory->batches() / 2);
        for (const std::size_t threads : {1, 2, 5})
          for (const std::size_t buffers : {2, 3, 9}) {
            const auto loader =
                loader_of(data::as_source(data).value(), {.batch_size = batch_size,
                                                          .seed = 3,
                                                          .shuffle = shuffle,
                                                          .loading = {.buffers = buffers, .threads = threads}});
            CHECK(loader->batches() == memory->batches());
            CHECK(loader->samples() == 53);
            // Broken off in the middle, which must leave nothing behind.
            REQUIRE(loader->begin_epoch(1));
            REQUIRE(loader->next());
            CHECK(values_of(*loader, 2) == expected);
            CHECK(values_of(*loader, 2, memory->batches() / 2) == rest);
          }
      }
}

TEST_CASE("a stream without shuffling keeps its order, and so does a source that is read as one") {
  for (const std::size_t batch_size : {1, 4, 10, 11}) {
    const LoaderOptions options{.batch_size = batch_size, .shuffle = false};
    const auto stream = loader_of(StreamPointer(std::make_shared<test::CountedStream>(10, 10)), options);
    const std::vector<std::uint32_t> in_order = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    CHECK(samples_of(*stream, 1) == in_order);
    CHECK(samples_of(*stream, 2) == in_order);
    const std::size_t skipped = 10 / batch_size * batch_size;
    CHECK(samples_of(*stream, 2, 10 / batch_size) ==
          std::vector<std::uint32_t>(in_order.begin() + static_cast<std::ptrdiff_t>(skipped), in_order.end()));
  }
}

TEST_CASE("a window shuffles a stream: each sample once, none far before its turn, again the same, each epoch anew") {
  constexpr std::size_t size = 200;
  for (const std::size_t window : {1, 2, 7, 50, 200, 1000})
    for (const std::size_t batch_size : {1, 6, 200}) {
      CAPTURE(window);
      const LoaderOptions options{.batch_size = batch_size, .seed = 9, .loading = {.window = window}};
      const auto loader = loader_of(StreamPointer(std::make_shared<test::CountedStream>(size, size)), options);
      const std::vector<std::uint32_t> first = samples_of(*loader, 1), second = samples_of(*loader, 2);
      CHECK(each_once(first, size));
      CHECK(each_once(second, size));
      for (std::size_t i = 0; i < size; ++i) CHECK(first[i] < i + window);
      CHECK((first == second) == (window == 1));
      CHECK(samples_of(*loader, 1) == first);
      // In the middle of an epoch, as after a resume.
      const std::size_t from = loader->batches() / 3;
      CHECK(samples_of(*loader, 2, from) ==
            std::vector<std::uint32_t>(second.begin() + static_cast<std::ptrdiff_t>(from * batch_size), second.end()));
      // A source with a window is the same stream.
      const auto source = loader_of(SourcePointer(std::make_shared<test::CountedSource>(size)), options);
      CHECK(samples_of(*source, 1) == first);
      // Whatever the number of threads that read it.
      LoaderOptions several = options;
      several.loading.threads = 3;
      const auto by_three = loader_of(SourcePointer(std::make_shared<test::CountedSource>(size)), several);
      CHECK(samples_of(*by_three, 1) == first);
      CHECK(samples_of(*by_three, 2, from) == samples_of(*loader, 2, from));
    }
}

TEST_CASE("reading runs ahead of training by as many batches as there are buffers") {
  const auto source = std::make_shared<test::CountedSource>(1000);
  const auto loader = loader_of(SourcePointer(source), {.batch_size = 10, .loading = {.buffers = 4, .threads = 3}});
  REQUIRE(loader->begin_epoch(1));
  for (std::size_t taken = 1; taken <= 20; ++taken) {
    REQUIRE(loader->next());
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    CHECK(source->reads <= taken - 1 + 4);  // the batch that is out keeps its buffer
  }
  CHECK(source->reads >= 20);
}

TEST_CASE("an error of reading comes with its batch, after all batches before it") {
  for (const std::size_t threads : {1, 3}) {
    const auto source = std::make_shared<test::CountedSource>(100);
    source->fails_at = 57;
    const auto loader = loader_of(SourcePointer(source),
                                  {.batch_size = 10, .shuffle = false, .loading = {.buffers = 4, .threads = threads}});
    REQUIRE(loader->begin_epoch(1));
    for (int batch = 0; batch < 5; ++batch) REQUIRE(loader->next());
    const Result<Batch> failed = loader->next();
    REQUIRE(!failed);
    CHECK(failed.error().text() == "the disk is gone");
    source->fails_at = SIZE_MAX;
    CHECK(samples_of(*loader, 1).size() == 100);
  }
}

namespace {

/// What fit() says of `samples`; the model has one input.
std::string fit_error(const data::Samples& samples, const data::Samples& validation = {}, std::size_t window = 4,
                      std::vector<std::size_t>* epochs = nullptr) {
  Model model({1}, {Dense{3}});
  Trainer trainer(model, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 1e-4f},
                  {.epochs = 2, .batch_size = 10, .loading = {.window = window}});
  trainer.on_epoch_end([&](const EpochRecord& record) {
    if (epochs != nullptr) epochs->push_back(record.iterations);
  });
  const Result<History> history = trainer.fit(samples, validation);
  return history ? "" : std::string(history.error().text());
}

}  // namespace

TEST_CASE("what goes wrong while reading ends fit() with its error") {
  std::vector<std::size_t> epochs;
  CHECK(fit_error(SourcePointer(std::make_shared<test::CountedSource>(100)), {}, 0, &epochs) == "");
  CHECK(epochs == std::vector<std::size_t>{10, 10});
  const auto gone = std::make_shared<test::CountedSource>(100);
  gone->fails_at = 57;
  CHECK(fit_error(SourcePointer(gone), {}, 0) == "the disk is gone");
  CHECK(fit_error(SourcePointer(std::make_shared<test::CountedSource>(100)), SourcePointer(gone)) ==
        "the disk is gone");
  const auto wrong = std::make_shared<test::CountedSource>(100);
  wrong->wrong_label_at = 30;
  CHECK(fit_error(SourcePointer(wrong), {}, 0) == "label -1 of sample 30 of the source is not one of 3 classes from 0");

  const auto stream = [](std::size_t promised, std::size_t size) {
    return std::make_shared<test::CountedStream>(promised, size);
  };
  CHECK(fit_error(StreamPointer(stream(100, 100))) == "");
  CHECK(fit_error(StreamPointer(stream(100, 99))) == "the stream ended after 99 of the 100 samples it promised");
  CHECK(fit_error(StreamPointer(stream(100, 101))) == "the stream has more than the 100 samples it promised");
  const auto dead = stream(100, 100);
  dead->fails_at = 42;
  CHECK(fit_error(StreamPointer(dead)) == "the line is dead");
  const auto wrong_label = stream(100, 100);
  wrong_label->wrong_label_at = 42;
  CHECK(fit_error(StreamPointer(wrong_label)) == "label 3 of sample 42 of the stream is not one of 3 classes from 0");
  CHECK(fit_error(StreamPointer(stream(100, 100)), {}, 0).find("set loading.window") != std::string::npos);
  CHECK(fit_error(StreamPointer{}) == "fit: training data: no samples");
}

TEST_CASE("training from a source, with any number of threads, ends in the bits of training in memory") {
  const std::vector<float> values = test::random_values(97 * 35, 1);
  const data::Dataset data = data::Dataset::make({7, 5, 1}, values, test::random_classes(97, 3, 1), 3).value();
  const auto trained = [&](const data::Samples& samples, const Loading& loading, std::size_t threads) {
    Model model = test::awkward_model();
    Trainer trainer(model, SoftmaxCrossEntropy{}, AdamW{},
                    {.epochs = 3, .batch_size = 16, .threads = threads, .loading = loading});
    REQUIRE(trainer.fit(samples, samples));
    return std::vector<float>(model.parameters().begin(), model.parameters().end());
  };
  const std::vector<float> expected = trained(data, {}, 1);
  const SourcePointer source = data::as_source(data).value();
  for (const std::size_t threads : {1, 2, 4})
    CHECK(test::same_bits(trained(source, {.buffers = 2 + threads, .threads = threads}, 2), expected));
  const std::vector<float> streamed = trained(source, {.window = 20}, 1);
  CHECK(test::same_bits(trained(source, {.buffers = 7, .window = 20}, 2), streamed));
  for (const std::size_t threads : {2, 4})
    CHECK(test::same_bits(trained(source, {.buffers = 2 + threads, .threads = threads, .window = 20}, 2), streamed));
  CHECK(!test::same_bits(streamed, expected));
}

TEST_CASE("predictions of a source are those of its samples in memory") {
  const data::Dataset data = random_set(true);
  Model model({2, 3}, {Flatten{}, Dense{3}});
  REQUIRE(model.initialize(1));
  const Predictions expected = predict(model, data, 10).value();
  CHECK(test::same_bits(predict(model, data::as_source(data).value(), 10).value().logits, expected.logits));
  for (const data::Samples& samples : {data::Samples{data}, data::Samples{data::as_source(data).value()}}) {
    std::vector<float> logits;
    std::vector<std::int32_t> predicted, targets;
    const auto keep = [&](const PredictedBatch& batch) {
      CHECK(batch.first == predicted.size());
      CHECK(batch.classes == 3);
      logits.insert(logits.end(), batch.logits.begin(), batch.logits.end());
      predicted.insert(predicted.end(), batch.predicted.begin(), batch.predicted.end());
      targets.insert(targets.end(), batch.targets.begin(), batch.targets.end());
      return true;
    };
    REQUIRE(predict(model, samples, keep, 7, 2));
    CHECK(test::same_bits(logits, expected.logits));
    CHECK(predicted == expected.predicted);
    CHECK(targets == std::vector<std::int32_t>(data.labels().begin(), data.labels().end()));
    std::size_t batches = 0;
    REQUIRE(predict(
        model, samples, [&](const PredictedBatch&) { return ++batches < 2; }, 7));
    CHECK(batches == 2);
  }
}

TEST_CASE("weights draw samples as often as they say, the same again, each epoch anew") {
  constexpr std::size_t size = 20'000;
  std::vector<float> weights(size);
  for (std::size_t i = 0; i < size; ++i) weights[i] = i % 3 == 0 ? 0.0f : i % 3 == 1 ? 1.0f : 3.0f;
  const auto source = std::make_shared<test::CountedSource>(size);
  const LoaderOptions options{.batch_size = 100, .seed = 2, .loading = {.weights = weights}};
  const auto loader = loader_of(SourcePointer(source), options);
  const std::vector<std::uint32_t> first = samples_of(*loader, 1), second = samples_of(*loader, 2);
  CHECK(first != second);
  CHECK(samples_of(*loader, 1) == first);
  std::size_t counts[3] = {};
  for (const std::uint32_t sample : first) ++counts[sample % 3];
  CHECK(first.size() == size);
  CHECK(counts[0] == 0);
  // Four standard deviations of a binomial distribution: 4 * sqrt(20,000 * 3/16).
  CHECK(counts[1] > 5000 - 245);
  CHECK(counts[1] < 5000 + 245);

  const auto refused = [&](std::vector<float> wrong, std::size_t window = 0, bool shuffle = true) {
    LoaderOptions asked{
        .batch_size = 9, .shuffle = shuffle, .loading = {.window = window, .weights = std::move(wrong)}};
    const auto made = training::make_loader(SourcePointer(std::make_shared<test::CountedSource>(3)), asked,
                                            *kernels::table(Isa::scalar), serial_executor());
    REQUIRE(!made);
    return std::string(made.error().text());
  };
  CHECK(refused({1, 2}) == "loading: weights: expected one for each of 3 training samples, got 2");
  CHECK(refused({1, -1, 2}).find("sample 1") != std::string::npos);
  CHECK(refused({1, 1, std::nanf("")}).find("sample 2") != std::string::npos);
  CHECK(refused({0, 0, 0}).find("all are 0") != std::string::npos);
  CHECK(refused({1, 1, 1}, 4).find("window") != std::string::npos);
  CHECK(refused({1, 1, 1}, 0, false).find("shuffle") != std::string::npos);
}

TEST_CASE(
    "weighted samples are drawn by the running sum of all weights, of classes or each its own, in memory or not") {
  constexpr std::size_t size = 1000;
  std::vector<std::int32_t> labels(size);
  for (std::size_t i = 0; i < size; ++i) labels[i] = static_cast<std::int32_t>(i * i % 7 % 5);
  std::vector<float> some(size);
  for (std::size_t i = 0; i < size; ++i) some[i] = i % 9 == 3 || i > 900 ? 0.0f : static_cast<float>(i % 13) * 0.37f;
  for (const data::SampleWeights& weights : {data::balanced_weights(labels).value(), data::SampleWeights(some)}) {
    std::vector<double> sums(size);
    double sum = 0;
    for (std::size_t i = 0; i < size; ++i) sums[i] = sum += static_cast<double>(weights[i]);
    const base::RandomStream random(2, base::Purpose::weighted_order, 3);
    std::vector<std::uint32_t> expected(size);
    for (std::size_t i = 0; i < size; ++i) {
      const std::uint64_t bits = std::uint64_t{random.bits(2 * i)} << 32 | random.bits(2 * i + 1);
      const double part = static_cast<double>(bits >> 11) * 0x1p-53 * sum;
      expected[i] = static_cast<std::uint32_t>(std::upper_bound(sums.begin(), sums.end(), part) - sums.begin());
    }
    const data::Dataset data =
        data::Dataset::make({1}, std::vector<float>(size), std::vector<std::int32_t>(size), 1).value();
    for (const data::Samples& samples : {data::Samples{data}, data::Samples{data::as_source(data).value()}}) {
      const LoaderOptions options{.batch_size = 30, .seed = 2, .loading = {.threads = 2, .weights = weights}};
      const auto loader =
          training::make_loader(samples, options, *kernels::table(Isa::scalar), serial_executor()).value();
      REQUIRE(loader->begin_epoch(3));
      std::vector<std::uint32_t> drawn;
      for (std::size_t i = 0; i < loader->batches(); ++i) {
        const training::Batch batch = loader->next().value();
        drawn.insert(drawn.end(), batch.indices.begin(), batch.indices.end());
      }
      CHECK(drawn == expected);
      REQUIRE(loader->begin_epoch(3, 5));  // from the middle, as after a resume
      const training::Batch batch = loader->next().value();
      CHECK(std::equal(batch.indices.begin(), batch.indices.end(), expected.begin() + 150));
    }
  }
}

TEST_CASE("a source or stream that throws ends the run with an error, not the program") {
  struct Throwing final : data::Source {
    data::SampleInfo known{.shape = {1}, .size = 90, .classes = 3};
    bool silent = false;
    const data::SampleInfo& info() const noexcept override { return known; }
    Result<void> read(std::span<const std::uint32_t>, std::span<std::byte>, std::span<std::int32_t>) const override {
      if (silent) throw 7;
      throw std::runtime_error("the camera\nis gone");
    }
    Result<std::vector<std::int32_t>> labels() const override { return std::vector<std::int32_t>(90); }
  };
  const auto source = std::make_shared<Throwing>();
  const auto failure = [&](std::size_t window) {
    Model model({1}, {Dense{3}});
    Trainer trainer(model, SoftmaxCrossEntropy{}, Sgd{}, {.batch_size = 10, .loading = {.window = window}});
    const Result<History> fitted = trainer.fit(SourcePointer(source));
    REQUIRE(!fitted);
    CHECK(fitted.error().code == ErrorCode::io);
    return std::string(fitted.error().text());
  };
  for (const std::size_t window : {0, 20}) {
    CHECK(failure(window).find("an exception was thrown: \"the camera\\nis gone\"") != std::string::npos);
    source->silent = true;
    CHECK(failure(window).find("an exception was thrown that says nothing") != std::string::npos);
    source->silent = false;
  }
}

TEST_CASE("options of loading that make no sense are refused") {
  const auto refused = [](const Loading& loading) {
    Model model({1}, {Dense{3}});
    Trainer trainer(model, SoftmaxCrossEntropy{}, Sgd{}, {.loading = loading});
    return std::string(trainer.fit(SourcePointer(std::make_shared<test::CountedSource>(9))).error().text());
  };
  CHECK(refused({.buffers = 1}).find("buffers: expected at least 2") != std::string::npos);
  CHECK(refused({.threads = 0}).find("threads: expected 1 ... 1024") != std::string::npos);
  CHECK(refused({.threads = 1025}).find("threads: expected 1 ... 1024") != std::string::npos);
  CHECK(refused({.buffers = SIZE_MAX / 8}).find("too large") != std::string::npos);
}
