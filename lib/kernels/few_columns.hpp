// Products of few columns, those of a layer with few outputs, by which registers full of columns would be mostly empty.
// Each element is the same chain as ever.
//
// Where the rows of A lie side by side (the weight's gradient), C^T = B^T A^T is computed part by part on the stack,
// and turned on its way to C. Where its steps do (forward), a register holds blocks of four columns, each of another
// row.
#pragma once

#include <cstddef>
#include <utility>

#include "kernels/finish.hpp"
#include "kernels/gemm_args.hpp"
#include "kernels/unroll.hpp"
#include "simd/batch.hpp"
#include "simd/transpose.hpp"

namespace treadle::kernels {

template <class S, std::size_t mr, std::size_t vectors>
void gemm(const GemmArgs& args) noexcept;

/// Whether a product of a transposed A takes less time when it is turned, with so many columns and steps, `padding` of
/// the columns meaning nothing: whether what those would have multiplied pays for turning C (AMD Zen 5, AVX2 and
/// AVX-512).
TREADLE_INLINE constexpr bool pays_to_turn(std::size_t lanes, std::size_t columns, std::size_t padding, std::size_t k) {
  return lanes >= 8 && k * padding >= 8 * columns;
}

namespace gemm_detail {

/// to[column][row] = from[row][column], of whole squares.
template <class S>
[[gnu::noinline, gnu::flatten]] void turn(const float* from, std::size_t from_stride, std::size_t rows,
                                          std::size_t columns, float* to, std::size_t to_stride) noexcept {
  constexpr std::size_t lanes = S::lanes;
  for (std::size_t column = 0; column < columns; column += lanes)
    for (std::size_t row = 0; row < rows; row += lanes)
      simd::transpose<S>(from + row * from_stride + column, from_stride, to + column * to_stride + row, to_stride);
}

/// The product but for its first `row` rows.
template <class S>
TREADLE_INLINE GemmArgs rows_from(const GemmArgs& args, std::size_t row) {
  GemmArgs rest = args;
  rest.a += row * args.a_row_stride;
  rest.c += row * args.c_row_stride;
  if (args.gate != nullptr) rest.gate += row * args.c_row_stride;
  rest.m -= row;
  return rest;
}

/// As many rows of the product as are whole registers, turned; `used` columns mean something.
template <class S, std::size_t mr, std::size_t vectors>
[[gnu::noinline]] void turned(const GemmArgs& args, std::size_t used) noexcept {
  constexpr std::size_t lanes = S::lanes, nr = vectors * lanes, stride = 2 * nr;
  alignas(64) float part[nr * stride];
  for (std::size_t i = used * stride; i < args.columns * stride; ++i) part[i] = 0.0f;
  const std::size_t row_end = args.m / lanes * lanes;
  for (std::size_t row = 0, rows = 0; row < row_end; row += rows) {
    rows = row_end - row < stride ? row_end - row : stride;
    float* const c = args.c + row * nr;
    if (args.start == GemmStart::c) turn<S>(c, nr, rows, args.columns, part, stride);
    gemm<S, mr, vectors>({.a = args.b,
                          .a_row_stride = 1,
                          .a_k_stride = args.b_k_stride,
                          .b = args.a + row,
                          .b_panel_stride = nr,
                          .b_k_stride = args.a_k_stride,
                          .c = part,
                          .c_panel_stride = nr,
                          .c_row_stride = stride,
                          .bias = nullptr,
                          .m = used,
                          .columns = rows,
                          .k = args.k,
                          .start = args.start});
    turn<S>(part, stride, args.columns, rows, c, nr);
  }
}

template <class S>
concept has_fours = requires(float* to, typename S::FloatRegister value) {
  S::store_fours(to, std::size_t{}, value);
};

/// `groups` groups of rows of `blocks` blocks of four columns: a register holds a block of each row of a group.
template <class S, std::size_t groups, std::size_t blocks>
[[gnu::flatten]] void fours(const GemmArgs& args) noexcept {
  using Batch = simd::Float<S>;
  constexpr std::size_t in_group = S::lanes / 4, all_blocks = (4 * blocks + S::lanes - 1) / S::lanes * in_group;
  const std::size_t a_row_stride = args.a_row_stride, b_k_stride = args.b_k_stride, c_row_stride = args.c_row_stride;
  Batch sum[groups][blocks];
  unroll<S, blocks>([&](auto j) {
    const Batch start = args.start == GemmStart::bias ? Batch{S::repeat_four(args.bias + 4 * j)} : Batch::zero();
    unroll<S, groups>([&](auto g) { sum[g][j] = start; });
  });
  const auto step = [&](auto i, const float* b, const Batch(&factors)[groups]) TREADLE_INLINE_LAMBDA {
    Batch row_of_b[blocks];
    unroll<S, blocks>([&](auto j) { row_of_b[j] = {S::repeat_four(b + 4 * j)}; });
    unroll<S, groups>([&](auto g) {
      const Batch factor{S::template spread<decltype(i)::value>(factors[g].value)};
      unroll<S, blocks>([&](auto j) { sum[g][j] = fma(factor, row_of_b[j], sum[g][j]); });
    });
  };
  const float* b = args.b;
  const std::size_t whole = args.k / 4 * 4, left = args.k - whole;
  Batch factors[groups];
  for (const float *a = args.a, *const end = a + whole; a != end; a += 4) {
    unroll<S, groups>([&](auto g) { factors[g] = {S::load_fours(a + g * in_group * a_row_stride, a_row_stride)}; });
    unroll<S, 4>([&](auto i) {
      step(i, b, factors);
      b += b_k_stride;
    });
  }
  if (left != 0) {
    float last[groups * in_group][4] = {};
    for (std::size_t row = 0; row < groups * in_group; ++row)
      for (std::size_t i = 0; i < left; ++i) last[row][i] = args.a[row * a_row_stride + whole + i];
    unroll<S, groups>([&](auto g) { factors[g] = {S::load_fours(last[g * in_group], 4)}; });
    unroll<S, 3>([&](auto i) {
      if (i >= left) return;
      step(i, b, factors);
      b += b_k_stride;
    });
  }
  unroll<S, groups>([&](auto g) {
    unroll<S, all_blocks>([&](auto j) {
      Batch block = Batch::zero();
      if constexpr (j < blocks) block = sum[g][j];
      S::store_fours(args.c + g * in_group * c_row_stride + 4 * j, c_row_stride, block.value);
    });
  });
}

/// All rows, in tiles of as many groups as there are registers for, as even as can be. The last tile ends with the last
/// row, and computes again what it shares with the one before.
template <class S, std::size_t registers, std::size_t blocks>
[[gnu::noinline]] void all_fours(const GemmArgs& args) noexcept {
  constexpr std::size_t in_group = S::lanes / 4, fit = (registers - 2 - blocks) / (blocks + 1);
  constexpr std::size_t most = fit < 8 ? fit : 8;
  static constexpr auto of = []<std::size_t... g>(std::index_sequence<g...>) {
    struct {
      void (*groups[sizeof...(g)])(const GemmArgs&) noexcept;
    } made{{&fours<S, g + 1, blocks>...}};
    return made;
  }
  (std::make_index_sequence<most>{});
  std::size_t groups = (args.m + in_group - 1) / in_group, tiles = (groups + most - 1) / most;
  if (tiles == 1 && args.m % in_group != 0) tiles = 2;
  for (std::size_t row = 0; tiles != 0; --tiles) {
    const std::size_t each = groups / tiles, last = args.m - each * in_group;
    of.groups[each - 1](rows_from<S>(args, row < last ? row : last));
    groups -= each;
    row += each * in_group;
  }
}

/// Which of the two ways, if any: where it took less time on AMD Zen 5.
enum class FewColumns { none, turned, fours };

template <class S, std::size_t nr>
TREADLE_INLINE FewColumns few_columns_of(const GemmArgs& args) {
  constexpr std::size_t lanes = S::lanes;
  const std::size_t used = args.columns - args.padding;
  if (args.padding == 0 || args.columns > nr || args.columns % lanes != 0 || args.a_row_run != 0 || args.a_k_run != 0)
    return FewColumns::none;
  if (args.a_row_stride == 1 && args.c_row_stride == nr && args.m >= lanes && args.start != GemmStart::bias &&
      args.finish == GemmFinish::none && pays_to_turn(lanes, args.columns, args.padding, args.k))
    return FewColumns::turned;
  if (args.a_k_stride == 1 && args.start != GemmStart::c && args.columns == lanes && args.padding >= 4 &&
      args.m >= lanes && args.k >= 8 * ((used + 3) / 4))
    return FewColumns::fours;
  return FewColumns::none;
}

/// Computes the product if it is one of few columns that is faster so.
template <class S, std::size_t mr, std::size_t vectors>
TREADLE_INLINE bool few_columns(const GemmArgs& args, Runs rows) {
  if constexpr (has_fours<S>) {
    constexpr std::size_t lanes = S::lanes, nr = vectors * lanes, registers = mr * vectors + vectors + 2;
    const std::size_t used = args.columns - args.padding;
    switch (few_columns_of<S, nr>(args)) {
      case FewColumns::none:
        return false;
      case FewColumns::turned: {
        turned<S, mr, vectors>(args, used);
        if (args.m % lanes != 0) gemm<S, mr, vectors>(rows_from<S>(args, args.m / lanes * lanes));
        return true;
      }
      case FewColumns::fours:
        if (used <= 4)
          all_fours<S, registers, 1>(args);
        else if constexpr (lanes > 8) {
          if (used <= 8)
            all_fours<S, registers, 2>(args);
          else
            all_fours<S, registers, 3>(args);
        }
        if (args.finish != GemmFinish::none) finish<S, nr>(args, rows, 0, args.columns);
        return true;
    }
  }
  return false;
}

}  // namespace gemm_detail
}  // namespace treadle::kernels
