// The firmware that trains once, in the memory that was planned when its model was exported, and says how much stack
// that took.
#include "../example.hpp"
#include "memory.hpp"
#include "print.hpp"
#include "startup.hpp"

namespace {
TrainingMemory memory;
}

int startup::run() noexcept {
  const bool learnt = train(memory);
  print_stack();
  return learnt ? 0 : 1;
}
