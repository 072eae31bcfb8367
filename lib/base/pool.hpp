// Objects that are kept for the next one who needs one, so that only the first time makes any.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace treadle::base {

/// As many objects as were in use at the same time. For any number of threads; outlives what was taken.
template <class T>
class Pool {
 public:
  struct GiveBack {
    Pool* pool;
    void operator()(T* object) const noexcept { pool->give_back(object); }
  };

  /// One that nobody else has until its pointer goes away. make() makes another where all are in use; what it throws
  /// changes nothing.
  template <class Make>
  std::unique_ptr<T, GiveBack> take(Make&& make) {
    const std::lock_guard lock(mutex_);
    if (kept_.empty()) {
      kept_.reserve(made_ + 1);  // so that giving back allocates nothing
      kept_.push_back(make());
      ++made_;
    }
    T* const object = kept_.back().release();
    kept_.pop_back();
    return {object, GiveBack{this}};
  }

 private:
  void give_back(T* object) noexcept {
    const std::lock_guard lock(mutex_);
    kept_.emplace_back(object);
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<T>> kept_;
  std::size_t made_ = 0;
};

}  // namespace treadle::base
