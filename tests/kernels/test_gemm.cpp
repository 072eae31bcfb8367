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
#include "support/subnormals.hpp"

namespace treadle::kernels {
namespace {

constexpr float guard = -12345.0f;
constexpr std::size_t guards = 64;

/// A tight matrix is row-major without room for whole panels.
struct Layout {
  bool transposed_a, packed_b, packed_c, tight;
};
constexpr Layout layouts[] = {{false, true, false, false}, {true, false, true, false}, {true, true, false, false},
                              {false, false, true, false}, {false, true, false, true}, {true, false, true, true},
                              {false, false, false, true}};

/// The operands of one product; C stands between guards.
struct Product {
  Product(std::size_t m, std::size_t columns, std::size_t k, std::size_t nr, Layout layout, GemmStart start) {
    const std::size_t padded = (columns + nr - 1) / nr * nr;
    const std::size_t row_of_b = layout.tight && !layout.packed_b ? columns : padded;
    const std::size_t row_of_c = layout.tight && !layout.packed_c ? columns : padded;
    a = treadle::test::random_values(m * k, 1);
    b = treadle::test::random_values(k * row_of_b, 2);
    c = treadle::test::random_values(m * row_of_c, 3);
    bias = treadle::test::random_values(padded, 4);
    for (std::vector<float>* operand : {&a, &b, &bias}) operand->reserve(1);  // an empty one, too, has an address
    c.insert(c.begin(), guards, guard);
    c.insert(c.end(), guards, guard);
    args = {.a = a.data(),
            .a_row_stride = layout.transposed_a ? 1 : k,
            .a_k_stride = layout.transposed_a ? m : 1,
            .b = b.data(),
            .b_panel_stride = layout.packed_b ? k * nr : nr,
            .b_k_stride = layout.packed_b ? nr : row_of_b,
            .c = c.data() + guards,
            .c_panel_stride = layout.packed_c ? m * nr : nr,
            .c_row_stride = layout.packed_c ? nr : row_of_c,
            .bias = start == GemmStart::bias ? bias.data() : nullptr,
            .m = m,
            .columns = columns,
            .k = k,
            .start = start};
  }
  /// A relu, or the gradient of one whose outputs are positive, zero, negative and NaN.
  void finish(GemmFinish finish) {
    args.finish = finish;
    if (finish != GemmFinish::gate) return;
    gate = treadle::test::random_values(c.size(), 6);
    for (std::size_t i = 0; i < gate.size(); i += 5)
      gate[i] = i % 2 == 0 ? 0.0f : std::numeric_limits<float>::quiet_NaN();
    args.gate = gate.data() + guards;
  }
  std::vector<float> a, b, c, bias, gate;
  GemmArgs args{};
};

/// Equal bits, NaN being equal to any NaN.
bool same(const std::vector<float>& x, const std::vector<float>& y) {
  for (std::size_t i = 0; i < x.size(); ++i)
    if (std::memcmp(&x[i], &y[i], sizeof(float)) != 0 && !(x[i] != x[i] && y[i] != y[i])) return false;
  return x.size() == y.size();
}

template <class Change>
void compare(const KernelTable& table, std::size_t m, std::size_t columns, std::size_t k, Layout layout,
             GemmStart start, Change&& change) {
  Product ours(m, columns, k, table.panel, layout, start), expected(m, columns, k, table.panel, layout, start);
  change(ours);
  change(expected);
  table.gemm(ours.args);
  if (table.isa == Isa::sse2)
    reference::gemm<reference::Unfused>(expected.args, table.panel);
  else
    reference::gemm<reference::Fused>(expected.args, table.panel);
  CAPTURE(name(table.isa));
  CAPTURE(m);
  CAPTURE(columns);
  CAPTURE(k);
  CAPTURE(static_cast<int>(start));
  CHECK(same(ours.c, expected.c));
}

/// The same where only the first `used` columns mean something: the others are what they would be, or 0, or stay.
template <class Change>
void compare_padded(const KernelTable& table, std::size_t m, std::size_t columns, std::size_t used, std::size_t k,
                    Layout layout, GemmStart start, GemmFinish finish, Change&& change) {
  Product ours(m, columns, k, table.panel, layout, start), expected(m, columns, k, table.panel, layout, start);
  for (Product* product : {&ours, &expected}) {
    change(*product);
    product->finish(finish);
  }
  ours.args.padding = columns - used;
  const std::vector<float> before = ours.c;
  table.gemm(ours.args);
  if (table.isa == Isa::sse2)
    reference::gemm<reference::Unfused>(expected.args, table.panel);
  else
    reference::gemm<reference::Fused>(expected.args, table.panel);
  for (std::size_t row = 0; row < m; ++row)
    for (std::size_t column = used; column < columns; ++column) {
      const std::size_t at = guards + column / table.panel * ours.args.c_panel_stride + row * ours.args.c_row_stride +
                             column % table.panel;
      if (ours.c[at] == 0.0f || ours.c[at] == before[at]) expected.c[at] = ours.c[at];
    }
  CAPTURE(name(table.isa));
  CAPTURE(m);
  CAPTURE(used);
  CAPTURE(k);
  CAPTURE(static_cast<int>(start));
  CHECK(same(ours.c, expected.c));
}

template <class Body>
void for_each_table(Body&& body) {
  for (Isa isa : compiled_isas()) {
    if (!supported(isa)) continue;
    body(*table(isa, false));
    if (table(isa, true) != table(isa, false)) body(*table(isa, true));
  }
}

const auto unchanged = [](Product&) {};

}  // namespace

TEST_CASE("every shape around the edges of tiles and blocks, every layout and start") {
  for_each_table([](const KernelTable& table) {
    const std::size_t mr = table.rows, nr = table.panel;
    for (const Layout& layout : layouts)
      for (GemmStart start : {GemmStart::zero, GemmStart::bias, GemmStart::c}) {
        for (std::size_t m = 0; m <= 2 * mr + 1; ++m)
          for (std::size_t columns : {std::size_t{0}, std::size_t{1}, nr - 1, nr, 2 * nr, 3 * nr - nr / 2, 7 * nr})
            compare(table, m, columns, 5, layout, start, unchanged);
        for (std::size_t columns = 1; columns <= 2 * nr + 1; ++columns)
          for (std::size_t m : {mr, 5 * mr}) compare(table, m, columns, 3, layout, start, unchanged);
        for (std::size_t k : {0, 1, 2, 255, 256, 257, 513, 1023, 1024, 1025})
          for (std::size_t m : {std::size_t{1}, mr - 1, mr + 1, 4 * mr, 4 * mr + 1})
            compare(table, m, 2 * nr, k, layout, start, unchanged);
      }
  });
}

TEST_CASE("with wide registers, products whose A leaves the second cache, and the largest that do not") {
  for_each_table([](const KernelTable& table) {
    if (table.lanes < 8) return;
    for (std::size_t extra : {0, 5})
      for (std::size_t k : {1024, 1025, 1543})
        for (GemmStart start : {GemmStart::bias, GemmStart::c})
          for (std::size_t m : {224 * 1024 / k, 224 * 1024 / k + 1})
            for (const Layout& layout : {layouts[0], layouts[2]})
              compare(table, m, 2 * table.panel + extra, k, layout, start, unchanged);
  });
}

TEST_CASE("a relu and the gradient of one in the same pass") {
  for_each_table([](const KernelTable& table) {
    const std::size_t mr = table.rows, nr = table.panel;
    for (const GemmFinish finish : {GemmFinish::relu, GemmFinish::gate}) {
      const auto finished = [&](Product& product) { product.finish(finish); };
      for (const Layout& layout : layouts) {
        for (std::size_t m : {std::size_t{0}, std::size_t{1}, std::size_t{2}, mr - 1, mr, mr + 1, 5 * mr + 2})
          for (std::size_t columns : {std::size_t{1}, nr - 1, nr, 3 * nr - nr / 2, 7 * nr})
            compare(table, m, columns, 7, layout, GemmStart::bias, finished);
        // Only a whole chain is finished.
        for (std::size_t k : {0, 1, 256, 257, 513, 1025})
          compare(table, mr + 1, 2 * nr, k, layout, GemmStart::c, finished);
      }
    }
  });
}

TEST_CASE("NaN, infinities, subnormals and signed zeros") {
  for_each_table([](const KernelTable& table) {
    const float small = treadle::test::flushes_subnormals(table.isa) ? 0.0f : 1e-42f;
    const auto change = [small](Product& product) {
      const float special[] = {std::numeric_limits<float>::quiet_NaN(),
                               std::numeric_limits<float>::infinity(),
                               -std::numeric_limits<float>::infinity(),
                               small,
                               -small,
                               -0.0f,
                               1e38f,
                               -3e38f};
      for (std::size_t i = 0; i < product.a.size(); i += 13) product.a[i] = special[i / 13 % 8];
      for (std::size_t i = 0; i < product.b.size(); i += 17) product.b[i] = special[i / 17 % 8];
    };
    for (const GemmFinish finish : {GemmFinish::none, GemmFinish::relu, GemmFinish::gate})
      for (const Layout& layout : layouts)
        for (std::size_t k : {1, 3, 40})
          compare(table, 2 * table.rows + 1, 2 * table.panel, k, layout, GemmStart::bias, [&](Product& product) {
            change(product);
            product.finish(finish);
          });
  });
}

TEST_CASE("few columns that are padded, with enough rows and steps for a path of their own and one less") {
  for_each_table([](const KernelTable& table) {
    const std::size_t nr = table.panel, lanes = table.lanes;
    const float infinity = std::numeric_limits<float>::infinity();
    const auto special = [=](Product& product) {
      for (std::size_t i = 0; i < product.a.size(); i += 131) product.a[i] = i % 2 == 0 ? infinity : -0.0f;
      for (std::size_t i = 0; i < product.b.size(); i += 37)
        product.b[i] = i % 2 == 0 ? std::numeric_limits<float>::quiet_NaN() : -infinity;
    };
    for (std::size_t used = 1; used <= nr; used += used < 4 || used + 2 > nr ? 1 : 3) {
      const std::size_t columns = (used + lanes - 1) / lanes * lanes;
      std::size_t turns = 9;
      while (turns < 130 && !pays_to_turn(lanes, columns, columns - used, turns)) ++turns;
      for (const Layout& layout : layouts) {
        if (layout.tight) continue;
        for (GemmStart start : {GemmStart::zero, GemmStart::bias, GemmStart::c})
          for (std::size_t k :
               {std::size_t{7}, std::size_t{8}, std::size_t{17}, std::size_t{26}, turns - 1, turns, std::size_t{401}})
            for (std::size_t m : {std::size_t{0}, std::size_t{1}, lanes - 1, lanes, lanes + 1, 2 * nr - 1, 2 * nr,
                                  2 * nr + 1, 5 * nr + 3})
              compare_padded(table, m, columns, used, k, layout, start, k == 26 ? GemmFinish::gate : GemmFinish::none,
                             [&](Product& product) {
                               if (m % 2 == 0) special(product);
                             });
      }
    }
  });
}

TEST_CASE("rows and k in runs") {
  for_each_table([](const KernelTable& table) {
    const std::size_t mr = table.rows;
    for (const Layout& layout : layouts)
      for (std::size_t row_run : {std::size_t{1}, std::size_t{3}, mr - 1, mr, mr + 1, 3 * mr + 2})
        for (std::size_t k_run : {1, 3, 100, 255, 256, 300})
          for (std::size_t runs : {1, 2, 5}) {
            if (k_run * runs > 600) continue;
            const std::size_t m = row_run * 3, k = k_run * runs;
            const auto in_runs = [&](Product& product) {
              // As in an image: runs overlap, and none of them begins where the one before ends.
              product.a = treadle::test::random_values(4 * (m + k) + 700 * runs, 5);
              product.args.a = product.a.data();
              product.args.a_row_stride = layout.transposed_a ? 1 : 2;
              product.args.a_k_stride = layout.transposed_a ? 2 : 1;
              product.args.a_row_run = row_run;
              product.args.a_row_run_stride = 2 * row_run + 3;
              product.args.a_k_run = k_run;
              product.args.a_k_run_stride = k_run + 1;
            };
            for (std::size_t columns : {table.panel - 1, 2 * table.panel + 1})
              compare(table, m, columns, k, layout, GemmStart::bias, in_runs);
          }
  });
}

TEST_CASE("no rows, or no steps, in runs") {
  for_each_table([](const KernelTable& table) {
    for (std::size_t m : {0, 6})
      for (std::size_t k : {0, 4})
        compare(table, m, 2 * table.panel, k, layouts[0], GemmStart::bias, [](Product& product) {
          product.args.a_row_run = product.args.a_k_run = 2;
          product.args.a_row_run_stride = product.args.a_k_run_stride = 3;
          product.args.b_k_run_stride = 2 * product.args.b_k_stride;
          product.a.resize(100);
          product.args.a = product.a.data();
        });
  });
}

TEST_CASE("B and C in runs, too") {
  for_each_table([](const KernelTable& table) {
    const std::size_t mr = table.rows, nr = table.panel;
    for (const Layout& layout : layouts)
      for (std::size_t row_run : {std::size_t{1}, mr - 1, mr, 2 * mr + 1})
        for (std::size_t k_run : {1, 3, 130, 401, 1025})
          for (GemmFinish finish : {GemmFinish::none, GemmFinish::relu, GemmFinish::gate}) {
            if (k_run > 1024 && table.lanes < 8) continue;  // as long as a part is with wide registers
            // Each run is the inner part of a longer one, as the inner pixels of an image are.
            const std::size_t m = 3 * (row_run + 2), k = 2 * (k_run + 1);
            const auto inner = [&](Product& product) {
              product.finish(finish);
              GemmArgs& args = product.args;
              args.m = 3 * row_run;
              args.k = 2 * k_run;
              args.a_row_run = row_run;
              args.a_row_run_stride = (row_run + 2) * args.a_row_stride;
              args.c_row_run_stride = (row_run + 2) * args.c_row_stride;
              args.a_k_run = k_run;
              args.a_k_run_stride = (k_run + 1) * args.a_k_stride;
              args.b_k_run_stride = (k_run + 1) * args.b_k_stride;
            };
            for (std::size_t columns : {nr - 1, 2 * nr + 1})
              compare(table, m, columns, k, layout, GemmStart::bias, inner);
          }
  });
}

TEST_CASE("a product continued over parts of k has the bits of one product") {
  for_each_table([](const KernelTable& table) {
    const std::size_t m = 9, columns = 2 * table.panel, k = 301, nr = table.panel;
    Product whole(m, columns, k, nr, {true, false, true, false}, GemmStart::zero);
    Product parts(m, columns, k, nr, {true, false, true, false}, GemmStart::zero);
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
