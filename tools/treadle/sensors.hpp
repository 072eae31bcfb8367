// What the system tells of energy, temperature and clock, where it tells anything.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace treadle::tool {

/// The readable sensors of a machine. Files that cannot be read, or hold something else, count as not there.
class Sensors {
 public:
  /// `root`: "/sys", or where a test has put files of the same names.
  explicit Sensors(const std::string& root = "/sys");

  /// Of all processors with their memory, in joules since any moment: Intel's RAPL (class/powercap/intel-rapl:*, the
  /// packages; the platform, which holds them, only where there are none), else energy*_input of hwmon without graphics
  /// cards, of amd_energy the sockets. Its difference is what was used; a counter that wraps around is followed if this
  /// is called at least once a minute.
  std::optional<double> energy();
  /// Watts: the sum of hwmon's power*_input without graphics cards, for machines without a counter of energy.
  std::optional<double> power() const;
  /// The hottest of class/thermal and hwmon, in degrees Celsius.
  std::optional<double> temperature() const;
  /// The fastest CPU's, in MHz: those that have nothing to do go slowly.
  std::optional<double> clock() const;
  /// Whether the system says that it holds processors back now, or has done so since the last call: x86's counts of
  /// throttling, a cooling device that slows processors, the firmware of a Raspberry Pi. Nothing where none of these is
  /// there.
  std::optional<bool> throttling();
  /// A counter of energy that is there and that only root may read; "": none.
  const std::string& hidden_energy() const noexcept { return hidden_energy_; }

 private:
  struct Counter {
    std::string file;
    double range = 0;  // where it wraps around, in microjoules; 0: never
    double last = 0;
    double sum = 0;  // since the first reading
  };
  void find_rapl(const std::string& root);
  void find_throttling(const std::string& root);
  double throttle_count() const;

  std::vector<Counter> counters_;
  std::vector<std::string> powers_, temperatures_, clocks_;
  std::vector<std::string> throttle_counts_, cooling_states_;
  std::string firmware_state_, hidden_energy_;
  double last_throttle_count_ = 0;
};

}  // namespace treadle::tool
