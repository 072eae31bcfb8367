#include <atomic>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "base/executors.hpp"

namespace treadle::base {
namespace {

/// A pool whose threads sleep between calls. It is the plain and analysable executor, for thread sanitizers and builds
/// without oneTBB; it takes a lock at the start and the end of a call.
class ThreadExecutor final : public Executor {
 public:
  explicit ThreadExecutor(std::size_t threads) {
    workers_.reserve(threads - 1);
    try {
      for (std::size_t i = 1; i < threads; ++i) workers_.emplace_back([this] { work(); });
    } catch (...) {
      stop();
      throw;
    }
  }
  ~ThreadExecutor() { stop(); }

  std::size_t threads() const noexcept override { return workers_.size() + 1; }

  void run(std::size_t tiles, Body body, void* context) noexcept override {
    if (tiles <= 1) {
      if (tiles == 1) body(context, 0);
      return;
    }
    {
      const std::lock_guard lock(mutex_);
      body_ = body;
      context_ = context;
      tiles_ = tiles;
      next_.store(0, std::memory_order_relaxed);
      busy_ = workers_.size();
      ++call_;
    }
    started_.notify_all();
    run_tiles();
    std::unique_lock lock(mutex_);
    finished_.wait(lock, [this] { return busy_ == 0; });
  }

 private:
  void run_tiles() noexcept {
    for (std::size_t tile; (tile = next_.fetch_add(1, std::memory_order_relaxed)) < tiles_;) body_(context_, tile);
  }

  void work() {
    std::size_t seen = 0;
    for (;;) {
      {
        std::unique_lock lock(mutex_);
        started_.wait(lock, [&] { return stopping_ || call_ != seen; });
        if (stopping_) return;
        seen = call_;
      }
      run_tiles();
      const std::lock_guard lock(mutex_);
      if (--busy_ == 0) finished_.notify_one();
    }
  }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    started_.notify_all();
    for (std::thread& worker : workers_) worker.join();
  }

  std::mutex mutex_;
  std::condition_variable started_, finished_;
  std::atomic<std::size_t> next_{0};
  Body body_ = nullptr;
  void* context_ = nullptr;
  std::size_t tiles_ = 0;
  std::size_t busy_ = 0;
  std::size_t call_ = 0;
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
