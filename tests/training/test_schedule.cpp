// Learning-rate schedules against what those of PyTorch did: tests/vectors/make_schedules.py.
#include <doctest/doctest.h>

#include <treadle/schedule.hpp>

#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>

using namespace treadle;

namespace {

Schedule parse(const std::string& name) {
  std::istringstream words(name);
  std::string kind;
  double first = 0, second = 0;
  words >> kind >> first >> second;
  if (kind == "linear") return LinearDecay{};
  if (kind == "step") return StepDecay{.epochs = static_cast<std::uint64_t>(first), .factor = second};
  if (kind == "cosine") return CosineDecay{.floor = first};
  if (kind == "exponential") return ExponentialRise{.start = first};
  REQUIRE(kind == "one-cycle");
  return OneCycle{.rise = first};
}

}  // namespace

TEST_CASE("every schedule follows its table") {
  std::ifstream table(TREADLE_TEST_DATA "/vectors/schedules.csv");
  std::string line;
  REQUIRE(std::getline(table, line));
  std::size_t lines = 0;
  for (; std::getline(table, line); ++lines) {
    std::istringstream fields(line);
    std::string name, text;
    std::getline(fields, name, ',');
    RunPosition at;
    double expected = 0;
    char comma = 0;
    fields >> at.iteration >> comma >> at.iterations >> comma >> at.epoch_iterations >> comma >> expected;
    REQUIRE(fields);
    CAPTURE(line);
    // PyTorch makes a rate of the one before, and its rounding adds up.
    CHECK(std::abs(rate_factor(parse(name), at) - expected) < 1e-14);
  }
  CHECK(lines == 9 * (10 + 97));
}

TEST_CASE("schedules of the shortest and the longest runs are finite and in range") {
  const Schedule schedules[] = {
      ConstantRate{}, LinearDecay{},           StepDecay{},       StepDecay{.epochs = 1, .factor = 1.0}, CosineDecay{},
      OneCycle{},     OneCycle{.rise = 0.001}, ExponentialRise{}, ExponentialRise{.start = 2.3e-308}};
  const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  for (const Schedule& schedule : schedules)
    for (const RunPosition& at :
         {RunPosition{0, 1, 1}, RunPosition{1, 2, 1}, RunPosition{1, 3, 2}, RunPosition{most - 1, most, 1}}) {
      CAPTURE(schedule.index());
      CAPTURE(at.iterations);
      CHECK(rate_factor(schedule, at) >= 0.0);
      CHECK(rate_factor(schedule, at) <= 1.0);
    }
}

TEST_CASE("numbers out of range are refused") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const Schedule& schedule :
       {Schedule{StepDecay{.epochs = 0}}, Schedule{StepDecay{.factor = 0}}, Schedule{StepDecay{.factor = 1.5}},
        Schedule{StepDecay{.factor = nan}}, Schedule{CosineDecay{.floor = 1}}, Schedule{CosineDecay{.floor = -0.1}},
        Schedule{CosineDecay{.floor = nan}}, Schedule{OneCycle{.rise = 0}}, Schedule{OneCycle{.rise = 1}},
        Schedule{OneCycle{.rise = nan}}, Schedule{ExponentialRise{.start = 0}},
        Schedule{ExponentialRise{.start = 1e-310}}, Schedule{ExponentialRise{.start = 1.1}},
        Schedule{ExponentialRise{.start = nan}}})
    CHECK(!check(schedule));
  for (const Schedule& schedule : {Schedule{ConstantRate{}}, Schedule{LinearDecay{}}, Schedule{StepDecay{}},
                                   Schedule{CosineDecay{}}, Schedule{OneCycle{}}, Schedule{ExponentialRise{}}})
    CHECK(check(schedule));
}
