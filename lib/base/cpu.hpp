// What this processor can run.
#pragma once

#include <cstdint>

namespace treadle::base {

/// Features that matter to a kernel, usable by this CPU and enabled by its operating system.
struct CpuFeatures {
  bool sse2 = false;
  bool avx2_fma = false;
  bool avx512 = false;      ///< F, DQ, BW and VL
  bool neon_vfpv4 = false;  ///< of ARMv7: NEON with fused multiply-add, which a Cortex-A8 or A9 lacks
  bool in_order = false;    ///< of AArch64: a Cortex-A53 or A55, which begins instructions in their order
};

/// Asked of the CPU at each call; of a system with several kinds of processors the one that the calling thread is on.
/// All false on architectures whose instruction set is fixed when compiling.
CpuFeatures cpu_features() noexcept;

/// Whether the processor with this id (MIDR_EL1 of AArch64) is a Cortex-A53 or A55.
constexpr bool is_in_order(std::uint64_t id) noexcept {
  const std::uint64_t implementer = id >> 24 & 0xff, part = id >> 4 & 0xfff;
  return implementer == 0x41 && (part == 0xd03 || part == 0xd05);
}

}  // namespace treadle::base
