// What batch.hpp promises of every instruction set, with each that this machine can run.
#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "operations.hpp"
#include "support/subnormals.hpp"

namespace treadle::simd::test {
namespace {

using Limits = std::numeric_limits<float>;

constexpr const Operations* every_operations[] = {
#define TREADLE_ISA(isa) &isa##_operations,
#include "kernels/isa_list.inc"
#undef TREADLE_ISA
};

constexpr float guard = -77.5f;

constexpr float interesting[] = {0.0f,
                                 -0.0f,
                                 1.0f,
                                 -1.0f,
                                 1.5f,
                                 0x1.000002p+0f,
                                 0x1.fffffep+0f,
                                 3.0f,
                                 -7.25f,
                                 0x1.921fb6p+1f,
                                 1e-20f,
                                 -1e20f,
                                 Limits::min(),
                                 Limits::max(),
                                 Limits::lowest(),
                                 Limits::denorm_min(),
                                 -Limits::denorm_min(),
                                 0x0.fffffep-126f,
                                 Limits::infinity(),
                                 -Limits::infinity(),
                                 Limits::quiet_NaN()};

template <class Test>
void with_each_isa(Test test) {
  for (const Operations* operations : every_operations) {
    if (!supported(operations->isa)) continue;
    const std::string isa{name(operations->isa)};
    CAPTURE(isa);
    test(*operations);
  }
}

bool subnormal(float x) { return std::fpclassify(x) == FP_SUBNORMAL; }

bool same(float a, float b) {
  return (std::isnan(a) && std::isnan(b)) || std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
}

/// Random bits, by a linear congruential generator (Knuth's MMIX).
std::uint32_t random_bits() {
  static std::uint64_t state = 1;
  state = state * 6364136223846793005 + 1442695040888963407;
  return static_cast<std::uint32_t>(state >> 32);
}

/// Pairs of interesting floats, then random ones; as many as all register widths divide.
struct Pairs {
  std::vector<float> a, b, c;

  Pairs() {
    for (const float x : interesting)
      for (const float y : interesting) push(x, y);
    while (a.size() < 16384) push(std::bit_cast<float>(random_bits()), std::bit_cast<float>(random_bits()));
  }
  void push(float x, float y) {
    a.push_back(x);
    b.push_back(y);
    c.push_back(std::bit_cast<float>(random_bits()));
  }
};

/// `run(i)` computes the lanes from i on into `out`; `expected(i)` is one of them.
template <class Run, class Expected>
void check_lanes(const Operations& operations, const Pairs& pairs, const char* what, Run run, Expected expected) {
  std::vector<float> out(16);
  for (std::size_t i = 0; i < pairs.a.size(); i += operations.lanes) {
    run(i, out.data());
    for (std::size_t lane = 0; lane < operations.lanes; ++lane) {
      const std::size_t at = i + lane;
      const float want = expected(at);
      // The vector units of ARMv7 and Helium take subnormals for zeros.
      if (treadle::test::flushes_subnormals(operations.isa) &&
          (subnormal(pairs.a[at]) || subnormal(pairs.b[at]) || subnormal(pairs.c[at]) || subnormal(want)))
        continue;
      if (!same(out[lane], want))
        FAIL_CHECK(what << " of " << pairs.a[at] << ", " << pairs.b[at] << ": " << out[lane] << " not " << want);
    }
  }
}

TEST_CASE("arithmetic is rounded as IEEE 754 says") {
  const Pairs p;
  with_each_isa([&](const Operations& ops) {
    const auto binary = [&](const char* what, Operations::Binary operation, auto expected) {
      check_lanes(
          ops, p, what, [&](std::size_t i, float* out) { operation(&p.a[i], &p.b[i], out); },
          [&](std::size_t i) { return expected(p.a[i], p.b[i]); });
    };
    binary("sum", ops.add, [](float a, float b) { return a + b; });
    binary("difference", ops.subtract, [](float a, float b) { return a - b; });
    binary("product", ops.multiply, [](float a, float b) { return a * b; });
    binary("quotient", ops.divide, [](float a, float b) { return a / b; });
    binary("larger", ops.max, [](float a, float b) { return a > b ? a : b; });
    binary("smaller", ops.min, [](float a, float b) { return a < b ? a : b; });
    binary("greater", ops.greater, [](float a, float b) { return a > b ? 1.0f : 0.0f; });
    binary("equal", ops.equal, [](float a, float b) { return a == b ? 1.0f : 0.0f; });
    check_lanes(
        ops, p, "root", [&](std::size_t i, float* out) { ops.sqrt(&p.a[i], out); },
        [&](std::size_t i) { return std::sqrt(p.a[i]); });
    check_lanes(
        ops, p, "fma", [&](std::size_t i, float* out) { ops.fma(&p.a[i], &p.b[i], &p.c[i], out); },
        [&](std::size_t i) { return ops.fused ? std::fma(p.a[i], p.b[i], p.c[i]) : p.a[i] * p.b[i] + p.c[i]; });
  });
}

TEST_CASE("fma is rounded once where it is fused, twice where it is not") {
  with_each_isa([](const Operations& ops) {
    // (1 + 2^-12)^2 = 1 + 2^-11 + 2^-24, whose last term does not fit into a float.
    const std::vector<float> a(16, 1.0f + 0x1p-12f), c(16, -(1.0f + 0x1p-11f));
    std::vector<float> out(16);
    ops.fma(a.data(), a.data(), c.data(), out.data());
    CHECK(out[0] == (ops.fused ? 0x1p-24f : 0.0f));
    CHECK(out[ops.lanes - 1] == out[0]);
    CHECK(ops.fused == (ops.isa != Isa::sse2));
  });
}

TEST_CASE("to_int rounds to nearest, ties to even") {
  with_each_isa([](const Operations& ops) {
    const std::pair<float, std::int32_t> cases[] = {{0.0f, 0},
                                                    {-0.0f, 0},
                                                    {0.5f, 0},
                                                    {-0.5f, 0},
                                                    {1.5f, 2},
                                                    {-1.5f, -2},
                                                    {2.5f, 2},
                                                    {-2.5f, -2},
                                                    {0x1.fffffep-2f, 0},
                                                    {0x1.000002p-1f, 1},
                                                    {4194303.5f, 4194304},
                                                    {4194304.5f, 4194304},
                                                    {8388607.5f, 8388608},
                                                    {-8388607.5f, -8388608},
                                                    {8388609.0f, 8388609},
                                                    {16777215.0f, 16777215},
                                                    {-16777216.0f, -16777216},
                                                    {2147483520.0f, 2147483520},
                                                    {-2147483648.0f, INT32_MIN}};
    for (const auto& [from, to] : cases) {
      const std::vector<float> a(16, from);
      std::vector<std::int32_t> out(16);
      ops.to_int(a.data(), out.data());
      CHECK(out[0] == to);
      CHECK(out[ops.lanes - 1] == to);
    }
  });
}

TEST_CASE("integers wrap around and shift in zeros") {
  with_each_isa([](const Operations& ops) {
    const std::int32_t values[] = {0, 1, -1, 2, 127, 0x3f3504f3, 0x7f800000, INT32_MAX, INT32_MIN, -123456789};
    for (const std::int32_t x : values)
      for (const std::int32_t y : values) {
        const std::vector<std::int32_t> a(16, x), b(16, y);
        std::vector<std::int32_t> out(16);
        const auto result = [&](Operations::IntBinary operation) {
          operation(a.data(), b.data(), out.data());
          return static_cast<std::uint32_t>(out[ops.lanes - 1]);
        };
        const auto ux = static_cast<std::uint32_t>(x), uy = static_cast<std::uint32_t>(y);
        CHECK(result(ops.int_add) == ux + uy);
        CHECK(result(ops.int_subtract) == ux - uy);
        CHECK(result(ops.int_and) == (ux & uy));
        CHECK(result(ops.int_or) == (ux | uy));
        CHECK(result(ops.int_equal) == (x == y));
        ops.shift_left_23(a.data(), out.data());
        CHECK(static_cast<std::uint32_t>(out[0]) == ux << 23);
        ops.shift_right_23(a.data(), out.data());
        CHECK(static_cast<std::uint32_t>(out[0]) == ux >> 23);
        std::vector<float> converted(16);
        ops.to_float(a.data(), converted.data());
        CHECK(converted[ops.lanes - 1] == static_cast<float>(x));
      }
  });
}

TEST_CASE("the first lanes are read and written, and nothing else") {
  with_each_isa([](const Operations& ops) {
    for (std::size_t count = 0; count < ops.lanes; ++count) {
      // Exactly as long as may be read, for the address sanitizer.
      std::vector<float> from(count);
      std::vector<std::uint8_t> bytes(count);
      for (std::size_t i = 0; i < count; ++i) {
        from[i] = static_cast<float>(i + 1);
        bytes[i] = static_cast<std::uint8_t>(255 - i);
      }
      std::vector<float> lanes(16);
      ops.load_first(from.data(), count, -9.0f, lanes.data());
      for (std::size_t i = 0; i < ops.lanes; ++i) CHECK(lanes[i] == (i < count ? from[i] : -9.0f));
      std::vector<float> to(17, guard);
      ops.store_first(lanes.data(), to.data() + 1, count);
      CHECK(to[0] == guard);
      for (std::size_t i = 0; i < 16; ++i) CHECK(to[i + 1] == (i < count ? from[i] : guard));
      ops.load_first_bytes(bytes.data(), count, lanes.data());
      for (std::size_t i = 0; i < ops.lanes; ++i) CHECK(lanes[i] == (i < count ? static_cast<float>(bytes[i]) : 0.0f));
    }
    for (std::size_t count = 0; count < 16; ++count) {
      std::vector<float> from(count);
      for (std::size_t i = 0; i < count; ++i) from[i] = static_cast<float>(i + 1);
      std::vector<float> lanes(16), to(18, guard);
      ops.load_first_16(from.data(), count, -9.0f, lanes.data());
      for (std::size_t i = 0; i < 16; ++i) CHECK(lanes[i] == (i < count ? from[i] : -9.0f));
      ops.store_first_16(lanes.data(), to.data() + 1, count);
      CHECK(to[0] == guard);
      for (std::size_t i = 0; i < 17; ++i) CHECK(to[i + 1] == (i < count ? from[i] : guard));
    }
  });
}

TEST_CASE("every byte becomes its number") {
  with_each_isa([](const Operations& ops) {
    std::vector<std::uint8_t> bytes(256 + 3);
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i);
    std::vector<float> lanes(16);
    for (std::size_t begin = 0; begin + ops.lanes <= bytes.size(); ++begin) {
      ops.load_bytes(&bytes[begin], lanes.data());
      for (std::size_t i = 0; i < ops.lanes; ++i) CHECK(lanes[i] == static_cast<float>((begin + i) % 256));
    }
  });
}

template <class Combine>
float tree(std::vector<float> lane, Combine combine) {
  for (std::size_t half = 8; half != 0; half /= 2)
    for (std::size_t i = 0; i < half; ++i) lane[i] = combine(lane[i], lane[i + half]);
  return lane[0];
}

TEST_CASE("sixteen lanes are reduced in one tree") {
  with_each_isa([](const Operations& ops) {
    bool order_matters = false;
    for (int round = 0; round < 500; ++round) {
      std::vector<float> lanes(16);
      for (float& x : lanes) {
        const std::uint32_t bits = random_bits();
        x = bits % 8 == 0 ? interesting[bits / 8 % std::size(interesting)]
                          : static_cast<float>(static_cast<std::int32_t>(bits)) * 0x1p-20f;
        if (subnormal(x)) x = 0.0f;
      }
      const auto add = [](float a, float b) { return a + b; };
      CHECK(same(ops.reduce_add_16(lanes.data()), tree(lanes, add)));
      CHECK(same(ops.reduce_max_16(lanes.data()), tree(lanes, [](float a, float b) { return a > b ? a : b; })));
      CHECK(same(ops.reduce_min_16(lanes.data()), tree(lanes, [](float a, float b) { return a < b ? a : b; })));
      CHECK(same(ops.first(lanes.data()), lanes[0]));
      float in_order = 0.0f;
      for (const float x : lanes) in_order += x;
      order_matters |= !same(in_order, tree(lanes, add));
    }
    CHECK(order_matters);
  });
}

}  // namespace
}  // namespace treadle::simd::test
