#include "base/checked.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <limits>

using treadle::base::ceil_div;
using treadle::base::CheckedSize;
using treadle::base::round_up;

namespace {

constexpr std::size_t largest = std::numeric_limits<std::size_t>::max();

/// Sizes of every magnitude, the ends of the range more often than chance would give them.
rc::Gen<std::size_t> any_size() {
  return rc::gen::oneOf(rc::gen::inRange<std::size_t>(0, 300), rc::gen::inRange<std::size_t>(largest - 300, largest),
                        rc::gen::map(rc::gen::inRange(0, std::numeric_limits<std::size_t>::digits),
                                     [](int bit) { return std::size_t{1} << bit; }),
                        rc::gen::just(largest));
}

/// Whether `checked` holds `exact` where that fits into a size, and is invalid where it does not.
bool agrees(CheckedSize checked, bool fits, std::size_t exact) {
  if (!fits) return !checked.valid() && checked.saturated() == largest && !checked.value("it").has_value();
  return checked.valid() && checked.saturated() == exact && *checked.value("it") == exact;
}

TEST_CASE("sums and products are exact or invalid") {
  CHECK(rc::check([] {
    const std::size_t a = *any_size(), b = *any_size();
    RC_ASSERT(agrees(CheckedSize{a} + b, a <= largest - b, a + b));
    RC_ASSERT(agrees(CheckedSize{a} * b, b == 0 || a <= largest / b, a * b));
  }));
}

TEST_CASE("rounding up is exact or invalid") {
  CHECK(rc::check([] {
    const std::size_t a = *any_size(), step = *rc::gen::inRange<std::size_t>(1, 5000);
    const CheckedSize rounded = CheckedSize{a}.rounded_up(step);
    if (a > largest - (step - 1)) {
      RC_ASSERT(!rounded.valid());
    } else {
      RC_ASSERT(agrees(rounded, true, (a + step - 1) / step * step));
    }
  }));
}

TEST_CASE("an overflow is never forgotten") {
  CheckedSize size{largest};
  size += 1;
  CHECK_FALSE(size.valid());
  size *= 0;
  CHECK_FALSE(size.valid());
  CHECK_FALSE((CheckedSize{1} + size).valid());
  CHECK_FALSE((CheckedSize{0} * size).valid());
  CHECK_FALSE(size.rounded_up(64).valid());
  CHECK(size.saturated() == largest);
}

TEST_CASE("the error names what was computed") {
  const auto error = (CheckedSize{largest} * 2).value("size of the weight").error();
  CHECK(error.code == treadle::ErrorCode::too_large);
  CHECK(error.text() == "size of the weight does not fit into a size of this machine");
}

TEST_CASE("division that rounds up") {
  CHECK(ceil_div(0, 7) == 0);
  CHECK(ceil_div(1, 7) == 1);
  CHECK(ceil_div(7, 7) == 1);
  CHECK(ceil_div(8, 7) == 2);
  CHECK(ceil_div(largest, 2) == largest / 2 + 1);
  CHECK(round_up(0, 64) == 0);
  CHECK(round_up(1, 64) == 64);
  CHECK(round_up(64, 64) == 64);
  CHECK(round_up(65, 64) == 128);
}

}  // namespace
