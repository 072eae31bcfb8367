#include <treadle/placement.hpp>

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace treadle {
namespace {

Error refused(Message message) noexcept {
  const int reason = errno;
  return {ErrorCode::unsupported, message << ": " << std::strerror(reason)};
}

Result<void> set_cpus(const std::vector<std::size_t>& cpus) {
  cpu_set_t wanted;
  CPU_ZERO(&wanted);
  for (const std::size_t cpu : cpus) {
    if (cpu >= CPU_SETSIZE)
      return Error{ErrorCode::invalid_argument,
                   Message{"CPU "} << cpu << ": expected a number below " << std::size_t{CPU_SETSIZE}};
    // One by one: of a whole set Linux leaves out in silence what does not exist.
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    if (sched_setaffinity(0, sizeof one, &one) != 0)
      return refused(Message{"CPU "} << cpu << " does not exist, or this process may not use it");
    CPU_SET(cpu, &wanted);
  }
  if (sched_setaffinity(0, sizeof wanted, &wanted) != 0) return refused("the CPU set");
  return {};
}

}  // namespace

Result<void> place_this_thread(const Placement& placement) {
  if (!placement.cpus.empty())
    if (const Result<void> set = set_cpus(placement.cpus); !set) return set;
  if (placement.nice) {
    const int nice = *placement.nice;
    if (nice < -20 || nice > 19)
      return Error{ErrorCode::invalid_argument, Message{"nice: expected -20 to 19, got "} << nice};
    // On Linux a thread has a nice value of its own, and gives it to the threads that it starts.
    if (setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), nice) != 0)
      return refused(Message{"nice "} << nice);
  }
  if (placement.scheduling != Scheduling::normal) {
    const sched_param none{};
    const bool idle = placement.scheduling == Scheduling::idle;
    if (sched_setscheduler(0, idle ? SCHED_IDLE : SCHED_BATCH, &none) != 0)
      return refused(idle ? "SCHED_IDLE" : "SCHED_BATCH");
  }
  return {};
}

}  // namespace treadle
