// Runs a test with the kernels of each instruction set of this build that the CPU has.
#pragma once

#include <doctest/doctest.h>
#include <treadle/isa.hpp>

#include <string>

namespace treadle::kernels::test {

/// Calls body(isa); what fails in it names the instruction set.
template <class Body>
void with_each_isa(Body&& body) {
  for (const Isa isa : compiled_isas()) {
    if (!supported(isa)) continue;
    const std::string isa_name{name(isa)};
    CAPTURE(isa_name);
    body(isa);
  }
}

}  // namespace treadle::kernels::test
