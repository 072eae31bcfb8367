// Products of so few steps of k that starting and ending a register tile would take longer than its multiply-adds: B
// stays in registers while the rows pass by. The weight's gradient of a batch of a few samples, and a kernel of 3x3
// over an image of one channel.
#pragma once

#include <cstddef>
#include <limits>
#include <utility>

#include "kernels/gemm_args.hpp"
#include "kernels/register_tiles.hpp"
#include "simd/batch.hpp"

namespace treadle::kernels::gemm_detail {

/// Steps of k: `runs` runs of `length`.
template <std::size_t run_count, std::size_t run_length>
struct Window {
  static constexpr std::size_t runs = run_count;
  static constexpr std::size_t length = run_length;
  static constexpr std::size_t steps = runs * length;
};

/// `vectors` registers of each row of C, from `c` on.
template <class S, class Window, std::size_t vectors>
[[gnu::flatten]] void few_steps_of(const GemmArgs& args, Runs rows, const float* b, const float* bias,
                                   float* c) noexcept {
  using Batch = simd::Float<S>;
  constexpr std::size_t lanes = Batch::lanes;
  // Copies: a store through a vector may change whatever is in memory.
  const std::size_t a_row_stride = args.a_row_stride, a_k_stride = args.a_k_stride, c_row_stride = args.c_row_stride;
  const std::size_t a_k_run_stride = args.a_k_run_stride, a_row_run_stride = args.a_row_run_stride;
  Batch row_of_b[Window::steps][vectors];
  unroll<S, Window::runs>([&](auto run) {
    unroll<S, Window::length>([&](auto k) {
      const float* const row = b + run * args.b_k_run_stride + k * args.b_k_stride;
      unroll<S, vectors>([&](auto v) { row_of_b[run * Window::length + k][v] = Batch::load(row + v * lanes); });
    });
  });
  const bool add = args.start == GemmStart::c;
  Batch start[vectors];
  unroll<S, vectors>([&](auto v) { start[v] = bias == nullptr ? Batch::zero() : Batch::load(bias + v * lanes); });
  // Above this a sum is itself.
  const Batch least =
      Batch::broadcast(args.finish == GemmFinish::relu ? 0.0f : -std::numeric_limits<float>::infinity());
  const float* first_a = args.a;
  for (std::size_t past = 0; past < args.m; past += rows.length, first_a += a_row_run_stride, c += rows.stride) {
    const float* a = first_a;
    float* row_of_c = c;
    for (std::size_t row = rows.length; row != 0; --row, a += a_row_stride, row_of_c += c_row_stride) {
      Batch sum[vectors];
      unroll<S, vectors>([&](auto v) { sum[v] = add ? Batch::load(row_of_c + v * lanes) : start[v]; });
      unroll<S, Window::runs>([&](auto run) {
        const float* const in_run = a + run * a_k_run_stride;
        unroll<S, Window::length>([&](auto k) {
          const Batch factor = Batch::broadcast(in_run[k * a_k_stride]);
          unroll<S, vectors>([&](auto v) { sum[v] = fma(factor, row_of_b[run * Window::length + k][v], sum[v]); });
        });
      });
      unroll<S, vectors>([&](auto v) {
        if constexpr (Window::runs > 1) sum[v] = max(least, sum[v]);
        sum[v].store(row_of_c + v * lanes);
      });
    }
  }
}

/// All panels of C, each of `vectors` registers; B's take no more than `registers` at a time.
template <class S, std::size_t registers, std::size_t vectors, class Window>
void few_steps_of(const GemmArgs& args, Runs rows) noexcept {
  constexpr std::size_t fit = registers / Window::steps, together = fit < vectors ? fit : vectors;
  constexpr std::size_t lanes = S::lanes, nr = vectors * lanes;
  for (std::size_t column = 0; column < args.columns;) {
    const std::size_t panel = column / nr, in_panel = column % nr;
    const float* const b = args.b + panel * args.b_panel_stride + in_panel;
    const float* const bias = args.start == GemmStart::bias ? args.bias + column : nullptr;
    float* const c = args.c + panel * args.c_panel_stride + in_panel;
    const std::size_t left = (args.columns - column < nr - in_panel ? args.columns - column : nr - in_panel) / lanes;
    if (lanes == 1 || left >= together) {
      few_steps_of<S, Window, together>(args, rows, b, bias, c);
      column += together * lanes;
    } else if constexpr (lanes > 1) {
      few_steps_of<S, Window, 1>(args, rows, b, bias, c);
      column += lanes;
    }
  }
}

/// Where a register is one value, more of these paths, and parts of a panel, gain less than their code takes; where it
/// is sixteen, a register tile of eight steps stores more than it multiplies.
template <class S>
inline constexpr std::size_t most_few_steps = S::lanes == 1   ? 1
                                              : S::lanes < 16 ? 4
                                                              : 8;

/// Computes the product if it is of few steps: of whole registers, with nothing to start from but zero or C and nothing
/// to finish, or with the window of a small kernel.
template <class S, std::size_t registers, std::size_t vectors>
TREADLE_INLINE bool few_steps(const GemmArgs& args, Runs rows) {
  constexpr std::size_t together = S::lanes == 1 ? vectors : S::lanes;
  if (args.columns % together != 0) return false;
  if (args.k >= 1 && args.k <= most_few_steps<S> && args.a_k_run == 0 && args.start != GemmStart::bias &&
      args.finish == GemmFinish::none) {
    static constexpr auto with = []<std::size_t... i>(std::index_sequence<i...>) {
      struct {
        void (*steps[sizeof...(i)])(const GemmArgs&, Runs) noexcept;
      } by_steps{{&few_steps_of<S, registers, vectors, Window<1, i + 1>>...}};
      return by_steps;
    }
    (std::make_index_sequence<most_few_steps<S>>{});
    with.steps[args.k - 1](args, rows);
    return true;
  }
  using Small = Window<3, 3>;
  if constexpr (S::lanes > 1 && Small::steps <= registers)
    if (args.k == Small::steps && args.a_k_run == Small::length && args.start != GemmStart::c &&
        args.finish != GemmFinish::gate) {
      GemmArgs window = args;
      if (window.b_k_run_stride == 0) window.b_k_run_stride = Small::length * args.b_k_stride;
      few_steps_of<S, registers, vectors, Small>(window, rows);
      return true;
    }
  return false;
}

}  // namespace treadle::kernels::gemm_detail
