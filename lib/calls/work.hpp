// What a call computes and moves, for the report of a plan.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace treadle::calls {

/// Counted in floating point, which no shape overflows. A fused multiply-add is two operations. Every operand counts
/// once: what a call moves at least, whatever the caches hold.
struct Work {
  double flops = 0;
  double bytes = 0;
  /// Parameters that it updates where it completes their gradients; that work is the optimizer's to count.
  double updated = 0;
};

inline double elements(std::size_t rows, std::size_t columns) noexcept {
  return static_cast<double>(rows) * static_cast<double>(columns);
}

inline double bytes_of(double floats) noexcept { return floats * sizeof(float); }

/// C[m, n] = A[m, k] B[k, n], with what pads the matrices.
inline Work product_work(std::size_t m, std::size_t n, std::size_t k) noexcept {
  return {.flops = 2 * elements(m, n) * static_cast<double>(k),
          .bytes = bytes_of(elements(m, k) + elements(k, n) + elements(m, n))};
}

enum class Phase : std::uint8_t;

/// Reports are not part of the core, and a microcontroller has no flash to spare for what only they ask.
#ifdef TREADLE_CORE_ONLY
inline constexpr bool observable = false;
#else
inline constexpr bool observable = true;
#endif

/// A call as it is recorded.
struct RecordedCall {
  std::size_t layer = 0;
  Phase phase{};
  std::string_view name;
  Work work;  // on one micro-batch
  std::size_t tiles = 0;
  Work tile;  // of the longest of them, or a little more
};

/// Is told of every call that is recorded.
class CallObserver {
 public:
  virtual void add(const RecordedCall& call) = 0;

 protected:
  ~CallObserver() = default;
};

}  // namespace treadle::calls
