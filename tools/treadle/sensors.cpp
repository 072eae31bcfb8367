#include "sensors.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <string_view>

namespace treadle::tool {
namespace {

namespace fs = std::filesystem;

std::string read_word(const std::string& path) {
  std::ifstream file(path);
  std::string text;
  file >> text;
  return text;
}

std::optional<double> read_number(const std::string& path) {
  const std::string text = read_word(path);
  double number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// The entries of a folder by name; none if it cannot be read.
std::vector<fs::path> entries(const std::string& folder) {
  std::vector<fs::path> all;
  std::error_code problem;
  for (fs::directory_iterator i(folder, problem), end; !problem && i != end; i.increment(problem))
    all.push_back(i->path());
  std::sort(all.begin(), all.end());
  return all;
}

bool is_graphics(const std::string& device) {
  for (const char* name : {"amdgpu", "i915", "nouveau", "radeon", "xe"})
    if (device == name) return true;
  return false;
}

/// Files "<begin><number>_input" of each hwmon device that hold a number.
std::vector<std::string> hwmon(const std::string& root, std::string_view begin) {
  constexpr std::string_view end = "_input";
  std::vector<std::string> files;
  for (const fs::path& device : entries(root + "/class/hwmon")) {
    if (begin != "temp" && is_graphics(read_word(device / "name"))) continue;
    for (const fs::path& file : entries(device)) {
      const std::string name = file.filename().string();
      if (name.starts_with(begin) && name.ends_with(end) && read_number(file)) files.push_back(file);
    }
  }
  return files;
}

/// Without the cores, where there are the sockets that hold them.
void keep_sockets(std::vector<std::string>& files) {
  const auto is_socket = [](const std::string& file) {
    return read_word(file.substr(0, file.rfind('_')) + "_label").starts_with("Esocket");
  };
  if (std::any_of(files.begin(), files.end(), is_socket))
    std::erase_if(files, [&](const std::string& file) { return !is_socket(file); });
}

bool slows_processors(const std::string& type) {
  return type == "Processor" || type.find("cpufreq") != std::string::npos || type.starts_with("cpu-");
}

/// Bits 1, 2, 3: the clock is capped, it is throttled, it nears the limit of temperature, each now.
bool says_throttled(const std::string& firmware_state) {
  unsigned state = 0;
  const std::size_t begin = firmware_state.starts_with("0x") ? 2 : 0;
  std::from_chars(firmware_state.data() + begin, firmware_state.data() + firmware_state.size(), state, 16);
  return (state & 0xEu) != 0;
}

}  // namespace

Sensors::Sensors(const std::string& root) {
  find_rapl(root);
  if (counters_.empty()) {
    std::vector<std::string> files = hwmon(root, "energy");
    keep_sockets(files);
    for (const std::string& file : files) counters_.push_back({file, 0, read_number(file).value_or(0), 0});
  }
  powers_ = hwmon(root, "power");
  temperatures_ = hwmon(root, "temp");
  for (const fs::path& zone : entries(root + "/class/thermal"))
    if (zone.filename().string().starts_with("thermal_zone") && read_number(zone / "temp"))
      temperatures_.push_back(zone / "temp");
  for (const fs::path& cpu : entries(root + "/devices/system/cpu"))
    if (read_number(cpu / "cpufreq/scaling_cur_freq")) clocks_.push_back(cpu / "cpufreq/scaling_cur_freq");
  find_throttling(root);
}

void Sensors::find_rapl(const std::string& root) {
  std::vector<Counter> platforms;
  std::string hidden;
  for (const fs::path& zone : entries(root + "/class/powercap")) {
    // intel-rapl:0 is a whole package; intel-rapl:0:1 a part of it, which would count twice.
    const std::string name = zone.filename().string(), file = zone / "energy_uj";
    if (!name.starts_with("intel-rapl:") || std::count(name.begin(), name.end(), ':') != 1) continue;
    const std::optional<double> now = read_number(file);
    std::error_code problem;
    if (!now && fs::exists(file, problem)) hidden = file;
    if (!now) continue;
    std::vector<Counter>& kind = read_word(zone / "name") == "psys" ? platforms : counters_;
    kind.push_back({file, read_number(zone / "max_energy_range_uj").value_or(0), *now, 0});
  }
  if (counters_.empty()) counters_ = std::move(platforms);
  if (counters_.empty()) hidden_energy_ = hidden;
}

void Sensors::find_throttling(const std::string& root) {
  for (const fs::path& cpu : entries(root + "/devices/system/cpu"))
    for (const char* name : {"thermal_throttle/core_throttle_count", "thermal_throttle/package_throttle_count"})
      if (read_number(cpu / name)) throttle_counts_.push_back(cpu / name);
  last_throttle_count_ = throttle_count();
  for (const fs::path& device : entries(root + "/class/thermal"))
    if (slows_processors(read_word(device / "type")) && read_number(device / "cur_state"))
      cooling_states_.push_back(device / "cur_state");
  const std::string firmware = root + "/devices/platform/soc/soc:firmware/get_throttled";
  if (!read_word(firmware).empty()) firmware_state_ = firmware;
}

std::optional<double> Sensors::energy() {
  if (counters_.empty()) return std::nullopt;
  double sum = 0;
  for (Counter& counter : counters_) {
    if (const std::optional<double> now = read_number(counter.file)) {
      const double step = *now - counter.last;
      if (step >= 0)
        counter.sum += step;
      else if (counter.range > 0)
        counter.sum += step + counter.range;
      counter.last = *now;
    }
    sum += counter.sum;
  }
  return sum * 1e-6;
}

std::optional<double> Sensors::power() const {
  std::optional<double> sum;
  for (const std::string& file : powers_)
    if (const std::optional<double> microwatts = read_number(file)) sum = sum.value_or(0) + *microwatts * 1e-6;
  return sum;
}

std::optional<double> Sensors::temperature() const {
  std::optional<double> hottest;
  for (const std::string& file : temperatures_)
    if (const std::optional<double> now = read_number(file)) hottest = std::max(hottest.value_or(-273), *now / 1000);
  return hottest;
}

std::optional<double> Sensors::clock() const {
  std::optional<double> fastest;
  for (const std::string& file : clocks_)
    if (const std::optional<double> kilohertz = read_number(file))
      fastest = std::max(fastest.value_or(0), *kilohertz / 1000);
  return fastest;
}

double Sensors::throttle_count() const {
  double sum = 0;
  for (const std::string& file : throttle_counts_) sum += read_number(file).value_or(0);
  return sum;
}

std::optional<bool> Sensors::throttling() {
  if (throttle_counts_.empty() && cooling_states_.empty() && firmware_state_.empty()) return std::nullopt;
  const double count = throttle_count();
  bool yes = count > last_throttle_count_;
  last_throttle_count_ = count;
  for (const std::string& file : cooling_states_) yes = yes || read_number(file).value_or(0) > 0;
  return yes || (!firmware_state_.empty() && says_throttled(read_word(firmware_state_)));
}

}  // namespace treadle::tool
