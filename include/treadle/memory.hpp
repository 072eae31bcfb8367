// What memory is used for, and how much of it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace treadle {

/// What memory is used for. `plan` is the list of kernel calls and buffers itself.
enum class MemoryKind : std::uint8_t { parameter, gradient, optimizer_state, activation, workspace, plan };
inline constexpr std::size_t memory_kinds = 6;

/// "parameters", "gradients", "optimizer state", "activations", "workspace" or "plan".
std::string_view name(MemoryKind kind) noexcept;

/// The bytes of a step, by kind, alignment included. Activations and workspace share their memory as lifetimes allow:
/// `activation` is the most that is alive at once, `workspace` is what the shared part needs beyond that.
struct MemoryReport {
  std::array<std::size_t, memory_kinds> bytes{};

  std::size_t operator[](MemoryKind kind) const noexcept { return bytes[static_cast<std::size_t>(kind)]; }
  std::size_t& operator[](MemoryKind kind) noexcept { return bytes[static_cast<std::size_t>(kind)]; }
  /// All kinds together: exactly what plan() takes.
  std::size_t total() const noexcept {
    std::size_t sum = 0;
    for (std::size_t kind : bytes) sum += kind;
    return sum;
  }
};

}  // namespace treadle
