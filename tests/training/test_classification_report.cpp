#include <treadle/training.hpp>

#include <doctest/doctest.h>

#include <limits>

namespace treadle {
namespace {

using Labels = std::vector<std::int32_t>;

TEST_CASE("the confusion matrix has targets as rows and predictions as columns") {
  const Labels targets = {0, 0, 0, 1, 1, 2}, predicted = {0, 1, 1, 1, 1, 0};
  const ClassificationReport report = classification_report(targets, predicted, 3).value();
  CHECK(report.classes == 3);
  CHECK(report.samples == 6);
  CHECK(report.confusion == std::vector<std::uint64_t>{1, 2, 0, 0, 2, 0, 1, 0, 0});
  CHECK(report.precision == std::vector<double>{0.5, 0.5, 0.0});
  CHECK(report.recall == std::vector<double>{1.0 / 3, 1.0, 0.0});
  CHECK(report.accuracy == 0.5);
}

TEST_CASE("a class that never occurs and is never predicted has precision and recall 0") {
  const Labels both = {3, 3};
  const ClassificationReport report = classification_report(both, both, 5).value();
  CHECK(report.precision == std::vector<double>{0, 0, 0, 1, 0});
  CHECK(report.recall == std::vector<double>{0, 0, 0, 1, 0});
  CHECK(report.accuracy == 1);
}

TEST_CASE("no samples: all counts and figures are 0") {
  const ClassificationReport report = classification_report({}, {}, 2).value();
  CHECK(report.samples == 0);
  CHECK(report.confusion == std::vector<std::uint64_t>{0, 0, 0, 0});
  CHECK(report.accuracy == 0);
}

TEST_CASE("a sample without a class counts as wrong, and among those of its class") {
  const Labels targets = {0, 0, 1, 1, 1}, predicted = {0, no_class, 1, no_class, no_class};
  const ClassificationReport report = classification_report(targets, predicted, 2).value();
  CHECK(report.samples == 5);
  CHECK(report.confusion == std::vector<std::uint64_t>{1, 0, 0, 1});
  CHECK((report.by_class == std::vector<ClassCounts>{{2, 1, 1, 1}, {3, 1, 1, 2}}));
  CHECK(report.precision == std::vector<double>{1, 1});
  CHECK(report.recall == std::vector<double>{1.0 / 2, 1.0 / 3});
  CHECK(report.accuracy == 2.0 / 5);
  const ClassificationReport counted = classification_report(report.confusion, 2, {1, 2}).value();
  CHECK(counted.samples == 5);
  CHECK((counted.by_class == report.by_class));
  CHECK(counted.recall == report.recall);
  CHECK(counted.accuracy == report.accuracy);
  CHECK(classification_report(report.confusion, 2, {1}).error().text() ==
        "classification_report: expected undecided samples of 2 classes, got 1");
}

TEST_CASE("what does not fit together is an error that says what was expected") {
  const Labels two = {0, 1}, one = {0}, high = {0, 2}, negative = {-1, 0}, below = {0, -2};
  const auto message = [](const Labels& targets, const Labels& predicted, std::size_t classes) {
    const auto report = classification_report(targets, predicted, classes);
    REQUIRE(!report.has_value());
    return std::string(report.error().text());
  };
  CHECK(message(two, one, 2) == "classification_report: expected as many predictions as targets, 2, got 1");
  CHECK(message(two, high, 2) == "classification_report: prediction 1 is 2; expected a class in 0 ... 1");
  CHECK(message(two, below, 2) == "classification_report: prediction 1 is -2; expected a class in 0 ... 1");
  CHECK(message(negative, two, 2) == "classification_report: target 0 is -1; expected a class in 0 ... 1");
  CHECK(message({}, {}, 0) == "classification_report: expected at least 1 class, got 0");
}

TEST_CASE("more classes than memory can count is an error, not a crash") {
  constexpr std::size_t largest = std::numeric_limits<std::size_t>::max();
  CHECK(classification_report({}, {}, largest).error().code == ErrorCode::too_large);
  const std::size_t root = std::size_t{1} << (sizeof(std::size_t) * 4 - 1);  // its square is a quarter of all sizes
  CHECK(classification_report({}, {}, root).error().code == ErrorCode::out_of_memory);
}

TEST_CASE("a report from counts is that of the samples that were counted") {
  const std::vector<std::int32_t> targets = {0, 0, 1, 2, 2, 2}, predicted = {0, 1, 1, 2, 0, 2};
  const ClassificationReport expected = classification_report(targets, predicted, 3).value();
  const ClassificationReport report = classification_report(expected.confusion, 3).value();
  CHECK(report.samples == 6);
  CHECK(report.confusion == expected.confusion);
  CHECK(report.precision == expected.precision);
  CHECK(report.recall == expected.recall);
  CHECK(report.accuracy == expected.accuracy);
  CHECK(classification_report(std::vector<std::uint64_t>(8), 3).error().code == ErrorCode::shape_mismatch);
  CHECK(classification_report(std::vector<std::uint64_t>{}, 0).error().code == ErrorCode::shape_mismatch);
}

TEST_CASE("a report of classes alone has the same figures and no matrix") {
  const Labels targets = {0, 0, 1, 2, 2, 2}, predicted = {0, no_class, 1, 2, 0, 2};
  const ClassificationReport expected = classification_report(targets, predicted, 3).value();
  const ClassificationReport report = classification_report(expected.by_class).value();
  CHECK(report.classes == 3);
  CHECK(report.samples == 6);
  CHECK(report.confusion.empty());
  CHECK(report.precision == expected.precision);
  CHECK(report.recall == expected.recall);
  CHECK(report.accuracy == expected.accuracy);
  const auto message = [](std::vector<ClassCounts> by_class) {
    return std::string(classification_report(std::move(by_class)).error().text());
  };
  CHECK(message({}) == "classification_report: expected the counts of at least 1 class, got 0");
  CHECK(message({{2, 2, 2, 0}, {2, 2, 2, 1}}) ==
        "classification_report: class 1 has 2 samples, 1 of them undecided, and is predicted 2 times, of which 2 "
        "cannot be right");
  CHECK(message({{2, 1, 1, 0}}) == "classification_report: expected a prediction or none for each of 2 samples, got 1");
}

}  // namespace
}  // namespace treadle
