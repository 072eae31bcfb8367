// The matrix product of each instruction set against three loops, bit for bit: all shapes around the edges of its
// register tiles, its blocks of k and its panels, all layouts, all starts.
#include <doctest/doctest.h>
#include <treadle/isa.hpp>

#include <algorithm>
#include <cstring>
#include <limits>
#include <vector>

#include "kernels/gemm.hpp"
#include "kernels/reference.hpp"
#include "kernels/table.hpp"
#include "kernels/transpose_panels.hpp"
#include "support/random_values.hpp"

namespace treadle::kernels {
namespace {

constexpr float guard = -12345.0f;
constexpr std::size_t guards = 64;

struct Layout {
  bool transposed_a, packed_b, packed_c;
};
constexpr Layout layouts[] = {{false, true, false}, {true, false, true}, {true, true, false}, {false, false, true}};

/// The operands of one product; C stands between guards.
struct Product {
  Product(std::size_t m, std::size_t panels, std::size_t k, std::size_t nr, Layout layout, GemmStart start)
      : a(test::random_values(m * k, 1)),
        b(test::random_values(k * panels * nr, 2)),
        c(test::random_values(m * panels * nr, 3)),
        bias(test::random_values(panels * nr, 4)) {
    c.insert(c.begin(), guards, guard);
    c.insert(c.end(), guards, guard);
    args = {.a = a.data(),
            .a_row_stride = layout.transposed_a ? 1 : k,
            .a_k_stride = layout.transposed_a ? m : 1,
            .b = b.data(),
            .b_panel_stride = layout.packed_b ? k * nr : nr,
            .b_k_stride = layout.packed_b ? nr : panels * nr,
            .c = c.data() + guards,
            .c_panel_stride = layout.packed_c ? m * nr : nr,
            .c_row_stride = layout.packed_c ? nr : panels * nr,
            .bias = start == GemmStart::bias ? bias.data() : nullptr,
            .m = m,
            .panels = panels,
            .k = k,
            .start = start};
  }
  std::vector<float> a, b, c, bias;
  GemmArgs args{};
};

/// Equal bits, NaN being equal to any NaN.
bool same(const std::vector<float>& x, const std::vector<float>& y) {
  for (std::size_t i = 0; i < x.size(); ++i)
    if (std::memcmp(&x[i], &y[i], sizeof(float)) != 0 && !(x[i] != x[i] && y[i] != y[i])) return false;
  return x.size() == y.size();
}

template <class Change>
void compare(const KernelTable& table, std::size_t m, std::size_t panels, std::size_t k, Layout layout, GemmStart start,
             Change&& change) {
  Product ours(m, panels, k, table.panel, layout, start), expected(m, panels, k, table.panel, layout, start);
  change(ours);
  change(expected);
  table.gemm(ours.args);
  if (table.isa == Isa::sse2)
    reference::gemm<reference::Unfused>(expected.args, table.panel);
  else
    reference::gemm<reference::Fused>(expected.args, table.panel);
  CAPTURE(name(table.isa));
  CAPTURE(m);
  CAPTURE(panels);
  CAPTURE(k);
  CAPTURE(static_cast<int>(start));
  CHECK(same(ours.c, expected.c));
}

template <class Body>
void for_each_table(Body&& body) {
  for (Isa isa : compiled_isas())
    if (supported(isa) && isa != Isa::neon32) body(*table(isa));
}

const auto unchanged = [](Product&) {};

}  // namespace

TEST_CASE("every shape around the edges of tiles and blocks, every layout and start") {
  for_each_table([](const KernelTable& table) {
    const std::size_t mr = table.rows;
    for (const Layout& layout : layouts)
      for (GemmStart start : {GemmStart::zero, GemmStart::bias, GemmStart::c}) {
        for (std::size_t m = 0; m <= 2 * mr + 1; ++m)
          for (std::size_t panels : {0, 1, 2, 3, 7}) compare(table, m, panels, 5, layout, start, unchanged);
        for (std::size_t k : {0, 1, 2, 255, 256, 257, 513})
          for (std::size_t m : {std::size_t{1}, mr - 1, mr + 1, 4 * mr, 4 * mr + 1})
            compare(table, m, 2, k, layout, start, unchanged);
      }
  });
}

TEST_CASE("NaN, infinities, subnormals and signed zeros") {
  for_each_table([](const KernelTable& table) {
    const auto change = [](Product& product) {
      const float special[] = {std::numeric_limits<float>::quiet_NaN(),
                               std::numeric_limits<float>::infinity(),
                               -std::numeric_limits<float>::infinity(),
                               1e-42f,
                               -1e-42f,
                               -0.0f,
                               1e38f,
                               -3e38f};
      for (std::size_t i = 0; i < product.a.size(); i += 13) product.a[i] = special[i / 13 % 8];
      for (std::size_t i = 0; i < product.b.size(); i += 17) product.b[i] = special[i / 17 % 8];
    };
    for (const Layout& layout : layouts)
      for (std::size_t k : {1, 3, 40}) compare(table, 2 * table.rows + 1, 2, k, layout, GemmStart::bias, change);
  });
}

TEST_CASE("a product continued over parts of k has the bits of one product") {
  for_each_table([](const KernelTable& table) {
    const std::size_t m = 9, panels = 2, k = 301, nr = table.panel;
    Product whole(m, panels, k, nr, {true, false, true}, GemmStart::zero);
    Product parts(m, panels, k, nr, {true, false, true}, GemmStart::zero);
    table.gemm(whole.args);
    for (std::size_t begin = 0; begin < k;) {
      const std::size_t count = std::min<std::size_t>(begin % 3 + 1, k - begin);
      GemmArgs part = parts.args;
      part.a += begin * part.a_k_stride;
      part.b += begin * part.b_k_stride;
      part.k = count;
      part.start = begin == 0 ? GemmStart::zero : GemmStart::c;
      table.gemm(part);
      begin += count;
    }
    CHECK(same(whole.c, parts.c));
  });
}

}  // namespace treadle::kernels
