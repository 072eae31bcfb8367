// The range test of learning rates: what it makes of losses, against a table that tests/vectors/make_rate_curves.py
// computed, and what it trains, against steps that the test runs itself.
#include <doctest/doctest.h>
#include <treadle/rate_finder.hpp>

#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>

#include "checkpoint_run.hpp"
#include "training/rate_curve.hpp"

using namespace treadle;
using test::make_data;

namespace {

const double no_number = std::numeric_limits<double>::quiet_NaN();

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields(1);
  for (const char c : line)
    if (c == ',')
      fields.emplace_back();
    else
      fields.back() += c;
  return fields;
}

void check_suggestion(const std::optional<double>& rate, const std::string& expected) {
  REQUIRE(rate.has_value() == !expected.empty());
  if (rate) CHECK(*rate == doctest::Approx(std::stod(expected)).epsilon(1e-12));
}

/// The test's head is read; its iterations follow.
void check_curve(const std::vector<std::string>& head, std::ifstream& table) {
  RateFinderOptions options;
  options.iterations = std::stoul(head.at(1));
  options.smoothing = std::stod(head.at(2));
  const std::size_t kept = std::stoul(head.at(3));
  training::RateCurve curve(options);
  std::vector<double> smoothed;
  std::string line;
  bool goes_on = true;
  for (std::size_t i = 0; i < std::min(kept + 1, options.iterations); ++i) {
    REQUIRE(std::getline(table, line));
    const std::vector<std::string> fields = fields_of(line);
    if (goes_on) goes_on = curve.add(std::stod(fields.at(0)), std::stod(fields.at(1)));
    smoothed.push_back(std::stod(fields.at(2)));
  }
  CHECK(goes_on == (kept == options.iterations));
  const RateFinding finding = curve.finish();
  REQUIRE(finding.points.size() == kept);
  for (std::size_t i = 0; i < kept; ++i)
    CHECK(finding.points[i].smoothed_loss == doctest::Approx(smoothed[i]).epsilon(1e-12));
  check_suggestion(finding.suggestion, head.at(4));
  check_suggestion(finding.tenth_of_minimum, head.at(5));
}

struct RangeTest {
  Model model = test::awkward_model();
  Optimizer optimizer = AdamW{};
  data::Samples train = make_data(47);
  TrainerOptions options{.batch_size = 10, .seed = 3};
  RateFinderOptions finder{.least = 1e-4, .most = 1, .iterations = 23};

  Result<RateFinding> run() const { return find_rate(model, SoftmaxCrossEntropy{}, optimizer, train, options, finder); }
};

bool same_points(const RateFinding& a, const RateFinding& b) {
  return a.end == b.end && a.suggestion == b.suggestion && a.tenth_of_minimum == b.tenth_of_minimum &&
         std::equal(a.points.begin(), a.points.end(), b.points.begin(), b.points.end(),
                    [](const RatePoint& x, const RatePoint& y) {
                      return x.learning_rate == y.learning_rate && x.loss == y.loss &&
                             x.smoothed_loss == y.smoothed_loss;
                    });
}

std::string refusal(const RangeTest& test) {
  const Result<RateFinding> finding = test.run();
  REQUIRE(!finding);
  return std::string(finding.error().text());
}

}  // namespace

TEST_CASE("smoothed losses and suggestions follow their table") {
  std::ifstream table(TREADLE_TEST_DATA "/vectors/rate_curves.csv");
  std::string line;
  std::size_t curves = 0;
  while (std::getline(table, line)) {
    if (line.starts_with('#')) continue;
    CAPTURE(line);
    check_curve(fields_of(line), table);
    ++curves;
  }
  CHECK(curves == 14);
}

TEST_CASE("the range test is training at rates that rise by the same factor") {
  RangeTest test;
  const RateFinding finding = test.run().value();
  REQUIRE(finding.points.size() == 23);
  CHECK(finding.end == RateFinderEnd::iterations);
  // numpy.geomspace(1e-4, 1, 23) at its ends and middle.
  CHECK(finding.points[0].learning_rate == doctest::Approx(1e-4).epsilon(1e-12));
  CHECK(finding.points[11].learning_rate == doctest::Approx(1e-2).epsilon(1e-12));
  CHECK(finding.points[22].learning_rate == 1.0);

  test.model.initialize(test.options.seed).value();
  TrainingStep step = plan(test.model, SoftmaxCrossEntropy{}, test.optimizer, {.batch_size = 10}).value();
  const auto& data = std::get<data::Dataset>(test.train);
  std::vector<std::uint32_t> order(data.size());
  for (std::size_t i = 0; i < 23; ++i) {
    CAPTURE(i);
    const std::size_t first = i % 5 * 10;  // five iterations an epoch
    if (first == 0) {
      for (std::uint32_t k = 0; k < order.size(); ++k) order[k] = k;
      shuffled_order(test.options.seed, i / 5 + 1, order);
    }
    std::vector<float> inputs;
    std::vector<std::int32_t> targets;
    for (std::size_t k = first; k < std::min<std::size_t>(first + 10, order.size()); ++k) {
      const auto sample = data.floats().subspan(order[k] * 35, 35);
      inputs.insert(inputs.end(), sample.begin(), sample.end());
      targets.push_back(data.labels()[order[k]]);
    }
    step.set_learning_rate(static_cast<float>(finding.points[i].learning_rate));
    CHECK(finding.points[i].loss == static_cast<double>(step.run(inputs, targets)));
  }
}

TEST_CASE("the model stays as it is, and its parameters are where the test begins") {
  RangeTest test;
  REQUIRE(test.run());
  CHECK(test.model.parameters().empty());
  test.model.initialize(9).value();
  const std::vector<float> before(test.model.parameters().begin(), test.model.parameters().end());
  const RateFinding own = test.run().value();
  CHECK(test::same_bits(before, {test.model.parameters().begin(), test.model.parameters().end()}));
  CHECK(own.points[0].loss != RangeTest{}.run().value().points[0].loss);
}

TEST_CASE("threads and micro-batches change no bit of it") {
  const RateFinding expected = RangeTest{}.run().value();
  for (const std::size_t threads : {2, 3})
    for (const std::size_t micro_batch : {0, 1, 3}) {
      CAPTURE(threads);
      CAPTURE(micro_batch);
      RangeTest test;
      test.options.threads = threads;
      test.options.micro_batch = micro_batch;
      CHECK(same_points(test.run().value(), expected));
    }
}

TEST_CASE("what a run would do beside training is left out") {
  const RateFinding expected = RangeTest{}.run().value();
  RangeTest test;
  test.options.epochs = 1;
  test.options.max_iterations = 2;
  test.options.max_seconds = 1e-9;
  test.options.schedule = LinearDecay{};
  test.options.warm_up = 100;
  test.options.early_stopping = EarlyStopping{};
  test.options.plateau = ReduceOnPlateau{};
  test.options.validation_every = 1;
  test.options.guard = Guard{.spike = 1.001};
  test.options.fast_dev_run = 1;
  test.options.overfit_batches = 1;
  test.options.checkpoints = CheckpointOptions{.folder = "/dev/null/nowhere"};
  test.optimizer = AdamW{.learning_rate = 123};
  CHECK(same_points(test.run().value(), expected));
}

TEST_CASE("it ends when the loss leaps, is no number, or someone asks for it") {
  RangeTest test;
  SUBCASE("divergence") {
    test.optimizer = Sgd{};
    test.finder = {.least = 1e-3, .most = 1e4, .iterations = 50, .smoothing = 0.5};
    const RateFinding finding = test.run().value();
    CHECK((finding.end == RateFinderEnd::divergence || finding.end == RateFinderEnd::not_finite));
    CHECK(finding.points.size() < 50);
    // All but the last had a loss of at most four times the least one.
    double best = finding.points[0].smoothed_loss;
    for (std::size_t i = 0; i + 1 < finding.points.size(); ++i) {
      CHECK(finding.points[i].smoothed_loss <= 4 * best);
      best = std::min(best, finding.points[i].smoothed_loss);
    }
    REQUIRE(finding.suggestion);
    CHECK(*finding.suggestion < finding.points.back().learning_rate);
  }
  SUBCASE("a sample that is no number") {
    std::vector<float> values(47 * 35, 0.5f);
    values[20 * 35] = std::nanf("");
    test.train = data::Dataset::make({7, 5, 1}, std::move(values), test::random_classes(47, 3, 1), 3).value();
    test.options.shuffle = false;
    const RateFinding finding = test.run().value();
    CHECK(finding.end == RateFinderEnd::not_finite);
    CHECK(finding.points.size() == 2);
    CHECK(!finding.suggestion);
    CHECK(!finding.tenth_of_minimum);
  }
  SUBCASE("a request") {
    std::atomic<bool> stop = false;
    test.options.stop = &stop;
    std::size_t calls = 0;
    test.finder.on_point = [&](const RatePoint& point) {
      CHECK(point.learning_rate > 0);
      stop = ++calls == 7;
    };
    const RateFinding finding = test.run().value();
    CHECK(finding.end == RateFinderEnd::request);
    CHECK(finding.points.size() == 7);
    stop = true;
    const RateFinding none = test.run().value();
    CHECK(none.end == RateFinderEnd::request);
    CHECK(none.points.empty());
  }
}

TEST_CASE("numbers and data that make no range test are refused") {
  const auto with = [](const RateFinderOptions& finder) {
    RangeTest test;
    test.finder = finder;
    return refusal(test);
  };
  for (const double least : {0.0, -1.0, no_number, 1e-60})
    CHECK(with({.least = least}).find("least: expected") != std::string::npos);
  for (const double most : {1e-7, 1e-8, no_number, 1e60, std::numeric_limits<double>::infinity()})
    CHECK(with({.most = most}).find("most: expected") != std::string::npos);
  for (const std::size_t iterations : {0, 1})
    CHECK(with({.iterations = iterations}).find("iterations: expected at least 2") != std::string::npos);
  for (const double smoothing : {-0.1, 1.0, no_number})
    CHECK(with({.smoothing = smoothing}).find("smoothing: expected") != std::string::npos);
  for (const double divergence : {1.0, -4.0, no_number})
    CHECK(with({.divergence = divergence}).find("divergence: expected") != std::string::npos);
  CHECK(with({.iterations = SIZE_MAX / 2}).find("memory") != std::string::npos);
  RangeTest empty;
  empty.train = data::Dataset{};
  CHECK(refusal(empty).find("training data") != std::string::npos);
  RangeTest other;
  other.options.batch_size = 0;
  CHECK(!other.run());
}

TEST_CASE("the narrowest range and the least number of iterations") {
  RangeTest test;
  test.finder = {.least = 0.1, .most = std::nextafter(0.1, 1.0), .iterations = 2};
  const RateFinding finding = test.run().value();
  REQUIRE(finding.points.size() == 2);
  CHECK(finding.points[0].learning_rate <= finding.points[1].learning_rate);
  CHECK(!finding.suggestion);
}
