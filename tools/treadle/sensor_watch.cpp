#include "sensor_watch.hpp"

#include <algorithm>
#include <chrono>

namespace treadle::tool {
namespace {

constexpr std::size_t readings_a_second = 4;
constexpr std::chrono::milliseconds between_readings{1000 / readings_a_second};

/// What a clock may fall to before it counts as throttled: turbo clocks move by a few percent anyway.
constexpr double steady_share = 5.0 / 6;

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

SensorWatch::SensorWatch(Sensors sensors) : sensors_(std::move(sensors)) {
  read();
  if (last_joules_ || has_power_ || readings_.celsius || mhz_count_ != 0 || readings_.throttled)
    thread_ = std::thread([this] { watch(); });
}

SensorWatch::~SensorWatch() { stop(); }

void SensorWatch::watch() {
  while (!stopping_) {
    std::this_thread::sleep_for(between_readings);
    read();
  }
}

void SensorWatch::read() {
  const std::lock_guard lock(mutex_);
  read_energy();
  read_clock();
  if (const std::optional<double> celsius = sensors_.temperature())
    readings_.celsius = std::max(readings_.celsius.value_or(*celsius), *celsius);
  if (const std::optional<bool> throttling = sensors_.throttling())
    readings_.throttled = readings_.throttled.value_or(false) || *throttling;
}

void SensorWatch::read_energy() {
  last_joules_ = sensors_.energy();
  if (!first_joules_) first_joules_ = last_joules_;
  if (last_joules_) return;
  if (const std::optional<double> watts = sensors_.power()) {
    const double now = seconds_now();
    if (has_power_) power_joules_ += *watts * (now - last_power_time_);
    has_power_ = true;
    last_power_time_ = now;
  }
}

void SensorWatch::read_clock() {
  const std::optional<double> mhz = sensors_.clock();
  if (!mhz) return;
  readings_.least_mhz = std::min(readings_.least_mhz.value_or(*mhz), *mhz);
  mhz_sum_ += *mhz;
  second_sum_ += *mhz;
  if (++mhz_count_ % readings_a_second != 0) return;
  const double mean = second_sum_ / readings_a_second;
  second_sum_ = 0;
  fastest_second_ = std::max(fastest_second_, mean);
  readings_.throttled = readings_.throttled.value_or(false) || mean < steady_share * fastest_second_;
}

std::optional<double> SensorWatch::joules_so_far() const {
  if (last_joules_) return *last_joules_ - *first_joules_;
  return has_power_ ? std::optional{power_joules_} : std::nullopt;
}

std::optional<double> SensorWatch::joules() {
  const std::lock_guard lock(mutex_);
  read_energy();
  return joules_so_far();
}

SensorReadings SensorWatch::stop() {
  stopping_ = true;
  if (thread_.joinable()) {
    thread_.join();
    read();
  }
  readings_.joules = joules_so_far();
  if (mhz_count_ != 0) readings_.mean_mhz = mhz_sum_ / static_cast<double>(mhz_count_);
  return readings_;
}

}  // namespace treadle::tool
