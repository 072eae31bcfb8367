#include "peak.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <ctime>

#include "aligned_floats.hpp"
#include "kernels/activation.hpp"
#include "kernels/gemm.hpp"
#include "kernels/table.hpp"

namespace treadle::bench {
namespace {

/// CPU time of this thread alone: a library that is linked in may have threads that wait awake.
double cpu_seconds() {
  std::timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// The most that work() does in a second of CPU time, when one call does `amount`, over windows of
/// about a millisecond, which are long enough that looking at the clock takes no time.
template <class Work>
double best_rate(double amount, Work work) {
  double best = 0;
  std::size_t calls = 1;
  for (int window = 0; window < 20;) {
    const double start = cpu_seconds();
    for (std::size_t i = 0; i < calls; ++i) work();
    const double seconds = cpu_seconds() - start;
    if (seconds < 1e-3) {
      calls *= 2;
      continue;
    }
    best = std::max(best, amount * static_cast<double>(calls) / seconds);
    ++window;
  }
  return best;
}

/// So that the compiler neither foresees a value nor drops the writes to memory.
template <class T>
void keep(T& value) {
  asm volatile("" : "+r"(value) : : "memory");
}

}  // namespace

double clock_rate() {
  constexpr int additions = 4096;
  std::uint64_t sum = 1, one = 1;
  return best_rate(additions, [&] {
    for (int i = 0; i < additions; i += 8)
      for (int j = 0; j < 8; ++j) {
        sum += one;
        keep(sum);
      }
  });
}

double copy_bandwidth(std::size_t bytes) {
  const std::size_t n = bytes / 2 / sizeof(float);
  AlignedFloats from(n, 1.0f), to(n, 2.0f);
  const float* source = from.data();
  float* target = to.data();
  const double moved = 2.0 * static_cast<double>(n * sizeof(float));
  const double library = best_rate(moved, [&] {
    std::memcpy(target, source, n * sizeof(float));
    keep(target);
  });
  const kernels::KernelTable& table = *kernels::table(default_isa().value_or(Isa::scalar));
  const double cached = best_rate(moved, [&] { table.relu({.x = source, .y = target, .n = n}); });
  return std::max(library, cached);
}

double peak_flops() {
  // One register tile over a depth that stays in the first cache: nothing but its multiply-adds takes time.
  const Isa isa = default_isa().value_or(Isa::scalar);
  const kernels::KernelTable& table = *kernels::table(isa);
  constexpr std::size_t k = 128;
  AlignedFloats a(table.rows * k), b(k * table.panel), c(table.rows * table.panel);
  const kernels::GemmArgs args{.a = a.data(),
                               .a_row_stride = k,
                               .a_k_stride = 1,
                               .b = b.data(),
                               .b_panel_stride = 0,
                               .b_k_stride = table.panel,
                               .c = c.data(),
                               .c_panel_stride = 0,
                               .c_row_stride = table.panel,
                               .bias = nullptr,
                               .m = table.rows,
                               .columns = table.panel,
                               .k = k,
                               .start = kernels::GemmStart::zero};
  return best_rate(2.0 * static_cast<double>(table.rows * table.panel * k), [&] { table.gemm(args); });
}

}  // namespace treadle::bench
