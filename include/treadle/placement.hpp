// Where a thread runs and how much it asks for, so that training on a Linux board leaves the rest of the machine alone.
#pragma once

#include <treadle/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace treadle {

/// Linux scheduling classes (sched(7)).
enum class Scheduling : std::uint8_t {
  normal,  ///< SCHED_OTHER
  batch,   ///< SCHED_BATCH: work that nobody waits for
  idle,    ///< SCHED_IDLE: only when nothing else wants the CPU
};

struct Placement {
  std::vector<std::size_t> cpus = {};  ///< that the thread may run on; empty: all that it may use now
  std::optional<int> nice = {};        ///< -20 ... 19, more is less urgent; below the present value needs permission
  Scheduling scheduling = Scheduling::normal;

  bool changes_nothing() const noexcept { return cpus.empty() && !nice && scheduling == Scheduling::normal; }
};

/// Places the calling thread, and with it the threads that it starts from now on: those of make_executor() with
/// ThreadSource::std_threads too, but not oneTBB's, which the process shares. An error when a CPU does not exist or is
/// not this process's to use, or when a permission is missing; some of the placement may then be in force.
Result<void> place_this_thread(const Placement& placement);

}  // namespace treadle
