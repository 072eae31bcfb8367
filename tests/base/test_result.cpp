#include <treadle/result.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

using treadle::BadResult;
using treadle::Error;
using treadle::ErrorCode;
using treadle::Message;
using treadle::Result;

namespace {

const Error failure{ErrorCode::io, "it broke"};

/// Counts its living copies, so that a value that is lost or destroyed twice shows.
struct Counted {
  static inline int alive = 0;
  int number;
  explicit Counted(int n) : number(n) { ++alive; }
  Counted(const Counted& other) : number(other.number) { ++alive; }
  Counted& operator=(const Counted&) = default;
  ~Counted() { --alive; }
};

std::string repeated(char character, std::size_t count) { return std::string(count, character); }

TEST_CASE("a value") {
  Result<int> result = 7;
  CHECK(result.has_value());
  CHECK(result);
  CHECK(*result == 7);
  CHECK(result.value() == 7);
  CHECK(result.value_or(9) == 7);
  *result = 8;
  CHECK(std::as_const(result).value() == 8);
}

TEST_CASE("the value of a temporary result lives as long as a loop over it") {
  const auto make = [](int first) -> Result<std::vector<Counted>> {
    return std::vector<Counted>{Counted(first), Counted(first + 1)};
  };
  int sum = 0;
  for (const Counted& each : make(3).value()) {
    CHECK(Counted::alive == 2);
    sum += each.number;
  }
  CHECK(sum == 7);
  CHECK(Counted::alive == 0);
}

TEST_CASE("an error") {
  const Result<int> result = failure;
  CHECK_FALSE(result.has_value());
  CHECK_FALSE(result);
  CHECK(result.error().code == ErrorCode::io);
  CHECK(result.error().text() == "it broke");
  CHECK(result.value_or(9) == 9);
}

TEST_CASE("value() without a value throws the error") {
  const Result<int> result = failure;
  const Result<void> nothing = failure;
  CHECK_THROWS_WITH_AS(result.value(), "it broke", BadResult);
  CHECK_THROWS_WITH_AS(nothing.value(), "it broke", BadResult);
  try {
    nothing.value();
  } catch (const BadResult& bad) {
    CHECK(bad.error().code == ErrorCode::io);
  }
}

TEST_CASE("nothing but success") {
  CHECK(Result<void>{}.has_value());
  CHECK_NOTHROW(Result<void>{}.value());
  const Result<void> result = failure;
  CHECK_FALSE(result);
  CHECK(result.error().text() == "it broke");
}

TEST_CASE("values live and die exactly once, whichever way they are moved") {
  {
    Result<Counted> one = Counted{1}, two = Counted{2}, bad = failure;
    Result<Counted> copy = one;
    Result<Counted> moved = std::move(copy);
    CHECK(moved->number == 1);
    one = two;
    CHECK(one->number == 2);
    one = bad;  // a value makes way for an error
    CHECK_FALSE(one);
    bad = two;  // and the other way round
    CHECK(bad->number == 2);
    two = Result<Counted>(failure);
    CHECK_FALSE(two);
    bad = *&bad;
    CHECK(bad->number == 2);
  }
  CHECK(Counted::alive == 0);
}

TEST_CASE("a value that cannot be copied can be moved") {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(5);
  const std::unique_ptr<int> taken = std::move(result).value();
  CHECK(*taken == 5);
  static_assert(!std::is_copy_constructible_v<Result<std::unique_ptr<int>>>);
  static_assert(std::is_nothrow_move_constructible_v<Result<std::unique_ptr<int>>>);
}

TEST_CASE("messages are put together without a heap") {
  Message message;
  message << "layer " << 3 << ": expected " << std::size_t{128} << ", got " << -1 << '.';
  CHECK(message.text() == "layer 3: expected 128, got -1.");
  CHECK((Message{} << std::numeric_limits<std::int64_t>::min()).text() == "-9223372036854775808");
  CHECK((Message{} << std::numeric_limits<std::uint64_t>::max()).text() == "18446744073709551615");
  CHECK((Message{} << 0).text() == "0");
}

TEST_CASE("a message that is too long is cut and says so") {
  constexpr std::size_t most = Message::capacity - 1;
  CHECK(Message{repeated('a', most)}.text() == repeated('a', most));
  CHECK(Message{repeated('a', most + 1)}.text() == repeated('a', most - 3) + "...");
  Message message{repeated('a', most)};
  message << "b" << std::string_view{};
  message << 'c';
  CHECK(message.text() == repeated('a', most - 3) + "...");
  CHECK(std::string(BadResult({ErrorCode::io, message}).what()) == repeated('a', most - 3) + "...");
}

TEST_CASE("every code has a name") {
  for (int code = 0; code <= static_cast<int>(ErrorCode::unsupported); ++code)
    CHECK(treadle::name(static_cast<ErrorCode>(code)) != "unknown error");
  CHECK(treadle::name(ErrorCode::shape_mismatch) == "shape mismatch");
}

}  // namespace
