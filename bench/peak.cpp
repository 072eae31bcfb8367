#include "peak.hpp"

#include <algorithm>
#include <chrono>
#include <vector>

#include "kernels/gemm.hpp"
#include "kernels/table.hpp"

namespace treadle::bench {

double peak_flops() {
  // One register tile over a depth that stays in the first cache: nothing but its multiply-adds takes time.
  const Isa isa = default_isa().value_or(Isa::scalar);
  const kernels::KernelTable& table = *kernels::table(isa);
  constexpr std::size_t k = 128;
  std::vector<float> a(table.rows * k), b(k * table.panel), c(table.rows * table.panel);
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
                               .panels = 1,
                               .k = k,
                               .start = kernels::GemmStart::zero};
  constexpr int repeats = 2000;
  double best = 0;
  for (int window = 0; window < 20; ++window) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < repeats; ++i) table.gemm(args);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    best = std::max(best, 2.0 * static_cast<double>(table.rows * table.panel * k) * repeats / seconds);
  }
  return best;
}

}  // namespace treadle::bench
