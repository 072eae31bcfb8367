#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include "base/executors.hpp"
#include "base/team.hpp"

namespace treadle::base {
namespace {

namespace tbb = oneapi::tbb;

/// A team whose helpers are tasks of an arena. One that left has given its thread back to TBB.
class TbbExecutor final : public Executor {
 public:
  explicit TbbExecutor(std::size_t threads)
      : team_(std::make_shared<Team>(threads)),
        allowed_(tbb::global_control::max_allowed_parallelism, most_threads),
        arena_(static_cast<int>(threads)) {
    arena_.initialize();
  }
  ~TbbExecutor() { team_->dismiss(); }

  std::size_t threads() const noexcept override { return team_->size(); }

  std::uint64_t now() noexcept override { return Team::now(); }

  void run(std::size_t tiles, Body body, void* context) noexcept override {
    team_->run(tiles, Team::Order::any, body, context, [this] { return bring(); });
  }
  void run_in_turn(std::size_t tiles, Body body, void* context) noexcept override {
    team_->run(tiles, Team::Order::in_turn, body, context, [this] { return bring(); });
  }

 private:
  bool bring() noexcept try {
    // The task may begin after the executor's end. The arena's first place is for a thread that enters it; nobody does.
    arena_.enqueue(
        [team = team_] { team->help(static_cast<std::size_t>(tbb::this_task_arena::current_thread_index())); });
    return true;
  } catch (...) {
    return false;  // no memory for the task
  }

  std::shared_ptr<Team> team_;
  // TBB would give no more threads than there are CPUs, but a user may ask for more (to see that results stay the
  // same). The smallest such control in the process counts, so each executor's is the same; the arena is the limit.
  tbb::global_control allowed_;
  tbb::task_arena arena_;
};

}  // namespace

Result<std::shared_ptr<Executor>> make_tbb_executor(std::size_t threads) {
  try {
    return std::shared_ptr<Executor>(std::make_shared<TbbExecutor>(threads));
  } catch (const std::exception& failure) {
    return Error{ErrorCode::out_of_memory,
                 Message{"oneTBB could not start "} << threads << " threads: " << failure.what()};
  }
}

bool has_tbb() noexcept { return true; }

}  // namespace treadle::base
