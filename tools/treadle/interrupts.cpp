#include "interrupts.hpp"

#include <csignal>

namespace treadle::tool {
namespace {

std::atomic<bool> interrupted = false;
std::atomic<int> caught = 0;
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

constexpr int interrupts[] = {SIGINT, SIGTERM};

void set_action(int number, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigaction(number, &action, nullptr);
}

void interrupt(int number) {
  for (const int each : interrupts) set_action(each, SIG_DFL);
  caught = number;
  interrupted = true;
}

}  // namespace

const std::atomic<bool>& catch_interrupts() {
  for (const int each : interrupts) set_action(each, interrupt);
  set_action(SIGXFSZ, SIG_IGN);
  return interrupted;
}

int caught_signal() noexcept { return caught; }

}  // namespace treadle::tool
