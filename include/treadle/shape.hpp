// The extents of a tensor, outermost first: an image is {height, width, channels}.
#pragma once

#include <treadle/result.hpp>

#include <array>
#include <cstddef>
#include <initializer_list>
#include <span>

namespace treadle {

/// Up to `max_rank` extents of a row-major tensor. A shape of rank 0 is a scalar and has one element. A list of more
/// than `max_rank` extents makes an invalid shape (`valid()` is false), which every planner and reader refuses.
class Shape {
 public:
  static constexpr std::size_t max_rank = 6;

  constexpr Shape() = default;
  constexpr Shape(std::initializer_list<std::size_t> extents)
      : Shape(std::span<const std::size_t>(extents.begin(), extents.size())) {}
  constexpr explicit Shape(std::span<const std::size_t> extents) : rank_(extents.size()) {
    for (std::size_t i = 0; i < rank_ && i < max_rank; ++i) extents_[i] = extents[i];
  }

  constexpr bool valid() const noexcept { return rank_ <= max_rank; }
  constexpr std::size_t rank() const noexcept { return rank_; }
  /// The extent of `axis`, which must be less than rank().
  constexpr std::size_t operator[](std::size_t axis) const noexcept { return extents_[axis]; }
  constexpr std::span<const std::size_t> extents() const noexcept {
    return {extents_.data(), rank_ < max_rank ? rank_ : max_rank};
  }

  /// The product of all extents (1 for rank 0), or an error when it does not fit into size_t or the shape is invalid.
  Result<std::size_t> elements() const noexcept;

  friend constexpr bool operator==(const Shape& a, const Shape& b) noexcept {
    if (a.rank_ != b.rank_) return false;
    for (std::size_t i = 0; i < a.extents().size(); ++i)
      if (a.extents_[i] != b.extents_[i]) return false;
    return true;
  }

 private:
  std::array<std::size_t, max_rank> extents_{};
  std::size_t rank_ = 0;
};

}  // namespace treadle
