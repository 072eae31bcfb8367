// The tables that this build may contain; each is defined in the file of its instruction set.
#pragma once

#include "kernels/table.hpp"

namespace treadle::kernels {

extern const KernelTable scalar_table;
extern const KernelTable sse2_table;
extern const KernelTable avx2_table;
extern const KernelTable avx512_table;
extern const KernelTable neon32_table;
extern const KernelTable neon64_table;

}  // namespace treadle::kernels
