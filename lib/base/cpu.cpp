#include "base/cpu.hpp"

namespace treadle::base {

#if defined(__x86_64__) || defined(__i386__)
CpuFeatures cpu_features() noexcept {
  __builtin_cpu_init();
  return {.sse2 = __builtin_cpu_supports("sse2") != 0,
          .avx2_fma = __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0,
          .avx512 = __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
                    __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512vl") != 0};
}
#else
CpuFeatures cpu_features() noexcept { return {}; }
#endif

}  // namespace treadle::base
