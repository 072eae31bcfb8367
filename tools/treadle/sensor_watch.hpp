// The sensors over some time: energy, the highest temperature, the clock, and whether processors were held back.
#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>
#include <optional>
#include <thread>

#include "sensors.hpp"

namespace treadle::tool {

/// What the sensors told over some time.
struct SensorReadings {
  std::optional<double> joules;
  std::optional<double> celsius;              ///< the hottest
  std::optional<double> least_mhz, mean_mhz;  ///< of the fastest CPU
  /// The system said so, or the fastest CPU's clock fell by more than a sixth for a second. Nothing where neither is
  /// told.
  std::optional<bool> throttled;
};

/// Reads the sensors four times a second on a thread of its own, from its making until stop(). Without sensors there is
/// no thread.
class SensorWatch {
 public:
  explicit SensorWatch(Sensors sensors);
  ~SensorWatch();
  SensorWatch(const SensorWatch&) = delete;
  SensorWatch& operator=(const SensorWatch&) = delete;

  /// Used since the beginning. For any thread.
  std::optional<double> joules();
  SensorReadings stop();

 private:
  void watch();
  void read();
  void read_energy();
  void read_clock();
  std::optional<double> joules_so_far() const;

  std::mutex mutex_;  // of all that follows but the thread
  Sensors sensors_;
  std::optional<double> first_joules_, last_joules_;
  double power_joules_ = 0;
  bool has_power_ = false;
  double last_power_time_ = 0;
  SensorReadings readings_;
  double mhz_sum_ = 0;
  std::size_t mhz_count_ = 0;
  double second_sum_ = 0, fastest_second_ = 0;  // of the clock, over readings of one second
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace treadle::tool
