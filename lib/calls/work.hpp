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

/// Is told of every call that is recorded, and its work on one micro-batch.
class CallObserver {
 public:
  virtual void add(std::size_t layer, Phase phase, std::string_view name, const Work& work) = 0;

 protected:
  ~CallObserver() = default;
};

}  // namespace treadle::calls
