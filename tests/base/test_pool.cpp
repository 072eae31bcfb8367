#include "base/pool.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <utility>

namespace treadle::base {
namespace {

TEST_CASE("a pool makes as many as are in use at the same time, and gives none to two") {
  Pool<int> pool;
  int made = 0;
  const auto make = [&] { return std::make_unique<int>(made++); };
  auto first = pool.take(make), second = pool.take(make);
  CHECK(*first == 0);
  CHECK(*second == 1);
  *first = 7;
  first.reset();
  auto third = pool.take(make);
  CHECK(*third == 7);  // as it was given back
  third.reset();
  second.reset();
  for (int i = 0; i < 9; ++i) {
    const auto one = pool.take(make), two = pool.take(make);
    CHECK(one.get() != two.get());
  }
  CHECK(made == 2);
}

TEST_CASE("a pool is as before when making one fails") {
  Pool<int> pool;
  const auto fail = []() -> std::unique_ptr<int> { throw std::runtime_error("no"); };
  CHECK_THROWS_AS(pool.take(fail), std::runtime_error);
  CHECK(*pool.take([] { return std::make_unique<int>(3); }) == 3);
  CHECK(*pool.take(fail) == 3);
}

}  // namespace
}  // namespace treadle::base
