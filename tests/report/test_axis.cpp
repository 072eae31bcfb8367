#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "report/axis.hpp"

namespace treadle::reporting {
namespace {

TEST_CASE("linear ticks are multiples of 1, 2 or 5 times a power of ten and lie around the values") {
  CHECK(Ruler({}, 0, 10, 6).ticks() == std::vector<double>{0, 2, 4, 6, 8, 10});
  CHECK(Ruler({}, -3, 3, 4).ticks() == std::vector<double>{-4, -2, 0, 2, 4});
  const Ruler ruler({}, 0.13, 0.87, 6);
  CHECK(ruler.ticks().size() == 6);
  CHECK(ruler.place(0) == 0);
  CHECK(ruler.place(1) == 1);
  CHECK(ruler.place(0.5) == 0.5);
}

TEST_CASE("an axis of whole numbers begins and ends with the values and has no ticks between two of them") {
  const Ruler ruler({.whole = true}, 1, 3, 7);
  CHECK(ruler.ticks() == std::vector<double>{1, 2, 3});
  CHECK(ruler.place(1) == 0);
  CHECK(ruler.place(3) == 1);
}

TEST_CASE("logarithmic ticks are powers of the base") {
  CHECK(Ruler({.scale = Scale::log2}, 1, 1024, 11).ticks().size() == 11);
  CHECK(Ruler({.scale = Scale::log2}, 1, 1024, 6).ticks() == std::vector<double>{1, 4, 16, 64, 256, 1024});
  const Ruler ruler({.scale = Scale::log10}, 0.02, 5, 6);
  CHECK(ruler.ticks().front() == doctest::Approx(0.01));
  CHECK(ruler.ticks().back() == 10);
  CHECK(ruler.place(1) == doctest::Approx(2.0 / 3));
}

TEST_CASE("within two decades logarithmic ticks are 1, 2 and 5 times powers of ten, as close as they get") {
  const auto ticks = [](double least, double most, std::size_t count = 6) {
    const Ruler ruler({.scale = Scale::log10}, least, most, count);
    std::vector<double> rounded;
    for (const double tick : ruler.ticks()) rounded.push_back(std::round(tick * 1e6) / 1e6);
    return rounded;
  };
  CHECK(ticks(2.7, 13.8) == std::vector<double>{2, 5, 10, 20});
  CHECK(ticks(2, 20) == std::vector<double>{2, 5, 10, 20});
  CHECK(ticks(0.6, 16.8) == std::vector<double>{0.5, 1, 2, 5, 10, 20});
  CHECK(ticks(0.6, 16.8, 5) == std::vector<double>{0.1, 1, 10, 100});
  CHECK(ticks(3, 3) == std::vector<double>{2, 5});
  CHECK(ticks(10, 10) == std::vector<double>{10, 20});
  CHECK(ticks(9.5, 99) == std::vector<double>{5, 10, 20, 50, 100});
  const Ruler ruler({.scale = Scale::log10}, 2, 20, 6);
  CHECK(ruler.place(2) == doctest::Approx(0));
  CHECK(ruler.place(20) == doctest::Approx(1));
}

TEST_CASE("one value, far values and tiny differences have axes too") {
  constexpr double all[][2] = {{0, 0}, {5, 5}, {-7, -7}, {1e300, 1e300}, {-1e300, 1e300}, {1, 1 + 1e-15}, {0, 5e-324}};
  for (const auto& range : all)
    for (const bool whole : {false, true}) {
      CAPTURE(range[0]);
      CAPTURE(range[1]);
      const Ruler ruler({.whole = whole}, range[0], range[1], 6);
      CHECK(ruler.ticks().size() >= 1);
      CHECK(ruler.ticks().size() <= 64);
      for (const double value : range) CHECK((ruler.place(value) >= 0 && ruler.place(value) <= 1));
    }
}

TEST_CASE("what can be drawn") {
  CHECK(drawable(Scale::linear, -1));
  CHECK_FALSE(drawable(Scale::log2, 0));
  CHECK_FALSE(drawable(Scale::log10, -1));
  CHECK_FALSE(drawable(Scale::linear, std::nan("")));
  CHECK_FALSE(drawable(Scale::linear, std::numeric_limits<double>::infinity()));
}

TEST_CASE("labels are short") {
  CHECK(tick_text(0.1 + 0.2) == "0.3");
  CHECK(tick_text(1024) == "1024");
  CHECK(tick_text(25000) == "25k");
  CHECK(tick_text(2'500'000) == "2.5M");
  CHECK(tick_text(1e-7) == "1e-07");
}

}  // namespace
}  // namespace treadle::reporting
