// The firmware that only recognises.
#include "../example.hpp"
#include "memory.hpp"
#include "print.hpp"
#include "startup.hpp"

namespace {
InferenceMemory memory;
}

int startup::run() noexcept {
  const bool right = recognise(memory);
  print_stack();
  return right ? 0 : 1;
}
