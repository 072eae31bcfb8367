#include "base/executors.hpp"

#include <sched.h>

namespace treadle {

std::size_t base::usable_cpus() noexcept {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  const int count = CPU_COUNT(&set);
  return count > 0 ? static_cast<std::size_t>(count) : 1;
}

Result<std::shared_ptr<Executor>> make_executor(std::size_t threads, ThreadSource source) {
  if (threads > most_threads)
    return Error{ErrorCode::invalid_argument, Message{"expected 0 to "} << most_threads << " threads, got " << threads};
  if (threads == 0) threads = base::usable_cpus();
  if (threads == 1) return std::shared_ptr<Executor>(std::shared_ptr<void>{}, &serial_executor());
  if (source == ThreadSource::automatic) source = base::has_tbb() ? ThreadSource::tbb : ThreadSource::std_threads;
  return source == ThreadSource::tbb ? base::make_tbb_executor(threads) : base::make_thread_executor(threads);
}

}  // namespace treadle
