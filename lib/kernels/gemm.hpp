// C[m, n] = start + A[m, k] B[k, n]: each element is one chain of fused multiply-adds over k = 0, 1, 2, ... from its
// start, so that neither blocking nor tiles nor the register width shows in the bits.
// gemm_args.hpp says how A, B and C lie; here C is cut into tiles, which register_tiles.hpp computes, but for products
// of few steps or columns, which have few_steps.hpp and few_columns.hpp.
#pragma once

#include <cstddef>
#include <utility>

#include "kernels/few_columns.hpp"
#include "kernels/few_steps.hpp"
#include "kernels/finish.hpp"
#include "kernels/gemm_args.hpp"
#include "kernels/panel_of_b.hpp"
#include "kernels/register_tiles.hpp"
#include "simd/batch.hpp"

namespace treadle::kernels {

/// Whether all steps of A's rows are more than a second cache keeps while panels of B pass by.
TREADLE_INLINE constexpr bool is_deep(std::size_t m, std::size_t k) { return k > 1024 && m > 224 * 1024 / k; }

namespace gemm_detail {

/// Most multiply-adds of one chain before the next part of C is worked on. Processors with wide registers read a panel
/// of B from the second cache as fast as they multiply, so that long chains cost less than visiting C again; elsewhere
/// so many rows of a panel stay in the first cache. Fewer where A is transposed and nobody asks for its lines ahead,
/// since its every step is in another page, or where B has to be gathered.
template <class S>
inline constexpr std::size_t long_part = S::lanes >= 8 ? 1024 : 400;
inline constexpr std::size_t short_part = 128;

/// The same where A is more than the second cache keeps: there a panel of B should stay in the first.
inline constexpr std::size_t deep_part = 512;

/// Tiles of rows that must use a panel before gathering it pays.
inline constexpr std::size_t rows_worth_gathering = 4;

/// The rows of a kernel of 3x3 over an image of one channel, in the weight's gradient.
inline constexpr std::size_t short_run = 3;

using TilesOf = void (*)(const GemmArgs&, Steps, std::size_t) noexcept;

/// The tiles of 1 ... mr rows. A tile of few rows takes several panels at once, so that there are always enough
/// independent chains to hide the latency of a multiply-add; in the last panel a tile takes no more registers than its
/// columns need.
template <class S, std::size_t mr, std::size_t vectors>
struct Tiles {
  /// Chains that a tile has at least, where it has enough panels. One row is bound by how fast B is read, and each
  /// panel is another stream: as many as read 64 bytes a cycle when a multiply-add takes four.
  static constexpr std::size_t chains_for(std::size_t rows) {
    if (S::lanes < 16) return 8;
    return rows == 1 ? 4 : 12;
  }
  static constexpr std::size_t panels_for(std::size_t rows) {
    const std::size_t most = mr / rows, enough = (chains_for(rows) + rows * vectors - 1) / (rows * vectors);
    return enough < most ? enough : most;
  }

  struct ByRows {
    TilesOf tiles[mr];
  };
  template <std::size_t columns, std::size_t... r>
  static constexpr ByRows make_one_panel(std::index_sequence<r...>) {
    return {{&gemm_detail::tiles<S, vectors, r + 1, columns>...}};
  }
  struct ByVectors {
    ByRows with[vectors];
  };
  template <std::size_t... v>
  static constexpr ByVectors make_by_vectors(std::index_sequence<v...>) {
    return {{make_one_panel<v + 1>(std::make_index_sequence<mr>{})...}};
  }
  static constexpr ByVectors one_panel = make_by_vectors(std::make_index_sequence<vectors>{});
  template <std::size_t... r>
  static constexpr ByRows make_several_panels(std::index_sequence<r...>) {
    return {{&gemm_detail::tiles<S, vectors, r + 1, vectors * panels_for(r + 1)>...}};
  }
  static constexpr ByRows several_panels = make_several_panels(std::make_index_sequence<mr>{});

  /// One row of any number of registers up to a panel more than it takes at once: a last panel of its own would be too
  /// few chains. Where registers are small its code would cost more.
  static constexpr std::size_t most_of_one_row = S::lanes < 8 ? 1 : vectors * (panels_for(1) + 1);
  struct OneRow {
    TilesOf with[most_of_one_row];
  };
  template <std::size_t... v>
  static constexpr OneRow make_one_row(std::index_sequence<v...>) {
    return {{&gemm_detail::tiles<S, vectors, 1, v + 1>...}};
  }
  static constexpr OneRow one_row = make_one_row(std::make_index_sequence<most_of_one_row>{});

  /// Tiles of several runs of `short_run` rows, if there are any: one run would be too few chains.
  static constexpr std::size_t most_runs = S::lanes == 1 ? 1 : mr / short_run;
  struct ByRuns {
    TilesOf tiles[most_runs];
  };
  template <std::size_t columns, std::size_t... r>
  static constexpr ByRuns make_by_runs(std::index_sequence<r...>) {
    return {{&gemm_detail::tiles<S, vectors, (r + 1) * short_run, columns, short_run>...}};
  }
  template <std::size_t... v>
  static constexpr auto make_by_runs_and_vectors(std::index_sequence<v...>) {
    struct {
      ByRuns with[vectors];
    } all{{make_by_runs<v + 1>(std::make_index_sequence<most_runs>{})...}};
    return all;
  }
  static constexpr auto of_runs = make_by_runs_and_vectors(std::make_index_sequence<vectors>{});
};

/// A tile of which the last column of C is within a register: it works on a copy with room for the whole register.
template <class S, std::size_t mr, std::size_t nr>
TREADLE_INLINE void edge_tile(TilesOf tiles, const GemmArgs& part, Steps steps, std::size_t rows, std::size_t columns) {
  alignas(64) float copy[mr * nr];
  GemmArgs in_copy = part;
  in_copy.c = copy;
  in_copy.c_row_stride = nr;
  if (part.start == GemmStart::c)
    for (std::size_t row = 0; row < rows; ++row)
      for (std::size_t column = 0; column < columns; ++column)
        copy[row * nr + column] = part.c[row * part.c_row_stride + column];
  tiles(in_copy, steps, 1);
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t column = 0; column < columns; ++column)
      part.c[row * part.c_row_stride + column] = copy[row * nr + column];
}

/// `count` tiles of `rows` rows from part.a and part.c on, which are moved behind them. `edge` columns of C,
/// if any, end within a register.
template <class S, std::size_t mr, std::size_t nr>
TREADLE_INLINE void row_tiles(TilesOf tiles, GemmArgs& part, Steps steps, std::size_t rows, std::size_t count,
                              std::size_t edge, NextPanel<S>& next) {
  const std::size_t together = edge == 0 && next.lines == 0 ? count : 1;
  const std::size_t a_step = together * rows * part.a_row_stride, c_step = together * rows * part.c_row_stride;
  for (; count != 0; count -= together, part.a += a_step, part.c += c_step) {
    next.fetch_share();
    if (edge == 0)
      tiles(part, steps, together);
    else
      edge_tile<S, mr, nr>(tiles, part, steps, rows, edge);
  }
}

/// How the rows of a run are cut into register tiles: `longer` tiles of `rows` + 1 rows, then `others` of `rows`. As
/// even as can be, since a tile of few rows has its multiply-adds wait for each other.
struct RowCut {
  std::size_t rows;
  std::size_t longer;
  std::size_t others;
};

template <class S>
TREADLE_INLINE RowCut cut_rows(std::size_t run, std::size_t mr) {
  if (run <= mr) return {run, 0, 1};  // without a division, for the smallest products
  const std::size_t tiles = (run + mr - 1) / mr;
  return {run / tiles, run % tiles, tiles - run % tiles};
}

/// Columns of C that are worked on side by side, from the first of a panel on, and their tiles of 1, 2, ... rows.
struct ColumnGroup {
  std::size_t columns;
  const TilesOf* tiles;
};

/// The first of `rest` columns: `wide` panels where there are so many, else one, or all that one row has left.
template <class S, class Tiles, std::size_t nr>
TREADLE_INLINE ColumnGroup columns_from(std::size_t rest, std::size_t wide, std::size_t rows) {
  if (wide > 1 && rows == 1 && rest % S::lanes == 0 && rest <= Tiles::most_of_one_row * S::lanes)
    return {rest, Tiles::one_row.with + (rest / S::lanes - 1)};
  if (wide > 1 && rest >= wide * nr) return {wide * nr, Tiles::several_panels.tiles};
  const std::size_t columns = rest < nr ? rest : nr;
  return {columns, Tiles::one_panel.with[(columns + S::lanes - 1) / S::lanes - 1].tiles};
}

/// The steps of a part of k, none longer than `most` and all as long as can be: a short last one would cost as much
/// in starting and ending tiles as a long one.
template <class S>
TREADLE_INLINE std::size_t even_part(std::size_t k, std::size_t most) {
  if (k <= most) return k;  // without a division, for the smallest products
  const std::size_t parts = (k + most - 1) / most;
  return (k + parts - 1) / parts;
}

/// What is worked on between two parts of k: as many whole runs as `kc` steps allow, or a part of one.
template <class S>
TREADLE_INLINE Steps steps_from(std::size_t k_begin, std::size_t k, std::size_t run, std::size_t kc) {
  if (run == k) return {1, k - k_begin < kc ? k - k_begin : kc};
  const std::size_t in_run = k_begin % run;
  if (run >= kc) return {1, run - in_run < kc ? run - in_run : kc};
  const std::size_t runs = (k - k_begin) / run, most = kc / run;
  return {runs < most ? runs : most, run};
}

}  // namespace gemm_detail

template <class S, std::size_t mr, std::size_t vectors>
[[gnu::flatten]] void gemm(const GemmArgs& args) noexcept {
  using Tiles = gemm_detail::Tiles<S, mr, vectors>;
  using gemm_detail::Steps;
  constexpr std::size_t nr = vectors * S::lanes;
  const gemm_detail::Runs rows = gemm_detail::runs_of<S>(args.m, args.a_row_run, args.a_row_run_stride,
                                                         args.a_row_stride, args.c_row_run_stride, args.c_row_stride);
  const gemm_detail::Runs in_k = gemm_detail::runs_of<S>(args.k, args.a_k_run, args.a_k_run_stride, args.a_k_stride,
                                                         args.b_k_run_stride, args.b_k_stride);
  if (gemm_detail::few_steps<S, mr * vectors, vectors>(args, rows)) return;
  if (gemm_detail::few_columns<S, mr, vectors>(args, rows)) return;
  const std::size_t row_run = rows.length, k_run = in_k.length;
  const gemm_detail::RowCut cut = gemm_detail::cut_rows<S>(row_run, mr);
  constexpr bool prefetches = gemm_detail::has_prefetch<S>;
  const bool gather_all = !prefetches && args.b_k_stride != nr && args.m > gemm_detail::rows_worth_gathering * mr;
  const bool gathers = gather_all || (args.b_k_stride != nr && args.columns % S::lanes != 0);
  const bool short_runs = Tiles::most_runs > 1 && row_run == gemm_detail::short_run && args.m != row_run &&
                          rows.stride == row_run * args.c_row_stride;
  const std::size_t wide = row_run < mr && row_run != 0 && !gather_all && !short_runs ? Tiles::panels_for(row_run) : 1;
  const bool deep = gemm_detail::has_far_prefetch<S> && is_deep(args.m, args.k) && row_run == args.m &&
                    k_run == args.k && args.a_k_stride == 1 && args.b_k_stride == nr;
  const std::size_t most = deep                                               ? gemm_detail::deep_part
                           : gathers || (!prefetches && args.a_k_stride != 1) ? gemm_detail::short_part
                                                                              : gemm_detail::long_part<S>;
  const std::size_t kc = k_run == args.k ? gemm_detail::even_part<S>(args.k, most) : most;
  alignas(64) float gathered[gemm_detail::short_part * nr];
  // k = 0 still passes once, to write the start.
  for (std::size_t k_begin = 0; k_begin == 0 || k_begin < args.k;) {
    const Steps steps = gemm_detail::steps_from<S>(k_begin, args.k, k_run, kc);
    const std::size_t past_runs = k_begin == 0 ? 0 : k_begin / k_run;
    const std::size_t in_run = k_begin - past_runs * k_run;
    const float* const a = args.a + past_runs * args.a_k_run_stride + in_run * args.a_k_stride;
    const float* const b = args.b + past_runs * in_k.stride + in_run * args.b_k_stride;
    GemmArgs part = args;
    if (k_begin != 0) part.start = GemmStart::c;
    const std::size_t k_end = k_begin + (args.k == 0 ? 1 : steps.runs * steps.length);
    for (std::size_t column = 0; column < args.columns;) {
      const std::size_t panel = column / nr, rest = args.columns - column;
      const auto [columns, tiles] = gemm_detail::columns_from<S, Tiles, nr>(rest, wide, row_run);
      const std::size_t edge = columns % S::lanes != 0 ? columns : 0;
      part.b = b + panel * args.b_panel_stride;
      part.b_k_stride = args.b_k_stride;
      part.b_k_run_stride = in_k.stride;
      if (gather_all || (edge != 0 && args.b_k_stride != nr)) {
        for (std::size_t past = 0; past < steps.runs; ++past, part.b += in_k.stride)
          gemm_detail::gather_panel<S, nr>(part.b, args.b_k_stride, steps.length, columns,
                                           gathered + past * steps.length * nr);
        part.b = gathered;
        part.b_k_stride = nr;
        part.b_k_run_stride = steps.length * nr;
      }
      part.bias = args.start == GemmStart::bias ? args.bias + column : nullptr;
      float* c = args.c + panel * args.c_panel_stride;
      const float* run = a;
      gemm_detail::NextPanel<S> next{part.b + args.b_panel_stride, 0};
      if (deep && rest > columns) next.lines = steps.length * nr / (next.line * (cut.longer + cut.others)) + 1;
      for (std::size_t row = 0, runs = 1; row < args.m; row += runs * row_run) {
        part.a = run;
        part.c = c;
        if (short_runs) {
          const std::size_t used = (columns + S::lanes - 1) / S::lanes;
          const std::size_t left = (args.m - row) / row_run;
          runs = left < Tiles::most_runs ? left : Tiles::most_runs;
          gemm_detail::row_tiles<S, mr, nr>(Tiles::of_runs.with[used - 1].tiles[runs - 1], part, steps, runs * row_run,
                                            1, edge, next);
        } else {
          if (cut.longer != 0)
            gemm_detail::row_tiles<S, mr, nr>(tiles[cut.rows], part, steps, cut.rows + 1, cut.longer, edge, next);
          gemm_detail::row_tiles<S, mr, nr>(tiles[cut.rows - 1], part, steps, cut.rows, cut.others, edge, next);
        }
        run += runs * args.a_row_run_stride;
        c += runs * rows.stride;
      }
      if (args.finish != GemmFinish::none && k_end >= args.k) gemm_detail::finish<S, nr>(args, rows, panel, columns);
      column += columns;
    }
    k_begin = k_end;
  }
}

namespace reference {
/// Three loops. `nr` is the table's panel.
template <class Arithmetic>
void gemm(const GemmArgs& args, std::size_t nr) noexcept {
  const auto in_runs = [](std::size_t i, std::size_t run, std::size_t run_stride, std::size_t stride) {
    return run == 0 ? i * stride : i / run * run_stride + i % run * stride;
  };
  for (std::size_t row = 0; row < args.m; ++row)
    for (std::size_t column = 0; column < args.columns; ++column) {
      const std::size_t panel = column / nr, lane = column % nr;
      const float* a = args.a + in_runs(row, args.a_row_run, args.a_row_run_stride, args.a_row_stride);
      const float* b = args.b + panel * args.b_panel_stride + lane;
      const std::size_t c_row_run = args.c_row_run_stride == 0 ? 0 : args.a_row_run;
      const std::size_t b_k_run = args.b_k_run_stride == 0 ? 0 : args.a_k_run;
      const std::size_t at =
          panel * args.c_panel_stride + in_runs(row, c_row_run, args.c_row_run_stride, args.c_row_stride) + lane;
      float& c = args.c[at];
      float sum = args.start == GemmStart::zero ? 0.0f : args.start == GemmStart::bias ? args.bias[column] : c;
      for (std::size_t k = 0; k < args.k; ++k)
        sum = Arithmetic::fma(a[in_runs(k, args.a_k_run, args.a_k_run_stride, args.a_k_stride)],
                              b[in_runs(k, b_k_run, args.b_k_run_stride, args.b_k_stride)], sum);
      if (args.finish == GemmFinish::relu && 0.0f > sum) sum = 0.0f;
      if (args.finish == GemmFinish::gate && !(args.gate[at] > 0.0f)) sum = 0.0f;
      c = sum;
    }
}
}  // namespace reference

}  // namespace treadle::kernels
