// The firmware that only recognises.
#include "../example.hpp"
#include "../stripes.h"
#include "print.hpp"
#include "startup.hpp"

namespace {
stripes::InferenceMemory memory;
}

int startup::run() noexcept {
  const bool right = recognise(memory);
  print_stack();
  return right ? 0 : 1;
}
