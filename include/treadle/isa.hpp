// Which instruction set the kernels use.
#pragma once

#include <treadle/result.hpp>

#include <cstdint>
#include <span>
#include <string_view>

namespace treadle {

/// Instruction sets with kernels. On x86 and 32-bit ARM with Linux the best one that the CPU has is chosen at run time,
/// else it is fixed when the library is compiled. `scalar` is always there, but for builds with Helium, which have that
/// alone.
enum class Isa : std::uint8_t { scalar, sse2, avx2, avx512, neon32, neon64, helium };

/// "scalar", "sse2", "avx2", "avx512", "neon32", "neon64" or "helium".
std::string_view name(Isa isa) noexcept;

/// The instruction sets in this build, slowest first.
std::span<const Isa> compiled_isas() noexcept;

/// Whether this build has kernels for `isa` and this CPU (and operating system) can run them.
bool supported(Isa isa) noexcept;

/// Whether results with `isa` have the bits that every other such instruction set gives: all but sse2 (no fused
/// multiply-add), neon32 and helium (flush subnormals to zero).
bool same_bits(Isa isa) noexcept;

/// Whether plans with `isa` take matrix products here that are made for processors which begin instructions in their
/// order: neon64 on a Cortex-A53 or A55. The bits are the same. Where a system has processors of several kinds, the one
/// that the calling thread runs on counts.
bool made_for_in_order(Isa isa) noexcept;

/// The instruction set that plans use unless told otherwise: the environment variable TREADLE_ISA when it is set,
/// else the best supported one. An unknown or unsupported value of the variable is an error that lists the choices.
Result<Isa> default_isa() noexcept;

}  // namespace treadle
