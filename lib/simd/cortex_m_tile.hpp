// A register tile of a matrix product on the FPU of a Cortex-M: 4x4 sums, each a chain of fused multiply-adds over k.
// In assembler, because GCC neither reads several registers at once nor keeps sixteen sums out of memory around the
// loop.
#pragma once

#include <cstddef>

#include "simd/tile_args.hpp"

#define TREADLE_FMA(sum, b, a) "vfma.f32 s" #sum ", s" #b ", s" #a "\n"
// One step of k: columns in the registers b0 ... b3, rows in a0 ... a3, sums in s0 ... s15.
// clang-format off
#define TREADLE_STEP(a0, a1, a2, a3, b0, b1, b2, b3)                                            \
  TREADLE_FMA(0, b0, a0) TREADLE_FMA(1, b1, a0) TREADLE_FMA(2, b2, a0) TREADLE_FMA(3, b3, a0)   \
  TREADLE_FMA(4, b0, a1) TREADLE_FMA(5, b1, a1) TREADLE_FMA(6, b2, a1) TREADLE_FMA(7, b3, a1)   \
  TREADLE_FMA(8, b0, a2) TREADLE_FMA(9, b1, a2) TREADLE_FMA(10, b2, a2) TREADLE_FMA(11, b3, a2) \
  TREADLE_FMA(12, b0, a3) TREADLE_FMA(13, b1, a3) TREADLE_FMA(14, b2, a3) TREADLE_FMA(15, b3, a3)
// clang-format on
// Sums begin as the rows at `start` and end in those at `c`.
#define TREADLE_READ_SUMS                                     \
  "vldmia %[start], {s0-s3}\n add %[start], %[start_step]\n"  \
  "vldmia %[start], {s4-s7}\n add %[start], %[start_step]\n"  \
  "vldmia %[start], {s8-s11}\n add %[start], %[start_step]\n" \
  "vldmia %[start], {s12-s15}\n"
#define TREADLE_WRITE_SUMS                        \
  "vstmia %[c], {s0-s3}\n add %[c], %[c_step]\n"  \
  "vstmia %[c], {s4-s7}\n add %[c], %[c_step]\n"  \
  "vstmia %[c], {s8-s11}\n add %[c], %[c_step]\n" \
  "vstmia %[c], {s12-s15}\n"
#define TREADLE_CLOBBERS                                                                                              \
  "memory", "cc", "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s13", "s14",      \
      "s15", "s16", "s17", "s18", "s19", "s20", "s21", "s22", "s23", "s24", "s25", "s26", "s27", "s28", "s29", "s30", \
      "s31"

namespace treadle::simd {

struct CortexMTile {
  static constexpr std::size_t rows = 4;
  static constexpr std::size_t columns = 4;

  using Args = TileArgs;

  /// Where the steps of a row of A lie side by side and B's rows of four follow each other.
  [[gnu::noinline]] static void along_k(const Args& args) {
    const float *a = args.a, *a1 = a + args.a_stride, *a2 = a1 + args.a_stride, *a3 = a2 + args.a_stride, *b = args.b;
    std::size_t steps = args.steps;
    const float* start = args.start;
    float* c = args.c;
    asm volatile(
        TREADLE_READ_SUMS
        "subs %[steps], #4\n"
        "blt 2f\n"
        "1:\n"
        "vldmia %[b]!, {s24-s27}\n"
        "vldr d8, [%[a]]\n vldr d9, [%[a1]]\n vldr d10, [%[a2]]\n vldr d11, [%[a3]]\n"
        "vldmia %[b]!, {s28-s31}\n" TREADLE_STEP(16, 18, 20, 22, 24, 25, 26, 27)
        "vldmia %[b]!, {s24-s27}\n" TREADLE_STEP(17, 19, 21, 23, 28, 29, 30, 31)
        "vldr d8, [%[a], #8]\n vldr d9, [%[a1], #8]\n vldr d10, [%[a2], #8]\n vldr d11, [%[a3], #8]\n"
        "add %[a], #16\n add %[a1], #16\n add %[a2], #16\n add %[a3], #16\n"
        "vldmia %[b]!, {s28-s31}\n" TREADLE_STEP(16, 18, 20, 22, 24, 25, 26, 27)
        "subs %[steps], #4\n" TREADLE_STEP(17, 19, 21, 23, 28, 29, 30, 31)
        "bge 1b\n"
        "2:\n"
        "adds %[steps], #4\n"
        "beq 4f\n"
        "3:\n"
        "vldmia %[b]!, {s24-s27}\n"
        "vldmia %[a]!, {s16}\n vldmia %[a1]!, {s18}\n vldmia %[a2]!, {s20}\n vldmia %[a3]!, {s22}\n"
        "subs %[steps], #1\n" TREADLE_STEP(16, 18, 20, 22, 24, 25, 26, 27)
        "bne 3b\n"
        "4:\n" TREADLE_WRITE_SUMS
        : [a] "+r"(a), [a1] "+r"(a1), [a2] "+r"(a2), [a3] "+r"(a3), [b] "+r"(b), [steps] "+r"(steps),
          [start] "+r"(start), [c] "+r"(c)
        : [start_step] "r"(args.start_stride * sizeof(float)), [c_step] "r"(args.c_stride * sizeof(float))
        : TREADLE_CLOBBERS);
  }

  /// Where the four rows of A lie side by side.
  [[gnu::noinline]] static void across_rows(const Args& args) {
    const float *a = args.a, *b = args.b, *start = args.start;
    std::size_t steps = args.steps;
    float* c = args.c;
    asm volatile(
        TREADLE_READ_SUMS
        "subs %[steps], #4\n"
        "blt 2f\n"
        "1:\n"
        "vldmia %[b], {s24-s27}\n add %[b], %[b_step]\n"
        "vldmia %[a], {s16-s19}\n add %[a], %[a_step]\n"
        "vldmia %[b], {s28-s31}\n add %[b], %[b_step]\n" TREADLE_STEP(16, 17, 18, 19, 24, 25, 26, 27)
        "vldmia %[a], {s20-s23}\n add %[a], %[a_step]\n"
        "vldmia %[b], {s24-s27}\n add %[b], %[b_step]\n" TREADLE_STEP(20, 21, 22, 23, 28, 29, 30, 31)
        "vldmia %[a], {s16-s19}\n add %[a], %[a_step]\n"
        "vldmia %[b], {s28-s31}\n add %[b], %[b_step]\n" TREADLE_STEP(16, 17, 18, 19, 24, 25, 26, 27)
        "vldmia %[a], {s20-s23}\n add %[a], %[a_step]\n"
        "subs %[steps], #4\n" TREADLE_STEP(20, 21, 22, 23, 28, 29, 30, 31)
        "bge 1b\n"
        "2:\n"
        "adds %[steps], #4\n"
        "beq 4f\n"
        "3:\n"
        "vldmia %[b], {s24-s27}\n add %[b], %[b_step]\n"
        "vldmia %[a], {s16-s19}\n add %[a], %[a_step]\n"
        "subs %[steps], #1\n" TREADLE_STEP(16, 17, 18, 19, 24, 25, 26, 27)
        "bne 3b\n"
        "4:\n" TREADLE_WRITE_SUMS
        : [a] "+r"(a), [b] "+r"(b), [steps] "+r"(steps), [start] "+r"(start), [c] "+r"(c)
        : [a_step] "r"(args.a_stride * sizeof(float)), [b_step] "r"(args.b_stride * sizeof(float)),
          [start_step] "r"(args.start_stride * sizeof(float)), [c_step] "r"(args.c_stride * sizeof(float))
        : TREADLE_CLOBBERS);
  }
};

}  // namespace treadle::simd

#undef TREADLE_CLOBBERS
#undef TREADLE_WRITE_SUMS
#undef TREADLE_READ_SUMS
#undef TREADLE_STEP
#undef TREADLE_FMA
