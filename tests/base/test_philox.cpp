#include "base/philox.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <limits>

using treadle::base::philox;
using treadle::base::Purpose;
using treadle::base::RandomStream;

namespace {

using Block = std::array<std::uint32_t, 4>;

// kat_vectors of Random123 1.14, "philox4x32 10".
TEST_CASE("the published vectors") {
  CHECK(philox({0, 0, 0, 0}, {0, 0}) == Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
        Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("a stream is laid out over key and counter as released") {
  const RandomStream stream{0x0123456789abcdef, Purpose::sample_order, 7};
  const std::uint64_t index = (std::uint64_t{5} << 34) + 4 * 3 + 1;  // block 5 * 2^32 + 3, word 1
  CHECK(stream.bits(index) == philox({3, 5, 7, 2}, {0x89abcdef, 0x01234567})[1]);
}

TEST_CASE("numbers of a stream are those of its blocks, in order") {
  const RandomStream stream{1, Purpose::initial_parameters, 0};
  for (std::uint32_t block = 0; block < 3; ++block)
    for (std::uint32_t word = 0; word < 4; ++word)
      CHECK(stream.bits(4 * block + word) == philox({block, 0, 0, 1}, {1, 0})[word]);
}

TEST_CASE("seed, purpose and part each give other numbers") {
  const auto first = [](const RandomStream& stream) { return stream.bits(0); };
  const std::uint32_t number = first({1, Purpose::sample_order, 1});
  CHECK(number != first({2, Purpose::sample_order, 1}));
  CHECK(number != first({1 + (std::uint64_t{1} << 32), Purpose::sample_order, 1}));
  CHECK(number != first({1, Purpose::initial_parameters, 1}));
  CHECK(number != first({1, Purpose::sample_order, 2}));
}

TEST_CASE("uniform numbers fill [0, 1)") {
  const RandomStream stream{42, Purpose::initial_parameters, 3};
  constexpr int count = 100'000;
  double sum = 0, squares = 0;
  for (int i = 0; i < count; ++i) {
    const float x = stream.uniform(static_cast<std::uint64_t>(i));
    REQUIRE(x >= 0.0f);
    REQUIRE(x < 1.0f);
    sum += x;
    squares += double{x} * x;
  }
  // Five standard errors: sqrt(1/12 / n) of the mean and sqrt(4/45 / n) of the mean square.
  CHECK(sum / count == doctest::Approx(0.5).epsilon(0.005));
  CHECK(squares / count == doctest::Approx(1.0 / 3).epsilon(0.005));
}

TEST_CASE("numbers below a bound reach every one of them, evenly") {
  const RandomStream stream{42, Purpose::sample_order, 1};
  std::array<int, 7> counts{};
  for (std::uint64_t i = 0; i < 70'000; ++i) {
    const std::uint32_t number = stream.below(7, i);
    REQUIRE(number < 7);
    ++counts[number];
  }
  for (int count : counts) CHECK(count == doctest::Approx(10'000).epsilon(0.05));
  CHECK(stream.below(1, 9) == 0);
  CHECK(stream.below(std::numeric_limits<std::uint32_t>::max(), 9) < std::numeric_limits<std::uint32_t>::max());
}

static_assert(RandomStream{1, Purpose::sample_order, 1}.uniform(0) < 1.0f, "usable when compiling");

}  // namespace
