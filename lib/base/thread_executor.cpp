#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "base/executors.hpp"
#include "base/team.hpp"

namespace treadle::base {
namespace {

/// A team whose helpers are threads of its own, which sleep when they leave.
class ThreadExecutor final : public Executor {
 public:
  explicit ThreadExecutor(std::size_t threads) : team_(threads) {
    workers_.reserve(threads - 1);
    try {
      for (std::size_t member = 1; member < threads; ++member) workers_.emplace_back([this, member] { work(member); });
    } catch (...) {
      stop();
      throw;
    }
  }
  ~ThreadExecutor() { stop(); }

  std::size_t threads() const noexcept override { return team_.size(); }

  std::uint64_t now() noexcept override { return Team::now(); }

  void run(std::size_t tiles, Body body, void* context) noexcept override {
    team_.run(tiles, Team::Order::any, body, context, [this] { return bring(); });
  }
  void run_in_turn(std::size_t tiles, Body body, void* context) noexcept override {
    team_.run(tiles, Team::Order::in_turn, body, context, [this] { return bring(); });
  }

 private:
  bool bring() noexcept {
    {
      const std::lock_guard lock(mutex_);
      ++wanted_;
    }
    called_.notify_one();
    return true;
  }

  void work(std::size_t member) noexcept {
    for (;;) {
      {
        std::unique_lock lock(mutex_);
        called_.wait(lock, [this] { return stopping_ || wanted_ > 0; });
        if (stopping_) return;
        --wanted_;
      }
      team_.help(member);
    }
  }

  void stop() noexcept {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    team_.dismiss();
    called_.notify_all();
    for (std::thread& worker : workers_) worker.join();
  }

  Team team_;
  std::mutex mutex_;
  std::condition_variable called_;
  std::size_t wanted_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace

Result<std::shared_ptr<Executor>> make_thread_executor(std::size_t threads) {
  try {
    return std::shared_ptr<Executor>(std::make_shared<ThreadExecutor>(threads));
  } catch (const std::exception& failure) {
    return Error{ErrorCode::out_of_memory, Message{"could not start "} << threads << " threads: " << failure.what()};
  }
}

}  // namespace treadle::base
