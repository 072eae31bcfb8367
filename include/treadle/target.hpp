// Processors that memory can be planned for on another machine, and the memory that was planned for them.
#pragma once

#include <treadle/isa.hpp>
#include <treadle/result.hpp>

#include <cstddef>
#include <span>
#include <string_view>

namespace treadle {

/// Bytes of what a plan keeps of itself at the front of its memory: the program, and one call, buffer, address of a
/// buffer and parameter tensor of its lists.
struct PlanSizes {
  std::size_t program, call, buffer, address, parameter;

  friend constexpr bool operator==(const PlanSizes&, const PlanSizes&) = default;
};

/// Those of every processor with 32-bit addresses. Where they are wrong, the core does not compile for one.
inline constexpr PlanSizes plan_sizes_32{.program = 304, .call = 76, .buffer = 20, .address = 4, .parameter = 56};

/// A kind of processor, and the kernels that run there.
struct Target {
  std::string_view name;  ///< "cortex-m7"
  Isa isa{};
  std::size_t lanes = 0, panel = 0, rows = 0;  ///< of that instruction set's kernels: register, panel and tile
  std::size_t address_bytes = 0;               ///< 4 or 8
};

/// All targets, smallest first.
std::span<const Target> known_targets() noexcept;

/// The target of this name; an error lists all names.
Result<Target> find_target(std::string_view name) noexcept;

/// Memory of `size` bytes for a plan that was measured for a microcontroller, as `treadle export` writes it down. Does
/// not compile where the size would be wrong: with a Treadle whose plans take other bytes, or on another processor.
template <std::size_t size, PlanSizes measured_with>
struct alignas(64) PlanMemory {
  static_assert(measured_with.address == sizeof(void*), "this memory was planned for another kind of processor");
  static_assert(measured_with == plan_sizes_32, "this memory was planned by another version of Treadle: export again");

  std::byte bytes[size];

  operator std::span<std::byte>() noexcept { return bytes; }
};

}  // namespace treadle
