// Arithmetic on sizes that remembers an overflow instead of wrapping around.
#pragma once

#include <treadle/result.hpp>

#include <cstddef>
#include <limits>

namespace treadle::base {

/// A size computed from untrusted numbers: `(CheckedSize{rows} * columns + padding).value()`. Once one operation does
/// not fit into size_t the result stays invalid.
class CheckedSize {
 public:
  constexpr CheckedSize(std::size_t value) noexcept : value_(value) {}

  constexpr bool valid() const noexcept { return valid_; }
  /// The number, or `too_large` naming `what` ("size of the weight").
  Result<std::size_t> value(std::string_view what) const noexcept {
    if (valid_) return value_;
    return Error{ErrorCode::too_large, Message{what} << " does not fit into a size of this machine"};
  }
  /// The number, or the largest size when it did not fit.
  constexpr std::size_t saturated() const noexcept { return valid_ ? value_ : std::numeric_limits<std::size_t>::max(); }

  friend constexpr CheckedSize operator+(CheckedSize a, CheckedSize b) noexcept {
    CheckedSize sum{0};
    sum.valid_ = !__builtin_add_overflow(a.value_, b.value_, &sum.value_) && a.valid_ && b.valid_;
    return sum;
  }
  friend constexpr CheckedSize operator*(CheckedSize a, CheckedSize b) noexcept {
    CheckedSize product{0};
    product.valid_ = !__builtin_mul_overflow(a.value_, b.value_, &product.value_) && a.valid_ && b.valid_;
    return product;
  }
  constexpr CheckedSize& operator+=(CheckedSize other) noexcept { return *this = *this + other; }
  constexpr CheckedSize& operator*=(CheckedSize other) noexcept { return *this = *this * other; }

  /// The next multiple of `step`, which must not be 0.
  constexpr CheckedSize rounded_up(std::size_t step) const noexcept {
    CheckedSize bumped = *this + (step - 1);
    bumped.value_ = bumped.value_ / step * step;
    return bumped;
  }

 private:
  std::size_t value_;
  bool valid_ = true;
};

/// ceil(a / b) without overflow; b must not be 0.
constexpr std::size_t ceil_div(std::size_t a, std::size_t b) noexcept { return a / b + (a % b != 0); }

/// The next multiple of `step`; only for sizes that are known to be small enough.
constexpr std::size_t round_up(std::size_t a, std::size_t step) noexcept { return ceil_div(a, step) * step; }

}  // namespace treadle::base
