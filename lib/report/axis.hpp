// Where the values of an axis go, and which of them get a label.
#pragma once

#include <treadle/chart.hpp>

#include <string>
#include <vector>

namespace treadle::reporting {

/// Beyond this differences of two values could overflow; nothing that is drawn is as large.
inline constexpr double largest_drawn = 1e300;

/// Whether `value` has a place on an axis of this scale.
bool drawable(Scale scale, double value) noexcept;

/// The values low ... high along a line of length 1.
class Ruler {
 public:
  /// Both ends drawable, least <= most. `most_ticks` at least 2; a linear one has steps of 1, 2 or 5 times a power of
  /// ten, as Heckbert's "Nice numbers for graph labels" (Graphics Gems, 1990), a logarithmic one powers of its base, or
  /// within two decades 1, 2 and 5 times powers of ten.
  Ruler(const Axis& axis, double least, double most, std::size_t most_ticks);

  /// 0 at the low end, 1 at the high end.
  double place(double value) const noexcept;
  const std::vector<double>& ticks() const noexcept { return ticks_; }

 private:
  void make_linear(bool whole, double least, double most, std::size_t most_ticks);
  void make_logarithmic(double least, double most, std::size_t most_ticks);
  bool make_decimal_steps(double least, double most, std::size_t most_ticks);
  double exponent(double value) const noexcept;

  Scale scale_;
  double low_ = 0;   // on a logarithmic axis of the exponents
  double high_ = 1;  // likewise
  std::vector<double> ticks_;
};

/// A short decimal: "0.25", "1,024", "2.5M", "1e-07".
std::string tick_text(double value);

}  // namespace treadle::reporting
