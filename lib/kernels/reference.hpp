// How a reference multiplies and adds. The references repeat the kernels' formulas one value at a time, without
// batches, and take one of these, so that each instruction set has a reference with its bits.
#pragma once

namespace treadle::kernels::reference {

/// a * b + c rounded once: the measure for every instruction set that has a fused multiply-add.
struct Fused {
  static float fma(float a, float b, float c) noexcept { return __builtin_fmaf(a, b, c); }
};

/// Rounded twice: the measure for SSE2.
struct Unfused {
  static float fma(float a, float b, float c) noexcept { return a * b + c; }
};

}  // namespace treadle::kernels::reference
