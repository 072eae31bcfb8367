#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <thread>
#include <utility>

#include "fixture.hpp"
#include "run_tool.hpp"
#include "sensor_watch.hpp"

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

TEST_CASE("of RAPL the packages count, the platform that holds them only without these") {
  const System system("psys");
  system.put("class/powercap/intel-rapl:0/energy_uj", "1000000\n");
  system.put("class/powercap/intel-rapl:0/name", "package-0\n");
  system.put("class/powercap/intel-rapl:1/energy_uj", "5000000\n");
  system.put("class/powercap/intel-rapl:1/name", "psys\n");
  Sensors both(system.root);
  system.put("class/powercap/intel-rapl:0/energy_uj", "3000000\n");
  system.put("class/powercap/intel-rapl:1/energy_uj", "9000000\n");
  CHECK(both.energy() == doctest::Approx(2));
  std::filesystem::remove_all(system.root + "/class/powercap/intel-rapl:0");
  Sensors platform(system.root);
  system.put("class/powercap/intel-rapl:1/energy_uj", "9500000\n");
  CHECK(platform.energy() == doctest::Approx(0.5));
}

TEST_CASE("a counter that cannot be read is named") {
  const System system("hidden");
  system.put("class/powercap/intel-rapl:0/energy_uj", "");
  CHECK(Sensors(system.root).hidden_energy() == system.root + "/class/powercap/intel-rapl:0/energy_uj");
  system.put("class/powercap/intel-rapl:0/energy_uj", "1\n");
  CHECK(Sensors(system.root).hidden_energy().empty());
}

TEST_CASE("of hwmon's energy graphics cards do not count, and no core beside its socket") {
  const System system("energy");
  system.put("class/hwmon/hwmon0/name", "amd_energy\n");
  system.put("class/hwmon/hwmon0/energy1_input", "0\n");
  system.put("class/hwmon/hwmon0/energy1_label", "Ecore000\n");
  system.put("class/hwmon/hwmon0/energy2_input", "0\n");
  system.put("class/hwmon/hwmon0/energy2_label", "Esocket0\n");
  system.put("class/hwmon/hwmon1/name", "xe\n");
  system.put("class/hwmon/hwmon1/energy1_input", "0\n");
  system.put("class/hwmon/hwmon1/power1_input", "7000000\n");
  system.put("class/hwmon/hwmon1/temp1_input", "61000\n");
  Sensors sensors(system.root);
  for (const char* file : {"hwmon0/energy1_input", "hwmon0/energy2_input", "hwmon1/energy1_input"})
    system.put(std::string("class/hwmon/") + file, "1500000\n");
  CHECK(sensors.energy() == doctest::Approx(1.5));
  CHECK_FALSE(sensors.power());
  CHECK(sensors.temperature() == 61);
}

TEST_CASE("the clock is that of the fastest CPU") {
  const System system("clock");
  system.put("devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "1500000\n");
  system.put("devices/system/cpu/cpu1/cpufreq/scaling_cur_freq", "2500000\n");
  CHECK(Sensors(system.root).clock() == 2500);
  SensorWatch watch{Sensors(system.root)};
  system.put("devices/system/cpu/cpu1/cpufreq/scaling_cur_freq", "500000\n");
  const SensorReadings readings = watch.stop();
  CHECK(readings.least_mhz == 1500);
  CHECK(readings.mean_mhz.value() < 2500);
  CHECK_FALSE(readings.joules);
}

TEST_CASE("throttling is what the system says of it") {
  const System none("unthrottled");
  CHECK_FALSE(Sensors(none.root).throttling());
  const System system("throttled");
  const std::string count = "devices/system/cpu/cpu1/thermal_throttle/core_throttle_count";
  const std::string cooling = "class/thermal/cooling_device0/cur_state",
                    fan = "class/thermal/cooling_device1/cur_state";
  const std::string firmware = "devices/platform/soc/soc:firmware/get_throttled";
  system.put(count, "12\n");
  system.put("class/thermal/cooling_device0/type", "cpufreq-cpu0\n");
  system.put(cooling, "0\n");
  system.put("class/thermal/cooling_device1/type", "pwm-fan\n");
  system.put(fan, "3\n");
  system.put(firmware, "50000\n");  // it was once, and the voltage was low once
  Sensors sensors(system.root);
  CHECK(sensors.throttling() == false);
  system.put(count, "13\n");
  CHECK(sensors.throttling() == true);
  CHECK(sensors.throttling() == false);
  system.put(cooling, "2\n");
  CHECK(sensors.throttling() == true);
  system.put(cooling, "0\n");
  for (const auto& [state, throttled] : {std::pair{"50001", false}, {"50002", true}, {"4", true}, {"0x8", true}}) {
    system.put(firmware, std::string(state) + "\n");
    CHECK(sensors.throttling() == throttled);
  }
}

TEST_CASE("a clock that falls for a second is throttled") {
  const System system("falling");
  const std::string clock = "devices/system/cpu/cpu0/cpufreq/scaling_cur_freq";
  system.put(clock, "2000000\n");
  SensorWatch watch{Sensors(system.root)};
  std::this_thread::sleep_for(std::chrono::milliseconds(1200));
  system.put(clock, "1500000\n");
  std::this_thread::sleep_for(std::chrono::milliseconds(2400));
  CHECK(watch.stop().throttled == true);
}

TEST_CASE("energy is read while it is watched") {
  const System system("watched");
  const std::string counter = "class/powercap/intel-rapl:0/energy_uj";
  system.put(counter, "1000000\n");
  SensorWatch watch{Sensors(system.root)};
  CHECK(watch.joules() == 0);
  system.put(counter, "3500000\n");
  CHECK(watch.joules() == doctest::Approx(2.5));
  system.put(counter, "4000000\n");
  CHECK(watch.stop().joules == doctest::Approx(3));
}

}  // namespace
}  // namespace treadle::tool
