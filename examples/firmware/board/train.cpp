// The firmware that trains once, in the memory that was planned when its model was exported, and says how much stack
// that took.
#include "../example.hpp"
#include "../stripes.h"
#include "print.hpp"
#include "startup.hpp"

namespace {
stripes::TrainingMemory memory;
}

int startup::run() noexcept {
  const bool learnt = train(memory);
  print_stack();
  return learnt ? 0 : 1;
}
