// An iteration in slices. Apart from the other ways to run one, so that a program which has no use for slices does not
// link them.
#include "plan/advance.hpp"

namespace treadle {
namespace {

using calls::Call;
using plan_detail::Iteration;
using plan_detail::Program;

/// Allows so many tiles.
class TileLimit {
 public:
  explicit TileLimit(std::size_t tiles) noexcept : left_(tiles) {}

  bool may_run(const Call&) const noexcept { return left_ > 0; }
  bool may_read() const noexcept { return left_ > 0; }
  std::size_t most() const noexcept { return left_; }
  void ran(Call&, std::size_t tiles) noexcept { left_ -= tiles; }
  static std::uint32_t longest() noexcept { return 0; }

 private:
  std::size_t left_;
};

/// Allows what fits into a time.
class TimeLimit {
 public:
  explicit TimeLimit(const TimeBudget& budget) noexcept : budget_(budget), start_(budget.now(budget.context)) {}

  /// The clock is read here, not where the last tile ended: samples may have been read since.
  bool may_run(Call& call) noexcept {
    begun_ = elapsed();
    if (begun_ >= budget_.ticks) return false;
    if (call.expected_ticks() <= budget_.ticks - begun_ || (budget_.always_one_tile && !any_)) return true;
    if (!any_) call.learn_ticks(0);
    return false;
  }
  bool may_read() const noexcept { return elapsed() < budget_.ticks; }
  static std::size_t most() noexcept { return SIZE_MAX; }
  void ran(Call& call, std::size_t) noexcept {
    const std::uint32_t ticks = elapsed() - begun_;
    call.learn_ticks(ticks);
    longest_ = std::max(longest_, ticks);
    any_ = true;
  }
  std::uint32_t longest() const noexcept { return longest_; }

 private:
  std::uint32_t elapsed() const noexcept { return budget_.now(budget_.context) - start_; }

  const TimeBudget& budget_;
  std::uint32_t start_, begun_ = 0, longest_ = 0;
  bool any_ = false;
};

/// Runs tiles while the limit allows it: one at a time, or with threads one for each of them unless they go in turn.
template <class Limit>
struct Sliced {
  Executor& executor;
  Limit& limit;
  std::size_t& ran;

  bool run(Call& call, Iteration& iteration) noexcept {
    struct Work {
      const Call& call;
      const calls::RunContext& context;
      std::size_t first;
    };
    const std::size_t tiles = call.tiles(iteration.context), threads = executor.threads();
    for (std::size_t& tile = iteration.tile; tile < tiles;) {
      if (!limit.may_run(call)) return false;
      const std::size_t count = call.in_turn() ? 1 : std::min({threads, tiles - tile, limit.most()});
      Work work{call, iteration.context, tile};
      executor.run(
          count,
          [](void* given, std::size_t index) noexcept {
            const Work& w = *static_cast<const Work*>(given);
            w.call.run(w.context, w.first + index);
          },
          &work);
      tile += count;
      ran += count;
      limit.ran(call, count);
    }
    iteration.tile = 0;
    return true;
  }
  bool may_read() noexcept { return limit.may_read(); }
};

template <class Limit>
Slice run_slice(Program& program, Limit limit) noexcept {
  Slice slice;
  if (!program.iteration.unfinished) return slice;
  slice.finished = advance(program, Sliced<Limit>{*program.executor, limit, slice.tiles});
  slice.longest_tile = limit.longest();
  if (slice.finished) slice.loss = finish_iteration(program);
  return slice;
}

}  // namespace

Slice TrainingStep::run_for(const TimeBudget& budget) noexcept {
  if (budget.now == nullptr) return {.finished = !unfinished()};
  return run_slice(*program_, TimeLimit(budget));
}

Slice TrainingStep::run_tiles(std::size_t tiles) noexcept { return run_slice(*program_, TileLimit(tiles)); }

}  // namespace treadle
