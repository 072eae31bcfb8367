// A block of memory handed out front to back. It never frees and never grows.
#pragma once

#include <cstddef>
#include <span>

#include "base/checked.hpp"

namespace treadle::base {

/// Alignment of every buffer: one cache line, one zmm register.
inline constexpr std::size_t alignment = 64;

/// Hands out aligned parts of `memory`. Without memory it only measures: take() gives null and used() grows all the
/// same, so that one piece of code both measures and lays out.
class Arena {
 public:
  Arena() = default;
  explicit Arena(std::span<std::byte> memory) : memory_(memory) {}

  /// `count` uninitialised objects, or null when measuring, when the memory is used up or when the size overflows.
  template <class T>
  T* take(std::size_t count) noexcept {
    const std::size_t offset = used_.saturated();
    used_ += (CheckedSize{sizeof(T)} * count).rounded_up(alignment);
    if (!used_.valid() || used_.saturated() > memory_.size()) return nullptr;
    return reinterpret_cast<T*>(memory_.data() + offset);
  }

  /// Bytes asked for so far, padding included; invalid after an overflow.
  CheckedSize used() const noexcept { return used_; }

 private:
  std::span<std::byte> memory_;
  CheckedSize used_{0};
};

}  // namespace treadle::base
