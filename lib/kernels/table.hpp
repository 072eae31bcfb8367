// The kernels of one instruction set behind function pointers.
#pragma once

#include <treadle/isa.hpp>

#include <cstddef>

namespace treadle::kernels {

struct GemmArgs;
#define TREADLE_KERNEL(kernel, Args) struct Args;
#include "kernels/kernel_list.inc"
#undef TREADLE_KERNEL

struct KernelTable {
  Isa isa;
  /// Floats in a register.
  std::size_t lanes;
  /// Matrix products work on panels of `panel` columns (nr) and on `rows` rows at once (mr).
  std::size_t panel;
  std::size_t rows;
  /// The one kernel that depends on panel and rows, so it is not in the list.
  void (*gemm)(const GemmArgs&) noexcept;
#define TREADLE_KERNEL(kernel, Args) void (*kernel)(const Args&) noexcept;
#include "kernels/kernel_list.inc"
#undef TREADLE_KERNEL
  /// The same kernels for processors that begin instructions in their order, where others are faster there. Else null.
  const KernelTable* in_order = nullptr;
};

/// The widest panel of any instruction set of this architecture.
#if defined(__x86_64__)
inline constexpr std::size_t widest_panel = 32;
#else
inline constexpr std::size_t widest_panel = 8;
#endif

/// The kernels for `isa` on this CPU, or null when this build has none. Whether the CPU can run them is
/// supported(isa)'s to say.
const KernelTable* table(Isa isa) noexcept;
/// Those for a CPU that begins instructions in their order, or for one that does not.
const KernelTable* table(Isa isa, bool in_order) noexcept;

/// The same with the kernels of a forward pass alone and null for all others, so that a program which only infers need
/// not link them.
const KernelTable* inference_table(Isa isa) noexcept;

}  // namespace treadle::kernels
