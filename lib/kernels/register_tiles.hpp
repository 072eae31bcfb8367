// The register tiles of a matrix product: the sums of a few rows and panels of C, kept in registers while k runs.
#pragma once

#include <cstddef>

#include "kernels/gemm_args.hpp"
#include "kernels/steps_in_order.hpp"
#include "kernels/unroll.hpp"
#include "simd/batch.hpp"

namespace treadle::kernels::gemm_detail {

/// The runs that elements of A come in, with those of B or C beside them: `stride` is the latter's.
struct Runs {
  std::size_t length;
  std::size_t stride;
};

/// Runs that follow each other without a gap, in A and beside it, are one.
template <class S>
TREADLE_INLINE Runs runs_of(std::size_t count, std::size_t run, std::size_t a_run_stride, std::size_t a_stride,
                            std::size_t other_run_stride, std::size_t other_stride) {
  if (run == 0 || count == 0) return {count, count * other_stride};
  const std::size_t without_gap = run * other_stride;
  if (other_run_stride == 0) other_run_stride = without_gap;
  const bool one = run * a_stride == a_run_stride && without_gap == other_run_stride;
  return {one ? count : run, other_run_stride};
}

/// A part of k: `runs` >= 1 runs of `length` steps each.
struct Steps {
  std::size_t runs;
  std::size_t length;
};

template <class S>
concept has_prefetch = requires(const float* from) {
  S::prefetch(from);
};

template <class S>
concept has_far_prefetch = requires(const float* from) {
  S::prefetch_far(from);
};

template <class S>
concept has_four_factors = requires {
  typename S::FourFactors;
};

/// Four steps of k at a time, where those of a row of A lie side by side and B is packed: one load for four factors of
/// A, and constant offsets in B. Moves `a` and `b` behind the steps that it has done and gives their number.
template <class S, std::size_t vectors, std::size_t rows, std::size_t columns, class Sums>
TREADLE_INLINE std::size_t four_steps_each(const GemmArgs& args, std::size_t length, const float*& a, const float*& b,
                                           Sums& sum) {
  using Batch = simd::Float<S>;
  constexpr std::size_t nr = vectors * Batch::lanes;
  const std::size_t steps = length / 4 * 4;
  for (const float* const end = a + steps; a != end; a += 4, b += 4 * nr) {
    typename S::FourFactors factors[rows];
    unroll<S, rows>([&](auto r) { factors[r] = S::load_factors(a + r * args.a_row_stride); });
    unroll<S, 4>([&](auto k) {
      unroll<S, (columns + vectors - 1) / vectors>([&](auto p) {
        constexpr std::size_t first = decltype(p)::value * vectors;
        constexpr std::size_t in_panel = columns - first < vectors ? columns - first : vectors;
        Batch row_of_b[in_panel];
        unroll<S, in_panel>(
            [&](auto v) { row_of_b[v] = Batch::load(b + p * args.b_panel_stride + k * nr + v * Batch::lanes); });
        unroll<S, rows>([&](auto r) {
          unroll<S, in_panel>([&](auto v) {
            Batch& s = sum[r][p * vectors + v];
            s = {S::template fma_lane<int{decltype(k)::value}>(factors[r], row_of_b[v].value, s.value)};
          });
        });
      });
    });
  }
  return steps;
}

/// Four steps of k at a time, where the rows of A lie side by side and B is packed: one load for up to four rows.
template <class S, std::size_t vectors, std::size_t rows, std::size_t columns, class Sums>
TREADLE_INLINE std::size_t four_rows_each(const GemmArgs& args, std::size_t length, const float*& a, const float*& b,
                                          Sums& sum) {
  using Batch = simd::Float<S>;
  constexpr std::size_t nr = vectors * Batch::lanes, whole = rows / 4, rest = rows % 4;
  const std::size_t steps = length / 4 * 4, a_k_stride = args.a_k_stride;
  for (const float* const end = b + steps * nr; b != end; b += 4 * nr)
    unroll<S, 4>([&](auto k) {
      typename S::FourFactors factors[whole + (rest != 0)];
      unroll<S, whole>([&](auto four) { factors[four] = S::load_factors(a + 4 * four); });
      if constexpr (rest != 0) factors[whole] = S::template load_first_factors<rest>(a + 4 * whole);
      a += a_k_stride;
      Batch row_of_b[columns];
      unroll<S, columns>([&](auto v) { row_of_b[v] = Batch::load(b + k * nr + v * Batch::lanes); });
      unroll<S, rows>([&](auto r) {
        unroll<S, columns>([&](auto v) {
          constexpr int row = decltype(r)::value;
          sum[r][v] = {S::template fma_lane<row % 4>(factors[row / 4], row_of_b[v].value, sum[r][v].value)};
        });
      });
    });
  return steps;
}

/// One lane is a microcontroller's, whose flash is dear: there the values that sums start from are written to C by one
/// loop for all tiles, instead of by code for each sum of each.
template <class S>
inline constexpr bool starts_in_c = S::lanes == 1;

template <class S>
[[gnu::noinline]] void start_in_c(const GemmArgs& args, float* c, std::size_t rows, std::size_t columns,
                                  std::size_t nr) noexcept {
  if (args.start == GemmStart::c) return;
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t column = 0; column < columns; ++column)
      c[column / nr * args.c_panel_stride + row * args.c_row_stride + column % nr] =
          args.start == GemmStart::bias ? args.bias[column] : 0.0f;
}

/// Whether S has the whole tile, for the ways in which A and B mostly lie.
template <class S, std::size_t rows, std::size_t columns>
inline constexpr bool has_tile = false;
template <class S, std::size_t rows, std::size_t columns>
requires(rows == S::Tile::rows && columns == S::Tile::columns) inline constexpr bool has_tile<S, rows, columns> = true;

inline constexpr float zeros[8] = {};

/// What tiles() does, by S::Tile. False, and nothing done, where A and B lie otherwise than it takes them.
template <class S>
TREADLE_INLINE bool own_tiles(const GemmArgs& args, Steps steps, std::size_t count) {
  const bool along_k = args.a_k_stride == 1 && args.b_k_stride == S::Tile::columns;
  if (!along_k && args.a_row_stride != 1) return false;
  const std::size_t a_step = S::Tile::rows * args.a_row_stride, c_step = S::Tile::rows * args.c_row_stride;
  typename S::Tile::Args tile{.a = args.a,
                              .a_stride = along_k ? args.a_row_stride : args.a_k_stride,
                              .b = args.b,
                              .b_stride = args.b_k_stride,
                              .steps = steps.length,
                              .start = args.start == GemmStart::bias ? args.bias : zeros,
                              .start_stride = 0,
                              .c = args.c,
                              .c_stride = args.c_row_stride};
  // A run adds to the sums of the run before it.
  for (std::size_t run = 0; run < steps.runs; ++run, tile.b += args.b_k_run_stride) {
    const bool add = run != 0 || args.start == GemmStart::c;
    if (add) tile.start_stride = args.c_row_stride;
    tile.a = args.a + run * args.a_k_run_stride;
    tile.c = args.c;
    for (std::size_t left = count; left != 0; --left, tile.a += a_step, tile.c += c_step) {
      if (add) tile.start = tile.c;
      if (along_k)
        S::Tile::along_k(tile);
      else
        S::Tile::across_rows(tile);
    }
  }
  return true;
}

/// `count` register tiles below each other: each has `rows` rows of `columns` registers, of which a panel has
/// `vectors`. The sums are indexed by constants alone; in ordinary loops GCC keeps them in memory. The rows of A of a
/// tile come in runs of `run`; tiles of several runs are not repeated.
template <class S, std::size_t vectors, std::size_t rows, std::size_t columns, std::size_t run = rows>
[[gnu::flatten]] void tiles(const GemmArgs& args, Steps steps, std::size_t count) noexcept {
  using Batch = simd::Float<S>;
  constexpr bool one_panel = columns <= vectors;
  if constexpr (columns == vectors && has_tile<S, rows, vectors * S::lanes>)
    if (own_tiles<S>(args, steps, count)) return;
  constexpr auto in_panel = [](std::size_t column) { return column % vectors * Batch::lanes; };
  const float* first_a = args.a;
  // Copies: a store through a vector may change whatever is in memory.
  const std::size_t a_row_stride = args.a_row_stride, c_row_stride = args.c_row_stride;
  const std::size_t a_row_run_stride = args.a_row_run_stride;
  const std::size_t c_panel_stride = args.c_panel_stride, c_step = rows * c_row_stride;
  // Each step of a transposed A is in a line of its own, which the tile below reads further.
  [[maybe_unused]] const std::size_t ahead = a_row_stride == 1 ? 2 * rows - 1 : 0;
  float* first_c = args.c;
  for (; count != 0; --count, first_a += rows * a_row_stride, first_c += c_step) {
    Batch sum[rows][columns];
    const auto c = [=](std::size_t r, std::size_t v) {
      return first_c + v / vectors * c_panel_stride + r * c_row_stride + in_panel(v);
    };
    if constexpr (starts_in_c<S>) start_in_c<S>(args, first_c, rows, columns, vectors);
    unroll<S, rows>([&](auto r) {
      unroll<S, columns>([&](auto v) {
        if (starts_in_c<S> || args.start == GemmStart::c)
          sum[r][v] = Batch::load(c(r, v));
        else if (args.start == GemmStart::bias)
          sum[r][v] = Batch::load(args.bias + v * Batch::lanes);
        else
          sum[r][v] = Batch::zero();
      });
    });

    const float* run_of_a = first_a;
    const float* run_of_b = args.b;
    std::size_t runs = steps.runs;
    for (;;) {
      const float* a = run_of_a;
      const float* b = run_of_b;
      std::size_t step = 0;
      if constexpr (has_four_factors<S> && rows > 1 &&
                    run == rows)  // one row takes as many panels as there are registers
        if (args.b_k_stride == vectors * Batch::lanes) {
          constexpr bool whole_panels = columns % vectors == 0;
          if (args.a_k_stride == 1) {
            if constexpr (keeps_order<S> && whole_panels)
              step = steps_in_order<S, vectors, rows, columns / vectors, true>(args, steps.length, a, b, sum);
            step += four_steps_each<S, vectors, rows, columns>(args, steps.length - step, a, b, sum);
          }
          if constexpr (one_panel)
            if (args.a_row_stride == 1 && args.a_k_stride != 1) {
              if constexpr (keeps_order<S> && whole_panels)
                step = steps_in_order<S, vectors, rows, 1, false>(args, steps.length, a, b, sum);
              else
                step = four_rows_each<S, vectors, rows, columns>(args, steps.length, a, b, sum);
            }
        }
      for (; step < steps.length; ++step) {
        Batch row_of_b[columns];
        unroll<S, columns>(
            [&](auto v) { row_of_b[v] = Batch::load(b + v / vectors * args.b_panel_stride + in_panel(v)); });
        unroll<S, rows>([&](auto r) {
          const Batch factor = Batch::broadcast(a[r / run * a_row_run_stride + r % run * a_row_stride]);
          unroll<S, columns>([&](auto v) { sum[r][v] = fma(factor, row_of_b[v], sum[r][v]); });
        });
        if constexpr (has_prefetch<S> && one_panel && run == rows) S::prefetch(a + ahead);
        a += args.a_k_stride;
        b += args.b_k_stride;
      }
      if (--runs == 0) break;
      run_of_a += args.a_k_run_stride;
      run_of_b += args.b_k_run_stride;
    }

    unroll<S, rows>([&](auto r) { unroll<S, columns>([&](auto v) { sum[r][v].store(c(r, v)); }); });
  }
}

}  // namespace treadle::kernels::gemm_detail
