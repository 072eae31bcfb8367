#include "report/axis.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace treadle::reporting {
namespace {

/// The smallest of 1, 2, 5 and 10 times a power of ten that is at least `step`.
double nice_step(double step) {
  const double power = std::pow(10.0, std::floor(std::log10(step)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= step) return factor * power;
  return 10 * power;
}

std::string decimal(double value, int digits) {
  char room[40];
  return {room, std::to_chars(room, room + sizeof room, value, std::chars_format::general, digits).ptr};
}

}  // namespace

bool drawable(Scale scale, double value) noexcept {
  return std::abs(value) <= largest_drawn && (scale == Scale::linear || value > 0);
}

Ruler::Ruler(const Axis& axis, double least, double most, std::size_t most_ticks) : scale_(axis.scale) {
  if (scale_ == Scale::linear)
    make_linear(axis.whole, least, most, most_ticks);
  else
    make_logarithmic(least, most, most_ticks);
}

void Ruler::make_linear(bool whole, double least, double most, std::size_t most_ticks) {
  // A flat line still needs an axis around it; less than this and the ticks would be the same double.
  constexpr double tiny = 1e-250;
  const double narrow = std::max(std::max(std::abs(least), std::abs(most)) * 1e-9, tiny);
  if (most - least <= narrow) {
    const double size = std::abs(least), around = size < tiny ? 1 : whole ? std::max(1.0, size / 2) : size / 2;
    least -= around;
    most += around;
  }
  double step = nice_step((most - least) / static_cast<double>(most_ticks - 1));
  if (whole) step = std::max(step, 1.0);
  low_ = std::floor(least / step) * step;
  high_ = std::ceil(most / step) * step;
  if (whole) {  // epochs 1 to 10 need no room for an epoch 0
    low_ = least;
    high_ = most;
  }
  const double first = std::ceil(low_ / step - 1e-9);
  for (double i = first; i * step <= high_ + step * 1e-6 && ticks_.size() < 64; ++i)
    ticks_.push_back(i == 0 ? 0 : i * step);
}

/// Within two decades whole ones leave more room than the values need.
bool Ruler::make_decimal_steps(double least, double most, std::size_t most_ticks) {
  if (most / least > 100) return false;
  std::vector<double> ticks;
  const double first = std::floor(std::log10(least) + 1e-9);
  for (double decade = first; decade <= first + 3; ++decade)
    for (const double factor : {1.0, 2.0, 5.0}) {
      const double tick = factor * std::pow(10.0, decade);
      if (ticks.size() > 1 && ticks.back() >= most * (1 - 1e-9)) break;
      if (!ticks.empty() && tick <= least * (1 + 1e-9)) ticks.clear();
      ticks.push_back(tick);
    }
  if (ticks.size() > most_ticks) return false;
  low_ = std::log10(ticks.front());
  high_ = std::log10(ticks.back());
  ticks_ = std::move(ticks);
  return true;
}

double Ruler::exponent(double value) const noexcept {
  return scale_ == Scale::log2 ? std::log2(value) : std::log10(value);
}

void Ruler::make_logarithmic(double least, double most, std::size_t most_ticks) {
  if (scale_ == Scale::log10 && make_decimal_steps(least, most, most_ticks)) return;
  low_ = std::floor(exponent(least) + 1e-9);
  high_ = std::max(std::ceil(exponent(most) - 1e-9), low_ + 1);
  const double stride = std::ceil((high_ - low_) / static_cast<double>(most_ticks - 1));
  for (double i = low_; i <= high_; i += stride) ticks_.push_back(std::pow(scale_ == Scale::log2 ? 2.0 : 10.0, i));
}

double Ruler::place(double value) const noexcept {
  const double position = scale_ == Scale::linear ? value : exponent(value);
  return std::clamp((position - low_) / (high_ - low_), 0.0, 1.0);
}

std::string tick_text(double value) {
  const double size = std::abs(value);
  if (size >= 1e6 && size < 1e9) return decimal(value / 1e6, 4) + "M";
  if (size >= 10000 && size < 1e6) return decimal(value / 1e3, 4) + "k";
  return decimal(value, 4);
}

}  // namespace treadle::reporting
