// C[m, n] = start + A[m, k] B[k, n]: each element is one chain of fused multiply-adds over k = 0, 1, 2, ... from its
// start, so that neither blocking nor tiles nor the register width shows in the bits.
//
// A is read where it lies, through two strides: row-major or transposed. B and C are panels of nr columns (nr is the
// table's `panel`): element (row, column) lies at
//   (column / nr) * panel_stride + row * row_stride + column % nr.
// With panel_stride = nr this is a row-major matrix whose rows are padded to a multiple of nr; with row_stride = nr it
// is packed. Columns that pad the last panel are computed like all others and mean nothing.
#pragma once

#include <cstddef>
#include <utility>

#include "simd/batch.hpp"

namespace treadle::kernels {

enum class GemmStart : unsigned char {
  zero,
  bias,  ///< a row that every row of C starts from
  c,     ///< C's own value: the product is added
};

struct GemmArgs {
  const float* a;
  std::size_t a_row_stride;
  std::size_t a_k_stride;
  const float* b;
  std::size_t b_panel_stride;
  std::size_t b_k_stride;
  float* c;
  std::size_t c_panel_stride;
  std::size_t c_row_stride;
  const float* bias;  // [panels * nr], only for GemmStart::bias
  std::size_t m;
  std::size_t panels;
  std::size_t k;
  GemmStart start;
};

namespace gemm_detail {

/// Multiply-adds of one chain before the next part of C is worked on: `kc` rows of a panel of B stay in the first
/// cache.
inline constexpr std::size_t kc = 256;

/// A constant index. It belongs to one instruction set, as all else here: the linker must not share it with the others.
template <class S, std::size_t i>
struct Index {
  constexpr operator std::size_t() const { return i; }
};

template <class S, class Body, std::size_t... i>
TREADLE_INLINE void unroll(Body&& body, std::index_sequence<i...>) {
  (body(Index<S, i>{}), ...);
}
template <class S, std::size_t count, class Body>
TREADLE_INLINE void unroll(Body&& body) {
  unroll<S>(body, std::make_index_sequence<count>{});
}

/// One register tile: `rows` rows of `panels` panels of `vectors` registers each, over `k` steps. The sums are indexed
/// by constants alone; in ordinary loops GCC keeps them in memory.
template <class S, std::size_t vectors, std::size_t rows, std::size_t panels>
[[gnu::flatten]] void tile(const GemmArgs& args, std::size_t k) noexcept {
  using Batch = simd::Float<S>;
  constexpr std::size_t columns = vectors * panels;
  constexpr auto in_panel = [](std::size_t column) { return column % vectors * Batch::lanes; };
  Batch sum[rows][columns];

  unroll<S, rows>([&](auto r) {
    unroll<S, columns>([&](auto v) {
      const std::size_t panel = v / vectors;
      if (args.start == GemmStart::c)
        sum[r][v] = Batch::load(args.c + panel * args.c_panel_stride + r * args.c_row_stride + in_panel(v));
      else if (args.start == GemmStart::bias)
        sum[r][v] = Batch::load(args.bias + v * Batch::lanes);
      else
        sum[r][v] = Batch::zero();
    });
  });

  const float* a = args.a;
  const float* b = args.b;
  for (std::size_t step = 0; step < k; ++step) {
    Batch row_of_b[columns];
    unroll<S, columns>([&](auto v) { row_of_b[v] = Batch::load(b + v / vectors * args.b_panel_stride + in_panel(v)); });
    unroll<S, rows>([&](auto r) {
      const Batch factor = Batch::broadcast(a[r * args.a_row_stride]);
      unroll<S, columns>([&](auto v) { sum[r][v] = fma(factor, row_of_b[v], sum[r][v]); });
    });
    a += args.a_k_stride;
    b += args.b_k_stride;
  }

  unroll<S, rows>([&](auto r) {
    unroll<S, columns>([&](auto v) {
      sum[r][v].store(args.c + v / vectors * args.c_panel_stride + r * args.c_row_stride + in_panel(v));
    });
  });
}

/// Copies `k` rows of a panel together: rows that lie a power of two apart would fight over a few lines of the first
/// cache.
template <class S, std::size_t vectors>
TREADLE_INLINE void gather_panel(const float* b, std::size_t b_k_stride, std::size_t k, float* gathered) {
  using Batch = simd::Float<S>;
  for (std::size_t step = 0; step < k; ++step, b += b_k_stride, gathered += vectors * Batch::lanes)
    unroll<S, vectors>([&](auto v) { Batch::load(b + v * Batch::lanes).store(gathered + v * Batch::lanes); });
}

/// Tiles of rows that must use a panel before gathering it pays.
inline constexpr std::size_t rows_worth_gathering = 4;

using Tile = void (*)(const GemmArgs&, std::size_t) noexcept;

/// The tiles of 1 ... mr rows. A tile of few rows takes several panels at once, so that there are always enough
/// independent chains to hide the latency of a multiply-add.
template <class S, std::size_t mr, std::size_t vectors>
struct Tiles {
  static constexpr std::size_t panels_for(std::size_t rows) { return mr / rows; }

  struct ByRows {
    Tile tile[mr];
  };
  template <bool wide, std::size_t... r>
  static constexpr ByRows make(std::index_sequence<r...>) {
    return {{gemm_detail::tile < S, vectors, r + 1, wide ? panels_for(r + 1) : 1 > ...}};
  }
  static constexpr ByRows one_panel = make<false>(std::make_index_sequence<mr>{});
  static constexpr ByRows several_panels = make<true>(std::make_index_sequence<mr>{});
};

}  // namespace gemm_detail

template <class S, std::size_t mr, std::size_t vectors>
[[gnu::flatten]] void gemm(const GemmArgs& args) noexcept {
  using Tiles = gemm_detail::Tiles<S, mr, vectors>;
  constexpr std::size_t nr = vectors * S::lanes;
  const bool gather = args.b_k_stride != nr && args.m > gemm_detail::rows_worth_gathering * mr;
  const std::size_t wide = args.m < mr ? Tiles::panels_for(args.m == 0 ? mr : args.m) : 1;
  alignas(64) float gathered[gemm_detail::kc * nr];
  // k = 0 still passes once, to write the start.
  for (std::size_t k_begin = 0; k_begin == 0 || k_begin < args.k; k_begin += gemm_detail::kc) {
    const std::size_t k_rest = args.k - k_begin;
    const std::size_t k_count = k_rest < gemm_detail::kc ? k_rest : gemm_detail::kc;
    GemmArgs part = args;
    if (k_begin != 0) part.start = GemmStart::c;
    for (std::size_t panel = 0; panel < args.panels;) {
      const std::size_t panels = panel + wide <= args.panels ? wide : 1;
      part.b = args.b + panel * args.b_panel_stride + k_begin * args.b_k_stride;
      if (gather) {
        gemm_detail::gather_panel<S, vectors>(part.b, args.b_k_stride, k_count, gathered);
        part.b = gathered;
        part.b_k_stride = nr;
      }
      part.bias = args.start == GemmStart::bias ? args.bias + panel * nr : nullptr;
      for (std::size_t row = 0; row < args.m; row += mr) {
        const std::size_t rows = args.m - row < mr ? args.m - row : mr;
        part.a = args.a + row * args.a_row_stride + k_begin * args.a_k_stride;
        part.c = args.c + panel * args.c_panel_stride + row * args.c_row_stride;
        (panels == 1 ? Tiles::one_panel : Tiles::several_panels).tile[rows - 1](part, k_count);
      }
      panel += panels;
    }
  }
}

namespace reference {
/// Three loops. `nr` is the table's panel.
template <class Arithmetic>
void gemm(const GemmArgs& args, std::size_t nr) noexcept {
  for (std::size_t row = 0; row < args.m; ++row)
    for (std::size_t column = 0; column < args.panels * nr; ++column) {
      const std::size_t panel = column / nr, lane = column % nr;
      float& c = args.c[panel * args.c_panel_stride + row * args.c_row_stride + lane];
      float sum = args.start == GemmStart::zero ? 0.0f : args.start == GemmStart::bias ? args.bias[column] : c;
      for (std::size_t k = 0; k < args.k; ++k)
        sum = Arithmetic::fma(args.a[row * args.a_row_stride + k * args.a_k_stride],
                              args.b[panel * args.b_panel_stride + k * args.b_k_stride + lane], sum);
      c = sum;
    }
}
}  // namespace reference

}  // namespace treadle::kernels
