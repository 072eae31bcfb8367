#include "sensors.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <fstream>

namespace treadle::tool {
namespace {

namespace fs = std::filesystem;

std::optional<double> read_number(const std::string& path) {
  std::ifstream file(path);
  std::string text;
  if (!(file >> text)) return std::nullopt;
  double number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
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

/// Files "<begin><number><end>" of each hwmon device that hold a number.
std::vector<std::string> hwmon(const std::string& root, std::string_view begin, std::string_view end) {
  std::vector<std::string> files;
  for (const fs::path& device : entries(root + "/class/hwmon"))
    for (const fs::path& file : entries(device.string())) {
      const std::string name = file.filename().string();
      if (name.starts_with(begin) && name.ends_with(end) && read_number(file.string())) files.push_back(file.string());
    }
  return files;
}

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

Sensors::Sensors(const std::string& root) {
  for (const fs::path& zone : entries(root + "/class/powercap")) {
    // intel-rapl:0 is a whole package; intel-rapl:0:1 a part of it, which would count twice.
    const std::string name = zone.filename().string(), file = (zone / "energy_uj").string();
    if (!name.starts_with("intel-rapl:") || std::count(name.begin(), name.end(), ':') != 1) continue;
    if (const std::optional<double> now = read_number(file))
      counters_.push_back({file, read_number((zone / "max_energy_range_uj").string()).value_or(0), *now, 0});
  }
  if (counters_.empty())
    for (const std::string& file : hwmon(root, "energy", "_input"))
      counters_.push_back({file, 0, read_number(file).value_or(0), 0});
  powers_ = hwmon(root, "power", "_input");
  temperatures_ = hwmon(root, "temp", "_input");
  for (const fs::path& zone : entries(root + "/class/thermal"))
    if (zone.filename().string().starts_with("thermal_zone") && read_number((zone / "temp").string()))
      temperatures_.push_back((zone / "temp").string());
  for (const fs::path& cpu : entries(root + "/devices/system/cpu")) {
    const std::string file = (cpu / "cpufreq/scaling_cur_freq").string();
    if (read_number(file)) clocks_.push_back(file);
  }
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
  double sum = 0, count = 0;
  for (const std::string& file : clocks_)
    if (const std::optional<double> kilohertz = read_number(file)) {
      sum += *kilohertz / 1000;
      ++count;
    }
  return count == 0 ? std::nullopt : std::optional<double>{sum / count};
}

SensorWatch::SensorWatch(Sensors sensors) : sensors_(std::move(sensors)) {
  read();
  if (last_joules_ || has_power_ || readings_.celsius || mhz_count_ != 0) thread_ = std::thread([this] { watch(); });
}

SensorWatch::~SensorWatch() { stop(); }

void SensorWatch::watch() {
  while (!stopping_) {
    std::this_thread::sleep_for(std::chrono::milliseconds(250));
    read();
  }
}

void SensorWatch::read() {
  last_joules_ = sensors_.energy();
  if (!first_joules_) first_joules_ = last_joules_;
  if (!last_joules_)
    if (const std::optional<double> watts = sensors_.power()) {
      const double now = seconds_now();
      if (has_power_) power_joules_ += *watts * (now - last_power_time_);
      has_power_ = true;
      last_power_time_ = now;
    }
  if (const std::optional<double> celsius = sensors_.temperature())
    readings_.celsius = std::max(readings_.celsius.value_or(*celsius), *celsius);
  if (const std::optional<double> mhz = sensors_.clock()) {
    readings_.least_mhz = std::min(readings_.least_mhz.value_or(*mhz), *mhz);
    mhz_sum_ += *mhz;
    ++mhz_count_;
  }
}

SensorReadings SensorWatch::stop() {
  stopping_ = true;
  if (thread_.joinable()) {
    thread_.join();
    read();
  }
  if (last_joules_) readings_.joules = *last_joules_ - *first_joules_;
  if (!last_joules_ && has_power_) readings_.joules = power_joules_;
  if (mhz_count_ != 0) readings_.mean_mhz = mhz_sum_ / static_cast<double>(mhz_count_);
  return readings_;
}

namespace {

std::optional<std::size_t> status_bytes(std::string_view name) {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(name)) {
      std::size_t kibibytes = 0;
      const std::size_t digits = line.find_first_of("0123456789");
      if (digits == std::string::npos) return std::nullopt;
      std::from_chars(line.data() + digits, line.data() + line.size(), kibibytes);
      return kibibytes * 1024;
    }
  return std::nullopt;
}

}  // namespace

std::optional<std::size_t> resident() { return status_bytes("VmRSS:"); }
std::optional<std::size_t> resident_peak() { return status_bytes("VmHWM:"); }

bool reset_peak() {
  std::ofstream file("/proc/self/clear_refs");
  return static_cast<bool>(file << "5" << std::flush);
}

}  // namespace treadle::tool
