// What this processor can run.
#pragma once

namespace treadle::base {

/// Features that matter to a kernel, usable by this CPU and enabled by its operating system.
struct CpuFeatures {
  bool sse2 = false;
  bool avx2_fma = false;
  bool avx512 = false;      ///< F, DQ, BW and VL
  bool neon_vfpv4 = false;  ///< of ARMv7: NEON with fused multiply-add, which a Cortex-A8 or A9 lacks
};

/// Asked of the CPU at each call. All false on architectures whose instruction set is fixed when compiling.
CpuFeatures cpu_features() noexcept;

}  // namespace treadle::base
