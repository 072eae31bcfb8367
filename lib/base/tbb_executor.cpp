#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <new>

#include "base/executors.hpp"

namespace treadle::base {
namespace {

namespace tbb = oneapi::tbb;

class TbbExecutor final : public Executor {
 public:
  explicit TbbExecutor(std::size_t threads)
      : allowed_(tbb::global_control::max_allowed_parallelism, most_threads), arena_(static_cast<int>(threads)) {
    arena_.initialize();
  }

  std::size_t threads() const noexcept override { return static_cast<std::size_t>(arena_.max_concurrency()); }

  void run(std::size_t tiles, Body body, void* context) noexcept override {
    if (tiles <= 1) {
      if (tiles == 1) body(context, 0);
      return;
    }
    arena_.execute([&] {
      tbb::parallel_for(
          std::size_t{0}, tiles, [&](std::size_t tile) { body(context, tile); }, tbb::static_partitioner{});
    });
  }

 private:
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
