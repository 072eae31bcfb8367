#include "base/cpu.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <set>
#include <sstream>
#include <string>

namespace {

/// The words of the "flags" line of /proc/cpuinfo: what the operating system found and enabled. Empty elsewhere.
std::set<std::string> flags_of_the_operating_system() {
  std::ifstream cpuinfo("/proc/cpuinfo");
  for (std::string line; std::getline(cpuinfo, line);) {
    if (!line.starts_with("flags")) continue;
    std::istringstream words(line);
    std::set<std::string> flags;
    for (std::string word; words >> word;) flags.insert(word);
    return flags;
  }
  return {};
}

TEST_CASE("features imply the older ones") {
  const auto features = treadle::base::cpu_features();
  if (features.avx512) CHECK(features.avx2_fma);
  if (features.avx2_fma) CHECK(features.sse2);
#if defined(__x86_64__)
  CHECK(features.sse2);
#endif
}

// An emulator shows its own features and the host's /proc/cpuinfo, hence an implication and no equality.
TEST_CASE("nothing is claimed that the operating system does not know of") {
  const auto flags = flags_of_the_operating_system();
  if (flags.empty()) return;
  const auto features = treadle::base::cpu_features();
  if (features.avx2_fma) CHECK((flags.contains("avx2") && flags.contains("fma")));
  if (features.avx512)
    for (const char* part : {"avx512f", "avx512dq", "avx512bw", "avx512vl"}) CHECK(flags.contains(part));
}

TEST_CASE("a Cortex-A53 and an A55 begin instructions in order") {
  // As their Technical Reference Manuals have them; of the A53 two revisions.
  for (const std::uint64_t id : {0x410fd034u, 0x410fd031u, 0x412fd050u}) CHECK(treadle::base::is_in_order(id));
  // Cortex-A72, A76 and A57, Neoverse-N1, and one of another maker with the A53's number.
  for (const std::uint64_t id : {0x410fd083u, 0x414fd0b1u, 0x411fd070u, 0x413fd0c1u, 0x510fd034u})
    CHECK_FALSE(treadle::base::is_in_order(id));
}

}  // namespace
