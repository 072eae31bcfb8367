// The steps of a register tile for a processor that begins instructions in their order: between the multiply-adds of
// one step stand the loads of the next, where they hold up nothing (simd/neon64_in_order.hpp). Each sum is the chain
// that it is in four_steps_each() and four_rows_each().
#pragma once

#include <cstddef>

#include "kernels/gemm_args.hpp"
#include "kernels/unroll.hpp"
#include "simd/batch.hpp"

namespace treadle::kernels::gemm_detail {

template <class S>
concept keeps_order = requires {
  typename S::Half;
};

/// What stands before each multiply-add of a group of steps, and behind the last: the loads that begin there and those
/// whose halves are joined, by their numbers.
template <std::size_t products>
struct Schedule {
  static constexpr std::size_t most = 4, none = ~std::size_t{0};
  struct Place {
    std::size_t begins = none;
    std::size_t joins[most] = {none, none, none, none};
  };
  Place at[products + 1];
};

/// Of `steps` steps of `products` each. Loads 0 ... steps * of_b - 1 are those of B, `of_b` in each step for the next
/// one; then come `of_a` of A for the next group, spread over the steps. A load is joined two loads later, but before
/// its first use.
template <class S, std::size_t steps, std::size_t products, std::size_t of_b, std::size_t of_a>
consteval Schedule<steps * products> schedule() {
  Schedule<steps * products> made;
  const std::size_t a_each = (of_a + steps - 1) / steps, loads = of_b + a_each;
  const std::size_t apart = products / loads < 3 ? products / loads : 3;
  for (std::size_t step = 0; step < steps; ++step)
    for (std::size_t i = 0; i < loads; ++i) {
      const bool is_b = i < of_b;
      const std::size_t row = step * a_each + i - of_b;
      if (!is_b && row >= of_a) continue;
      const std::size_t load = is_b ? step * of_b + i : steps * of_b + row;
      const std::size_t begin = step * products + i * apart, used = is_b ? (step + 1) * products : steps * products;
      const std::size_t end = begin + 2 * apart < used ? begin + 2 * apart : used;
      made.at[begin].begins = load;
      std::size_t free = 0;
      while (made.at[end].joins[free] != made.none) ++free;
      made.at[end].joins[free] = load;
    }
  return made;
}

/// Tiles of `rows` rows of `panels` panels of `vectors` registers. Where the steps of a row of A lie side by side
/// (`along_k`) a register has four steps of a row, else two rows of a step.
template <class S, std::size_t vectors, std::size_t rows, std::size_t panels, bool along_k, class Sums>
class StepsInOrder {
 public:
  static constexpr std::size_t group = along_k ? 4 : 1, columns = vectors * panels, nr = vectors * S::lanes;

  StepsInOrder(const GemmArgs& args, const float* a, const float* b, Sums& sum)
      : sum_(sum), a_step_(along_k ? group : args.a_k_stride) {
    unroll<S, panels>([&](auto p) TREADLE_INLINE_LAMBDA { next_b_[p] = b + p * args.b_panel_stride; });
    unroll<S, pointers>([&](auto i) TREADLE_INLINE_LAMBDA { next_a_[i] = a + i * args.a_row_stride; });
  }

  /// As many of `length` steps as are followed by a whole group; gives their number.
  TREADLE_INLINE std::size_t run(std::size_t length) {
    if (length < 2 * group) return 0;
    unroll<S, of_a>([&](auto i) TREADLE_INLINE_LAMBDA {
      begin_a<0, i>(factors_[0][i]);
      if constexpr (along_k) S::load_high(high_[of_b + i], from_a(0, i) + 2), S::join(factors_[0][i], high_[of_b + i]);
    });
    unroll<S, pointers>([&](auto i) TREADLE_INLINE_LAMBDA { next_a_[i] += a_step_; });
    unroll<S, columns>([&](auto v) TREADLE_INLINE_LAMBDA { row_of_b_[0][v] = S::load_factors(from_b(0, v)); });
    unroll<S, panels>([&](auto p) TREADLE_INLINE_LAMBDA { next_b_[p] += nr; });
    std::size_t left = length;
    for (;;) {
      steps<0>();
      left -= group;
      if (left < 2 * group) break;
      steps<1>();
      left -= group;
      if (left < 2 * group) break;
    }
    return length - left;
  }

 private:
  using Register = typename S::FourFactors;
  static constexpr std::size_t products = rows * columns, of_b = group * columns;
  static constexpr std::size_t of_a = along_k ? rows : (rows + 1) / 2, pointers = along_k ? rows : 1;
  static constexpr auto plan = schedule<S, group, products, columns, of_a>();

  /// Whether a load has a second half.
  static constexpr bool is_whole(std::size_t load) { return along_k || load < of_b; }

  TREADLE_INLINE const float* from_b(std::size_t step, std::size_t v) const {
    return next_b_[v / vectors] + step * nr + v % vectors * S::lanes;
  }
  TREADLE_INLINE const float* from_a(std::size_t turn, std::size_t i) const {
    return along_k ? next_a_[i] + turn * group : next_a_[0] + 2 * i;
  }
  template <std::size_t turn, std::size_t i>
  TREADLE_INLINE void begin_a(Register& to) const {
    // The last of an odd number of rows stands alone.
    if constexpr (!along_k && 2 * i + 1 == rows)
      S::load_first(to, from_a(turn, i));
    else
      S::load_low(to, from_a(turn, i));
  }

  /// The register that a load fills.
  template <std::size_t turn, std::size_t load>
  TREADLE_INLINE Register& target() {
    if constexpr (load < of_b)
      return row_of_b_[(turn * group + load / columns + 1) % 2][load % columns];
    else
      return factors_[1 - turn][load - of_b];
  }

  template <std::size_t turn, std::size_t load>
  TREADLE_INLINE void begin_load() {
    if constexpr (load < of_b)
      S::load_low(target<turn, load>(), from_b(turn * group + load / columns, load % columns));
    else
      begin_a<turn, load - of_b>(target<turn, load>());
  }

  /// The second half, if there is one. Behind the last load through a pointer it is moved on.
  template <std::size_t turn, std::size_t load>
  TREADLE_INLINE void end_load() {
    if constexpr (load < of_b)
      S::load_high(high_[load], from_b(turn * group + load / columns, load % columns) + 2);
    else if constexpr (along_k)
      S::load_high(high_[load], from_a(turn, load - of_b) + 2);
    if constexpr (turn == 1 && load < of_b && load / columns + 1 == group && (load + 1) % vectors == 0)
      S::advance(next_b_[load % columns / vectors], 2 * group * nr);
    if constexpr (along_k && turn == 1 && load >= of_b) S::advance(next_a_[load - of_b], 2 * group);
    if constexpr (!along_k && load + 1 == of_b + of_a) S::advance(next_a_[0], a_step_);
  }

  template <std::size_t turn, std::size_t place>
  TREADLE_INLINE void join_loads() {
    unroll<S, plan.most>([&](auto i) TREADLE_INLINE_LAMBDA {
      constexpr std::size_t load = plan.at[place].joins[i];
      if constexpr (load != plan.none && is_whole(load)) S::join(target<turn, load>(), high_[load]);
    });
  }

  /// The steps of a group, while those of the next are loaded. `turn` says in which registers it stands.
  template <std::size_t turn>
  TREADLE_INLINE void steps() {
    unroll<S, group * products>([&](auto place) TREADLE_INLINE_LAMBDA {
      constexpr std::size_t step = place / products, r = place % products / columns, v = place % columns;
      constexpr std::size_t load = plan.at[place].begins;
      if constexpr (load != plan.none) begin_load<turn, load>();
      join_loads<turn, place>();
      Register sum = sum_[r][v].value;
      S::template add_product<int{along_k ? step : r % 2}>(sum, factors_[turn][along_k ? r : r / 2],
                                                           row_of_b_[(turn * group + step) % 2][v]);
      sum_[r][v].value = sum;
      if constexpr (load != plan.none) end_load<turn, load>();
    });
    join_loads<turn, group * products>();
  }

  Sums& sum_;
  // Where the group or step behind the present one begins, or that of the first turn.
  const float* next_b_[panels];
  const float* next_a_[pointers];
  std::size_t a_step_;
  // Of the present group or step and of the next, by turns.
  Register factors_[2][of_a];
  Register row_of_b_[2][columns];
  typename S::Half high_[of_b + of_a];
};

/// Moves `a` and `b` behind the steps that it has done and gives their number.
template <class S, std::size_t vectors, std::size_t rows, std::size_t panels, bool along_k, class Sums>
TREADLE_INLINE std::size_t steps_in_order(const GemmArgs& args, std::size_t length, const float*& a, const float*& b,
                                          Sums& sum) {
  const std::size_t done = StepsInOrder<S, vectors, rows, panels, along_k, Sums>(args, a, b, sum).run(length);
  a += done * args.a_k_stride;
  b += done * vectors * S::lanes;
  return done;
}

}  // namespace treadle::kernels::gemm_detail
