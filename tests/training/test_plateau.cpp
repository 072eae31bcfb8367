// ReduceOnPlateau against what PyTorch's ReduceLROnPlateau did: tests/vectors/make_schedules.py.
#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <sstream>
#include <string>

#include "training/plateau.hpp"

using namespace treadle;

TEST_CASE("the rate falls after the same losses as PyTorch's") {
  std::ifstream table(TREADLE_TEST_DATA "/vectors/plateaus.csv");
  std::string line, before;
  REQUIRE(std::getline(table, line));
  ReduceOnPlateau options;
  training::PlateauState state;
  std::size_t lines = 0, runs = 0, drops = 0;
  for (; std::getline(table, line); ++lines) {
    CAPTURE(line);
    const std::size_t first = line.find(','), second = line.rfind(',');
    REQUIRE(first < second);
    if (const std::string numbers = line.substr(0, first); numbers != before) {
      std::istringstream words(numbers);
      words >> options.factor >> options.patience >> options.threshold >> options.cooldown >> options.least;
      REQUIRE(words);
      state = {};
      before = numbers;
      ++runs;
    }
    const double last = state.factor;
    training::take_in(options, std::stod(line.substr(first + 1, second - first - 1)), state);
    CHECK(state.factor == doctest::Approx(std::stod(line.substr(second + 1))).epsilon(1e-14));
    drops += state.factor < last;
  }
  CHECK(lines == 6 * 60);
  CHECK(runs == 6);
  CHECK(drops > 20);
}
