#include <doctest/doctest.h>
#include <sys/mman.h>

#include <cstring>
#include <filesystem>
#include <limits>

#include "fixture.hpp"
#include "process_memory.hpp"
#include "run_tool.hpp"

namespace treadle::tool {
namespace {

TEST_CASE("the peak of a process is what it held since it was reset") {
  if (!reset_peak()) return;
  const std::size_t before = resident_peak().value();
  // Not from the heap, which may keep what was freed, as AddressSanitizer does.
  constexpr std::size_t size = 64 << 20;
  void* const block = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  REQUIRE(block != MAP_FAILED);
  std::memset(block, 'x', size);
  REQUIRE(munmap(block, size) == 0);
  CHECK(resident_peak().value() >= before + (60 << 20));
  REQUIRE(reset_peak());
  CHECK(resident_peak().value() < before + (60 << 20));
}

void put(const std::string& file, const std::string& text) {
  std::filesystem::create_directories(std::filesystem::path(file).parent_path());
  test::write_whole_file(file, text);
}

TEST_CASE("available is what the machine has, or less where a control group or one above it has a limit") {
  const std::string root = test::folder() + "/memory", groups = root + "/sys/fs/cgroup/";
  CHECK_FALSE(available_memory(root));
  put(root + "/proc/meminfo", "MemTotal:  900 kB\nMemAvailable:     500 kB\n");
  CHECK(available_memory(root) == 500 * 1024);
  // More than a size can say is as much as it can.
  put(root + "/proc/meminfo", "MemAvailable: 18014398509481985 kB\n");
  CHECK(available_memory(root) == std::numeric_limits<std::size_t>::max());
  put(root + "/proc/meminfo", "MemAvailable:     500 kB\n");
  put(root + "/proc/self/cgroup", "4:cpu:/old\n0::/robot/trainer\n");
  CHECK(available_memory(root) == 500 * 1024);
  put(groups + "robot/trainer/memory.max", "max\n");
  put(groups + "robot/trainer/memory.current", "100\n");
  CHECK(available_memory(root) == 500 * 1024);
  put(groups + "robot/memory.max", "300000\n");
  put(groups + "robot/memory.current", "100000\n");
  CHECK(available_memory(root) == 200000);
  put(groups + "robot/memory.current", "400000\n");
  CHECK(available_memory(root) == 0);
}

TEST_CASE("this machine has memory") {
  if (const auto available = available_memory()) CHECK(*available > 0);
}

}  // namespace
}  // namespace treadle::tool
