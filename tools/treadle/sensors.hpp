// What the system tells of energy, temperature and clock, where it tells anything.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace treadle::tool {

/// The readable sensors of a machine. Files that cannot be read, or hold something else, count as not there.
class Sensors {
 public:
  /// `root`: "/sys", or where a test has put files of the same names.
  explicit Sensors(const std::string& root = "/sys");

  /// Of all processors with their memory, in joules since any moment: Intel's RAPL (class/powercap/intel-rapl:*), else
  /// energy*_input of hwmon. Its difference is what was used; a counter that wraps around is followed if this is called
  /// at least once a minute.
  std::optional<double> energy();
  /// Watts: the sum of hwmon's power*_input, for machines without a counter of energy.
  std::optional<double> power() const;
  /// The hottest of class/thermal and hwmon, in degrees Celsius.
  std::optional<double> temperature() const;
  /// The mean over all CPUs, in MHz.
  std::optional<double> clock() const;

 private:
  struct Counter {
    std::string file;
    double range = 0;  // where it wraps around, in microjoules; 0: never
    double last = 0;
    double sum = 0;  // since the first reading
  };
  std::vector<Counter> counters_;
  std::vector<std::string> powers_, temperatures_, clocks_;
};

/// What the sensors told over some time.
struct SensorReadings {
  std::optional<double> joules;
  std::optional<double> celsius;  ///< the hottest
  std::optional<double> least_mhz, mean_mhz;
};

/// Reads the sensors four times a second on a thread of its own, from its making until stop(). Without sensors there is
/// no thread.
class SensorWatch {
 public:
  explicit SensorWatch(Sensors sensors);
  ~SensorWatch();
  SensorWatch(const SensorWatch&) = delete;
  SensorWatch& operator=(const SensorWatch&) = delete;

  SensorReadings stop();

 private:
  void watch();
  void read();

  Sensors sensors_;
  std::optional<double> first_joules_, last_joules_;
  double power_joules_ = 0;
  bool has_power_ = false;
  double last_power_time_ = 0;
  SensorReadings readings_;
  double mhz_sum_ = 0;
  std::size_t mhz_count_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

/// Bytes that this process holds now, and the most that it held since reset_peak(); nothing where /proc does not tell.
std::optional<std::size_t> resident();
std::optional<std::size_t> resident_peak();
/// False where the system does not allow it.
bool reset_peak();

}  // namespace treadle::tool
