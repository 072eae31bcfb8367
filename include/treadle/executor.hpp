// What runs the tiles of a kernel call: this thread alone, or several.
#pragma once

#include <treadle/result.hpp>

#include <cstddef>
#include <cstdint>
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
  /// The same for tiles of which each goes on with what the one before it left: they run one after the other, in their
  /// order, each in the thread that run() would give it to where that is possible, so that it finds in that thread's
  /// cache what it shares with the same tile of other calls. Unless overridden all run in the calling thread.
  virtual void run_in_turn(std::size_t tiles, Body body, void* context) noexcept {
    for (std::size_t tile = 0; tile < tiles; ++tile) body(context, tile);
  }
  /// Nanoseconds of a clock that never goes back, by which a plan finds out whether its iterations are faster with
  /// these threads or without. 0: no clock, and the threads are always used.
  virtual std::uint64_t now() noexcept { return 0; }

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
