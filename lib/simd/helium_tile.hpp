// A register tile of a matrix product for Helium: 3x8 sums, each a chain of fused multiply-adds over k. The sums take
// six of the eight vector registers, two rows of four columns of B the others, and A's factors come from the core's
// registers. In assembler for the reasons of cortex_m_tile.hpp, and for the loop without a branch that GCC 12 does not
// make.
#pragma once

#include <cstddef>

#include "simd/tile_args.hpp"

// One step of k: rows in the core's registers a0 ... a2, columns in q6 and q7, sums in q0 ... q5.
#define TREADLE_STEP(a0, a1, a2)                                             \
  "vfma.f32 q0, q6, " a0 "\n vfma.f32 q2, q6, " a1 "\n vfma.f32 q4, q6, " a2 \
  "\n"                                                                       \
  "vfma.f32 q1, q7, " a0 "\n vfma.f32 q3, q7, " a1 "\n vfma.f32 q5, q7, " a2 "\n"
// Sums begin as the rows at `start` and end in those at `c`.
#define TREADLE_READ_SUMS                                                                    \
  "vldrw.u32 q0, [%[start]]\n vldrw.u32 q1, [%[start], #16]\n add %[start], %[start_step]\n" \
  "vldrw.u32 q2, [%[start]]\n vldrw.u32 q3, [%[start], #16]\n add %[start], %[start_step]\n" \
  "vldrw.u32 q4, [%[start]]\n vldrw.u32 q5, [%[start], #16]\n"
#define TREADLE_WRITE_SUMS                                                 \
  "vstrw.32 q0, [%[c]]\n vstrw.32 q1, [%[c], #16]\n add %[c], %[c_step]\n" \
  "vstrw.32 q2, [%[c]]\n vstrw.32 q3, [%[c], #16]\n add %[c], %[c_step]\n" \
  "vstrw.32 q4, [%[c]]\n vstrw.32 q5, [%[c], #16]\n"
#define TREADLE_CLOBBERS                                                                                               \
  "memory", "cc", "lr", "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s13", "s14", \
      "s15", "s16", "s17", "s18", "s19", "s20", "s21", "s22", "s23", "s24", "s25", "s26", "s27", "s28", "s29", "s30",  \
      "s31"

namespace treadle::simd {

struct HeliumTile {
  static constexpr std::size_t rows = 3;
  static constexpr std::size_t columns = 8;

  using Args = TileArgs;

  /// Where the steps of a row of A lie side by side and B's rows of eight follow each other.
  [[gnu::noinline]] static void along_k(const Args& args) {
    const float *a = args.a, *a1 = a + args.a_stride, *a2 = a1 + args.a_stride, *b = args.b;
    float* c = args.c;
    // Registers that take factors of A once they have done their work.
    const float* start = args.start;
    std::size_t start_step = args.start_stride * sizeof(float), pairs = args.steps / 2, factor;
    asm volatile(
        TREADLE_READ_SUMS
        "wls lr, %[pairs], 2f\n"
        "1:\n"
        "ldrd %[factor], %[start], [%[a]], #8\n"
        "vldrw.u32 q6, [%[b]], #32\n"
        "vfma.f32 q0, q6, %[factor]\n"
        "vldrw.u32 q7, [%[b], #-16]\n"
        "vfma.f32 q1, q7, %[factor]\n"
        "ldrd %[factor], %[start_step], [%[a1]], #8\n"
        "vfma.f32 q2, q6, %[factor]\n"
        "vfma.f32 q3, q7, %[factor]\n"
        "ldrd %[factor], %[pairs], [%[a2]], #8\n"
        "vfma.f32 q4, q6, %[factor]\n"
        "vldrw.u32 q6, [%[b]], #32\n"
        "vfma.f32 q5, q7, %[factor]\n"
        "vldrw.u32 q7, [%[b], #-16]\n" TREADLE_STEP("%[start]", "%[start_step]", "%[pairs]")
        "le lr, 1b\n"
        "2:\n"
        "cbz %[odd], 3f\n"
        "vldrw.u32 q6, [%[b]]\n vldrw.u32 q7, [%[b], #16]\n"
        "ldr %[factor], [%[a]]\n ldr %[start], [%[a1]]\n ldr %[pairs], [%[a2]]\n"
        TREADLE_STEP("%[factor]", "%[start]", "%[pairs]")
        "3:\n" TREADLE_WRITE_SUMS
        : [a] "+r"(a), [a1] "+r"(a1), [a2] "+r"(a2), [b] "+r"(b), [c] "+r"(c), [start] "+r"(start),
          [start_step] "+r"(start_step), [pairs] "+r"(pairs), [factor] "=&r"(factor)
        : [odd] "l"(args.steps % 2), [c_step] "r"(args.c_stride * sizeof(float))
        : TREADLE_CLOBBERS);
  }

  /// Where the three rows of A lie side by side.
  [[gnu::noinline]] static void across_rows(const Args& args) {
    const float *a = args.a, *b = args.b, *start = args.start;
    float* c = args.c;
    std::size_t first, second, third;
    asm volatile(
        TREADLE_READ_SUMS
        "wls lr, %[steps], 2f\n"
        "1:\n"
        "ldrd %[first], %[second], [%[a]]\n"
        "vldrw.u32 q6, [%[b]]\n"
        "ldr %[third], [%[a], #8]\n"
        "vldrw.u32 q7, [%[b], #16]\n"
        "add %[a], %[a_step]\n"
        "add %[b], %[b_step]\n" TREADLE_STEP("%[first]", "%[second]", "%[third]")
        "le lr, 1b\n"
        "2:\n" TREADLE_WRITE_SUMS
        : [a] "+r"(a), [b] "+r"(b), [start] "+r"(start), [c] "+r"(c), [first] "=&r"(first), [second] "=&r"(second),
          [third] "=&r"(third)
        : [steps] "r"(args.steps), [a_step] "r"(args.a_stride * sizeof(float)),
          [b_step] "r"(args.b_stride * sizeof(float)), [start_step] "r"(args.start_stride * sizeof(float)),
          [c_step] "r"(args.c_stride * sizeof(float))
        : TREADLE_CLOBBERS);
  }
};

}  // namespace treadle::simd

#undef TREADLE_CLOBBERS
#undef TREADLE_WRITE_SUMS
#undef TREADLE_READ_SUMS
#undef TREADLE_STEP
