// Compiled once for each instruction set, with its flags and these macros:
//   TREADLE_TEST_ISA     its name, avx2
//   TREADLE_TEST_BATCH   its type, Avx2
//   TREADLE_TEST_HEADER  where that stands, "simd/avx2.hpp"
#include "operations.hpp"

#include "simd/lanes16.hpp"
#include TREADLE_TEST_HEADER

namespace treadle::simd::test {
namespace {

template <class S>
void store_ints(Int<S> a, std::int32_t* out) {
  float lane[S::lanes];
  from_bits(a).store(lane);
  __builtin_memcpy(out, lane, sizeof lane);
}

// Nothing but arithmetic passes through here, so a mask is seen as 1 and 0.
template <class S>
void store_mask(Mask<S> mask, float* out) {
  select(mask, Float<S>::broadcast(1.0f), Float<S>::zero()).store(out);
}

template <class S>
struct Of {
  using F = Float<S>;
  using I = Int<S>;
  using L = Lanes16<S>;

  static void add(const float* a, const float* b, float* out) { (F::load(a) + F::load(b)).store(out); }
  static void subtract(const float* a, const float* b, float* out) { (F::load(a) - F::load(b)).store(out); }
  static void multiply(const float* a, const float* b, float* out) { (F::load(a) * F::load(b)).store(out); }
  static void divide(const float* a, const float* b, float* out) { (F::load(a) / F::load(b)).store(out); }
  static void max(const float* a, const float* b, float* out) { simd::max(F::load(a), F::load(b)).store(out); }
  static void min(const float* a, const float* b, float* out) { simd::min(F::load(a), F::load(b)).store(out); }
  static void sqrt(const float* a, float* out) { simd::sqrt(F::load(a)).store(out); }
  static void fma(const float* a, const float* b, const float* c, float* out) {
    simd::fma(F::load(a), F::load(b), F::load(c)).store(out);
  }
  static void greater(const float* a, const float* b, float* out) {
    store_mask(simd::greater(F::load(a), F::load(b)), out);
  }
  static void equal(const float* a, const float* b, float* out) {
    store_mask(simd::equal(F::load(a), F::load(b)), out);
  }
  static void to_int(const float* a, std::int32_t* out) { store_ints(simd::to_int(F::load(a)), out); }
  static void to_float(const std::int32_t* a, float* out) { simd::to_float(I::load(a)).store(out); }

  static void int_add(const std::int32_t* a, const std::int32_t* b, std::int32_t* out) {
    store_ints(I::load(a) + I::load(b), out);
  }
  static void int_subtract(const std::int32_t* a, const std::int32_t* b, std::int32_t* out) {
    store_ints(I::load(a) - I::load(b), out);
  }
  static void int_and(const std::int32_t* a, const std::int32_t* b, std::int32_t* out) {
    store_ints(I::load(a) & I::load(b), out);
  }
  static void int_or(const std::int32_t* a, const std::int32_t* b, std::int32_t* out) {
    store_ints(I::load(a) | I::load(b), out);
  }
  static void int_equal(const std::int32_t* a, const std::int32_t* b, std::int32_t* out) {
    store_ints(simd::to_int(select(simd::equal(I::load(a), I::load(b)), F::broadcast(1.0f), F::zero())), out);
  }
  static void shift_left_23(const std::int32_t* a, std::int32_t* out) { store_ints(shift_left<23>(I::load(a)), out); }
  static void shift_right_23(const std::int32_t* a, std::int32_t* out) { store_ints(shift_right<23>(I::load(a)), out); }

  static void load_first(const float* from, std::size_t count, float fill, float* out) {
    F::load_first(from, count, fill).store(out);
  }
  static void store_first(const float* a, float* to, std::size_t count) { F::load(a).store_first(to, count); }
  static void load_bytes(const std::uint8_t* from, float* out) { F::load_bytes(from).store(out); }
  static void load_first_bytes(const std::uint8_t* from, std::size_t count, float* out) {
    F::load_first_bytes(from, count).store(out);
  }
  static float first(const float* a) { return F::load(a).first(); }

  static void load_first_16(const float* from, std::size_t count, float fill, float* out) {
    L::load_first(from, count, fill).store(out);
  }
  static void store_first_16(const float* a, float* to, std::size_t count) { L::load(a).store_first(to, count); }
  static float reduce_add_16(const float* a) { return reduce_add(L::load(a)); }
  static float reduce_max_16(const float* a) { return reduce_max(L::load(a)); }
  static float reduce_min_16(const float* a) { return reduce_min(L::load(a)); }

  static consteval Operations operations(Isa isa) {
    return {.isa = isa,
            .lanes = S::lanes,
            .fused = S::fused,
            .add = add,
            .subtract = subtract,
            .multiply = multiply,
            .divide = divide,
            .max = max,
            .min = min,
            .sqrt = sqrt,
            .fma = fma,
            .greater = greater,
            .equal = equal,
            .to_int = to_int,
            .to_float = to_float,
            .int_add = int_add,
            .int_subtract = int_subtract,
            .int_and = int_and,
            .int_or = int_or,
            .int_equal = int_equal,
            .shift_left_23 = shift_left_23,
            .shift_right_23 = shift_right_23,
            .load_first = load_first,
            .store_first = store_first,
            .load_bytes = load_bytes,
            .load_first_bytes = load_first_bytes,
            .first = first,
            .load_first_16 = load_first_16,
            .store_first_16 = store_first_16,
            .reduce_add_16 = reduce_add_16,
            .reduce_max_16 = reduce_max_16,
            .reduce_min_16 = reduce_min_16};
  }
};

}  // namespace

#define TREADLE_JOIN(a, b) a##b
#define TREADLE_OPERATIONS(isa) TREADLE_JOIN(isa, _operations)
constinit const Operations TREADLE_OPERATIONS(TREADLE_TEST_ISA) =
    Of<TREADLE_TEST_BATCH>::operations(Isa::TREADLE_TEST_ISA);

}  // namespace treadle::simd::test
