// The longest tile of an operation, for the report of a plan.
#pragma once

#include <cstddef>

#include "calls/call.hpp"
#include "calls/work.hpp"

namespace treadle::calls {

/// The work of the longest tile. Operations that are cut otherwise than by samples may say it themselves, with a
/// function
///   Work tile_work(const RunContext&) const noexcept;
/// of the others that have several tiles for one sample it is an upper bound: all tiles but the last are equal.
template <class Operation>
Work longest_tile(const Operation& operation, RunContext context) noexcept {
  if constexpr (requires { operation.tile_work(context); }) {
    return operation.tile_work(context);
  } else {
    const std::size_t tiles = operation.tiles(context);
    if (tiles <= 1) return operation.work(context);
    const auto one_tile = [&](std::size_t rows) {
      context.rows = rows;
      return operation.tiles(context) <= 1;
    };
    const Work whole = operation.work(context);
    std::size_t fits = 1, too_many = context.rows;
    if (!one_tile(1)) {
      const double share = 1 / static_cast<double>(tiles - 1);
      return {.flops = whole.flops * share, .bytes = whole.bytes * share, .updated = whole.updated * share};
    }
    while (too_many - fits > 1) {
      const std::size_t rows = fits + (too_many - fits) / 2;
      (one_tile(rows) ? fits : too_many) = rows;
    }
    context.rows = fits;
    return operation.work(context);
  }
}

}  // namespace treadle::calls
