#include "base/arena.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>

using treadle::base::Arena;

namespace {

constexpr std::size_t largest_size = std::numeric_limits<std::size_t>::max();

TEST_CASE("parts are aligned, disjoint and lie in the memory, to its last byte") {
  alignas(64) std::byte memory[64 * 4];
  Arena arena{memory};
  auto* bytes = arena.take<std::byte>(1);
  auto* doubles = arena.take<double>(9);
  auto* floats = arena.take<float>(16);
  CHECK(bytes == memory);
  CHECK(static_cast<void*>(doubles) == memory + 64);
  CHECK(static_cast<void*>(floats) == memory + 64 * 3);
  CHECK(arena.used().saturated() == sizeof memory);
  CHECK(reinterpret_cast<std::uintptr_t>(floats) % treadle::base::alignment == 0);
}

TEST_CASE("a part that does not fit is null, and so are those after it") {
  alignas(64) std::byte memory[128];
  Arena arena{memory};
  CHECK(arena.take<std::byte>(64) != nullptr);
  CHECK(arena.take<std::byte>(65) == nullptr);
  CHECK(arena.take<std::byte>(1) == nullptr);
  CHECK(arena.used().saturated() == 64 + 128 + 64);
}

TEST_CASE("memory that is not a multiple of the alignment gives away only whole parts") {
  alignas(64) std::byte memory[127];
  Arena arena{memory};
  CHECK(arena.take<std::byte>(1) != nullptr);
  CHECK(arena.take<std::byte>(1) == nullptr);
}

TEST_CASE("measuring asks for as much as laying out takes") {
  alignas(64) std::byte memory[1024];
  Arena measuring, laying{memory};
  for (Arena* arena : {&measuring, &laying}) {
    arena->take<float>(3);
    arena->take<std::uint16_t>(0);
    arena->take<double>(17);
  }
  CHECK(measuring.used().saturated() == laying.used().saturated());
  CHECK(measuring.take<float>(1) == nullptr);
}

TEST_CASE("an overflow is remembered") {
  alignas(64) std::byte memory[256];
  SUBCASE("of count times size") {
    Arena arena{memory};
    CHECK(arena.take<double>(largest_size / 8 + 2) == nullptr);  // 8 when it wraps around
    CHECK_FALSE(arena.used().valid());
    CHECK(arena.take<std::byte>(1) == nullptr);
  }
  SUBCASE("of padding") {
    Arena arena{memory};
    CHECK(arena.take<std::byte>(largest_size) == nullptr);
    CHECK_FALSE(arena.used().valid());
  }
  SUBCASE("of the sum") {
    Arena arena{memory};
    CHECK(arena.take<std::byte>(largest_size / 2) == nullptr);
    CHECK(arena.used().valid());
    CHECK(arena.take<std::byte>(largest_size / 2) == nullptr);
    CHECK_FALSE(arena.used().valid());
  }
}

}  // namespace
