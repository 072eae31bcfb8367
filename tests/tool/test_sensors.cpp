#include <doctest/doctest.h>
#include <sys/mman.h>

#include <cstring>
#include <filesystem>

#include "fixture.hpp"
#include "run_tool.hpp"
#include "sensors.hpp"

namespace treadle::tool {
namespace {

/// A folder that looks like /sys.
struct System {
  explicit System(const char* name) : root(test::folder() + "/" + name) {}
  void put(const std::string& file, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(root + "/" + file).parent_path());
    test::write_whole_file(root + "/" + file, text);
  }
  std::string root;
};

TEST_CASE("a machine without sensors tells nothing") {
  Sensors sensors(test::folder() + "/no-sensors");
  CHECK_FALSE(sensors.energy());
  CHECK_FALSE(sensors.power());
  CHECK_FALSE(sensors.temperature());
  CHECK_FALSE(sensors.clock());
}

TEST_CASE("RAPL counts whole packages, and its counter wraps around") {
  const System system("rapl");
  system.put("class/powercap/intel-rapl:0/energy_uj", "900000\n");
  system.put("class/powercap/intel-rapl:0/max_energy_range_uj", "1000000\n");
  system.put("class/powercap/intel-rapl:0:0/energy_uj", "5\n");
  system.put("class/powercap/intel-rapl:1/energy_uj", "0\n");
  Sensors sensors(system.root);
  CHECK(sensors.energy() == 0);
  system.put("class/powercap/intel-rapl:0/energy_uj", "400000\n");
  system.put("class/powercap/intel-rapl:1/energy_uj", "250000\n");
  CHECK(sensors.energy() == doctest::Approx(0.75));
}

TEST_CASE("hwmon tells power and temperature, thermal zones too, and the hottest counts") {
  const System system("hwmon");
  system.put("class/hwmon/hwmon0/power1_input", "2500000\n");
  system.put("class/hwmon/hwmon1/power1_input", "500000\n");
  system.put("class/hwmon/hwmon1/power2_input", "broken\n");
  system.put("class/hwmon/hwmon0/temp1_input", "41000\n");
  system.put("class/thermal/thermal_zone0/temp", "55500\n");
  system.put("class/thermal/cooling_device0/temp", "99000\n");
  Sensors sensors(system.root);
  CHECK(sensors.power() == 3.0);
  CHECK(sensors.temperature() == 55.5);
  CHECK_FALSE(sensors.energy());
}

TEST_CASE("the clock is the mean of all CPUs") {
  const System system("clock");
  system.put("devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "1500000\n");
  system.put("devices/system/cpu/cpu1/cpufreq/scaling_cur_freq", "2500000\n");
  CHECK(Sensors(system.root).clock() == 2000);
  SensorWatch watch{Sensors(system.root)};
  system.put("devices/system/cpu/cpu1/cpufreq/scaling_cur_freq", "500000\n");
  const SensorReadings readings = watch.stop();
  CHECK(readings.least_mhz == 1000);
  CHECK(readings.mean_mhz.value() < 2000);
  CHECK_FALSE(readings.joules);
}

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

}  // namespace
}  // namespace treadle::tool
