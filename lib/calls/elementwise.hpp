// Tiles of operations that treat each value alone: whole rows, a fixed number of values each.
#pragma once

#include <cstddef>

#include "calls/call.hpp"

namespace treadle::calls {

/// Values in a tile: large enough to pay for handing it to a thread, small enough for the second cache.
inline constexpr std::size_t elementwise_tile = 16384;

struct Range {
  std::size_t begin;
  std::size_t count;
};

constexpr std::size_t elementwise_tiles(std::size_t n) noexcept {
  return n / elementwise_tile + (n % elementwise_tile != 0);
}

constexpr Range elementwise_range(std::size_t n, std::size_t tile) noexcept {
  const std::size_t begin = tile * elementwise_tile;
  return {begin, n - begin < elementwise_tile ? n - begin : elementwise_tile};
}

}  // namespace treadle::calls
