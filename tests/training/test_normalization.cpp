#include <doctest/doctest.h>
#include <treadle/training.hpp>

#include <bit>
#include <cmath>
#include <limits>

#include "kernels/table.hpp"
#include "support/files.hpp"
#include "support/networks.hpp"
#include "support/sources.hpp"
#include "support/vectors.hpp"
#include "training/batch_loader.hpp"
#include "training/normalizer.hpp"

using namespace treadle;
using test::check_error;

namespace {

using SourcePointer = std::shared_ptr<const data::Source>;
using StreamPointer = std::shared_ptr<data::Stream>;

data::Dataset set_of(Shape sample, std::vector<float> values) {
  const std::size_t samples = values.size() / sample.elements().value();
  return data::Dataset::make(sample, std::move(values), std::vector<std::int32_t>(samples), 1).value();
}

/// Two inputs of very different size, of which the first tells the class.
data::Dataset lopsided(std::size_t samples, std::uint64_t seed) {
  std::vector<std::int32_t> labels = test::random_classes(samples, 2, seed);
  std::vector<float> values = test::random_values(samples * 2, seed);
  for (std::size_t i = 0; i < samples; ++i) {
    values[2 * i] = 1000.0f + values[2 * i] + 3.0f * static_cast<float>(labels[i]);
    values[2 * i + 1] *= 1e-3f;
  }
  return data::Dataset::make({2}, std::move(values), std::move(labels), 2).value();
}

/// What a set becomes when its values are normalised by hand.
data::Dataset normalized(const data::Dataset& data, const Normalization& normalization) {
  std::vector<float> values(data.floats().begin(), data.floats().end());
  normalize(normalization, values);
  return data::Dataset::make(data.sample_shape(), std::move(values), {data.labels().begin(), data.labels().end()},
                             data.classes())
      .value();
}

Model two_layers() { return Model({2}, {Dense{5}, Relu{}, Dense{2}}); }

std::uint32_t ulps_between(float a, float b) {
  const auto x = std::bit_cast<std::int32_t>(a), y = std::bit_cast<std::int32_t>(b);
  return static_cast<std::uint32_t>(x < y ? y - x : x - y);  // of one sign
}

}  // namespace

TEST_CASE("shifts and scales are those that Python finds with exact fractions") {
  const test::Vectors vectors(TREADLE_TEST_DATA "/vectors/normalization_vectors.safetensors");
  const std::pair<std::string, Shape> cases[] = {{"features", {6}}, {"image", {4, 5, 3}}, {"signal", {11, 2}}};
  for (const auto& [name, shape] : cases)
    for (const NormalizationMethod method : {NormalizationMethod::standard, NormalizationMethod::min_max}) {
      const std::string kind = name + (method == NormalizationMethod::standard ? ".standard" : ".min_max");
      INFO(kind);
      const Normalization found = fit_normalization(set_of(shape, vectors.floats(name + ".samples")), method).value();
      const std::vector<float> shift = vectors.floats(kind + ".shift"), scale = vectors.floats(kind + ".scale");
      REQUIRE(found.shift.size() == shift.size());
      REQUIRE(found.scale.size() == scale.size());
      for (std::size_t i = 0; i < shift.size(); ++i) {
        CHECK(std::signbit(found.shift[i]) == std::signbit(shift[i]));
        CHECK(ulps_between(found.shift[i], shift[i]) <= 1);
        CHECK(ulps_between(found.scale[i], scale[i]) <= 1);
      }
    }
}

TEST_CASE("a normalised set has mean 0 and deviation 1, or goes from 0 to 1") {
  const data::Dataset data = lopsided(500, 3);
  for (const NormalizationMethod method : {NormalizationMethod::standard, NormalizationMethod::min_max}) {
    const data::Dataset changed = normalized(data, fit_normalization(data, method).value());
    for (std::size_t place = 0; place < 2; ++place) {
      double sum = 0, squares = 0, least = 9, most = -9;
      for (std::size_t i = place; i < 1000; i += 2) {
        const auto value = static_cast<double>(changed.floats()[i]);
        sum += value;
        squares += value * value;
        least = std::min(least, value);
        most = std::max(most, value);
      }
      if (method == NormalizationMethod::standard) {
        CHECK(std::abs(sum / 500) < 1e-4);
        CHECK(squares / 500 == doctest::Approx(1).epsilon(1e-4));
      } else {
        CHECK(least == 0);
        CHECK(most == doctest::Approx(1).epsilon(1e-6));
      }
    }
  }
}

TEST_CASE("what is constant, or as good as constant, becomes 0") {
  const float tiny = std::numeric_limits<float>::denorm_min();
  const data::Dataset data = set_of({3}, {0.1f, 5, 0, 0.1f, 5, tiny, 0.1f, 5, 0});
  for (const NormalizationMethod method : {NormalizationMethod::standard, NormalizationMethod::min_max}) {
    const Normalization found = fit_normalization(data, method).value();
    CHECK(found.scale == std::vector<float>{1, 1, 1});
    const data::Dataset changed = normalized(data, found);
    for (std::size_t i = 0; i < 9; ++i) CHECK(std::abs(changed.floats()[i]) <= tiny);
  }
}

TEST_CASE("memory, a source, a stream and bytes give the same constants; a part only its own") {
  const std::vector<std::uint8_t> bytes = test::counting(300 * 6);
  const std::vector<std::int32_t> labels(300);
  const data::Dataset data = data::Dataset::make({2, 3}, bytes, labels, 1, {0.3f, -7.0f}).value();
  const Normalization expected = fit_normalization(data).value();
  REQUIRE(expected.shift.size() == 3);
  const SourcePointer source = data::as_source(data).value();
  std::vector<std::uint32_t> indices(100);
  for (std::uint32_t i = 0; i < 100; ++i) indices[i] = i;
  const data::Samples same[] = {source, data::read_in_order(source).value()};
  for (const data::Samples& samples : same)
    for (int pass = 0; pass < 2; ++pass) {
      const Normalization found = fit_normalization(samples).value();
      CHECK(found.shift == expected.shift);
      CHECK(found.scale == expected.scale);
    }
  std::size_t calls = 0;
  const auto count = [&](std::size_t seen) { CHECK(seen == ++calls); };
  CHECK(fit_normalization(source, NormalizationMethod::standard, count).value().shift == expected.shift);
  CHECK(calls == 300);
  const Normalization part = fit_normalization(data::subset(source, indices).value()).value();
  CHECK(part.shift == fit_normalization(data.first(100)).value().shift);
  CHECK(part.shift != expected.shift);
}

TEST_CASE("samples that cannot be normalised are refused") {
  check_error(fit_normalization({}), ErrorCode::invalid_argument, {"fit_normalization: no samples"});
  for (const float bad : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()})
    check_error(fit_normalization(set_of({2}, {1, 2, 3, bad})), ErrorCode::bad_format,
                {"fit_normalization: sample 1, value 1: not finite"});
  check_error(fit_normalization(StreamPointer(std::make_shared<test::CountedStream>(10, 7))), ErrorCode::bad_format,
              {"ended after 7 of 10"});
}

TEST_CASE("few constants are repeated without changing a bit") {
  for (const std::size_t places : {1, 2, 3, 7, 63, 64, 65, 128, 200}) {
    const std::vector<float> shift = test::random_values(places, 1), scale = test::random_values(places, 2);
    const NormalizationView constants{shift, scale};
    for (const std::size_t rows : {0, 1, 5, 300}) {
      std::vector<float> expected = test::random_values(rows * places, 3), found = expected;
      normalize(constants, expected);
      training::Normalizer(constants).apply(found);
      CHECK(found == expected);
    }
  }
  std::vector<float> untouched = {1, 2, 3};
  normalize({}, untouched);
  training::Normalizer({}).apply(untouched);
  CHECK(untouched == std::vector<float>{1, 2, 3});
}

TEST_CASE("training on data is training on the normalised data, wherever they lie") {
  const data::Dataset train = lopsided(70, 1), validation = lopsided(30, 2);
  const Normalization normalization = fit_normalization(train).value();
  const TrainerOptions options{.epochs = 3, .batch_size = 8, .loading = {.augmentation = {.gain = 0.1f}}};
  const auto run = [&](bool by_hand, const data::Samples& from, const data::Samples& tried, std::size_t threads) {
    Model model = two_layers();
    if (!by_hand) REQUIRE(model.set_normalization(normalization));
    TrainerOptions asked = options;
    asked.threads = threads;
    Trainer trainer(model, SoftmaxCrossEntropy{}, Adam{}, asked);
    const History history = trainer.fit(from, tried).value();
    std::vector<float> all(model.parameters().begin(), model.parameters().end());
    all.push_back(static_cast<float>(history.epochs.back().validation->loss));
    const Predictions predictions = predict(model, tried).value();
    all.insert(all.end(), predictions.logits.begin(), predictions.logits.end());
    CHECK(model.normalization().shift == (by_hand ? std::vector<float>{} : normalization.shift));
    return all;
  };
  const data::Dataset hand_train = normalized(train, normalization), hand_tried = normalized(validation, normalization);
  const std::vector<float> expected = run(true, hand_train, hand_tried, 1);
  CHECK(run(false, train, validation, 1) == expected);
  CHECK(run(false, train, validation, 2) == expected);
  CHECK(run(false, data::as_source(train).value(), data::as_source(validation).value(), 2) == expected);
  CHECK(run(true, train, validation, 1) != expected);
}

TEST_CASE("a resumed run needs the same normalisation") {
  const test::TemporaryFolder folder;
  const data::Dataset train = lopsided(40, 1);
  const Normalization normalization = fit_normalization(train).value();
  const auto run = [&](const Normalization& of_model, bool resume) {
    Model model = two_layers();
    REQUIRE(model.set_normalization(of_model));
    TrainerOptions options{.epochs = 2, .batch_size = 8};
    options.checkpoints = CheckpointOptions{.folder = folder.path(), .every_iterations = 1, .resume = resume};
    return Trainer(model, SoftmaxCrossEntropy{}, Adam{}, options).fit(train);
  };
  REQUIRE(run(normalization, false));
  REQUIRE(run(normalization, true));
  check_error(run({}, true), ErrorCode::invalid_argument, {"normalization: expected \"no\", it has \"yes hash="});
  Normalization other = normalization;
  other.scale[1] = std::nextafter(other.scale[1], 0.0f);
  check_error(run(other, true), ErrorCode::invalid_argument, {"normalization: expected \"yes hash="});
}
