// The executors with threads, each behind a function so that only its own file knows where threads come from.
#pragma once

#include <treadle/executor.hpp>

#include <cstddef>
#include <memory>

namespace treadle::base {

/// CPUs that this process may use: its affinity mask, not the machine; at least 1.
std::size_t usable_cpus() noexcept;

/// A pool of `threads` - 1 std::threads beside the caller; `threads` is at least 2.
Result<std::shared_ptr<Executor>> make_thread_executor(std::size_t threads);

/// oneTBB in an arena of `threads`, at least 2; `unsupported` in a build without it.
Result<std::shared_ptr<Executor>> make_tbb_executor(std::size_t threads);

/// Whether this build has oneTBB.
bool has_tbb() noexcept;

}  // namespace treadle::base
