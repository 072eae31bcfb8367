// The tables of this build; each is defined in the file of its instruction set. CMake writes the list.
#pragma once

#include "kernels/table.hpp"

namespace treadle::kernels {

#define TREADLE_ISA(isa)                \
  extern const KernelTable isa##_table; \
  extern const KernelTable isa##_inference_table;
#include "kernels/isa_list.inc"
#undef TREADLE_ISA

}  // namespace treadle::kernels
