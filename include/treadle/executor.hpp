// What runs the tiles of a kernel call: this thread alone, or several.
#pragma once

#include <treadle/result.hpp>

#include <cstddef>
#include <memory>

namespace treadle {

/// Runs the tiles of one call. How a call is cut into tiles never depends on the executor, so neither do results.
class Executor {
 public:
  /// Computes tile `tile`. Tiles of one call write to disjoint places and may run in any order.
  using Body = void (*)(void* context, std::size_t tile) noexcept;

  /// How many threads may work at once, the caller's included; at least 1.
  virtual std::size_t threads() const noexcept = 0;
  /// Calls body(context, tile) once for each tile in 0 ... tiles - 1 and returns when all are done. Only one thread at
  /// a time may call this, so two steps that run at the same time need an executor each.
  virtual void run(std::size_t tiles, Body body, void* context) noexcept = 0;

 protected:
  Executor() = default;
  ~Executor() = default;
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;
};

/// Runs every tile in the calling thread. Needs no operating system.
Executor& serial_executor() noexcept;

/// Where the threads come from.
enum class ThreadSource : unsigned char {
  automatic,    ///< tbb when the library was built with it, else std_threads
  tbb,          ///< oneTBB, in an arena of its own
  std_threads,  ///< a pool of std::thread that this library owns
};

/// More than any machine this is for has, few enough to be started.
inline constexpr std::size_t most_threads = 1024;

/// An executor of `threads` threads, the caller's included, at most `most_threads`; 0 means one for each CPU this
/// process may use. One thread is always the serial executor.
Result<std::shared_ptr<Executor>> make_executor(std::size_t threads, ThreadSource source = ThreadSource::automatic);

}  // namespace treadle
