#include "base/cpu.hpp"

#if (defined(__arm__) || defined(__aarch64__)) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace treadle::base {

#if defined(__x86_64__) || defined(__i386__)
CpuFeatures cpu_features() noexcept {
  __builtin_cpu_init();
  return {.sse2 = __builtin_cpu_supports("sse2") != 0,
          .avx2_fma = __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0,
          .avx512 = __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
                    __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512vl") != 0};
}
#elif defined(__arm__) && defined(__linux__)
CpuFeatures cpu_features() noexcept {
  const unsigned long capabilities = ::getauxval(AT_HWCAP);
  return {.neon_vfpv4 = (capabilities & HWCAP_NEON) != 0 && (capabilities & HWCAP_VFPv4) != 0};
}
#elif defined(__aarch64__) && defined(__linux__)
CpuFeatures cpu_features() noexcept {
  // Linux reads the register for a program where it says so.
  if ((::getauxval(AT_HWCAP) & HWCAP_CPUID) == 0) return {};
  std::uint64_t id;
  asm("mrs %0, midr_el1" : "=r"(id));
  return {.in_order = is_in_order(id)};
}
#else
CpuFeatures cpu_features() noexcept { return {}; }
#endif

}  // namespace treadle::base
