// One call of a plan: a kernel with its operands, cut into tiles.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <new>
#include <type_traits>

#include "kernels/table.hpp"

namespace treadle {
struct MixedTargets;
}

namespace treadle::calls {

/// A buffer of the plan, by its place in the plan's list.
enum class BufferId : std::uint16_t {};
inline constexpr BufferId no_buffer{UINT16_MAX};

/// The caller's inputs and targets of the current micro-batch are the first two buffers of every plan.
inline constexpr BufferId inputs_buffer{0};
inline constexpr BufferId targets_buffer{1};

class Update;

/// What a call needs to know while it runs.
struct RunContext {
  const kernels::KernelTable* kernels = nullptr;
  std::byte* const* addresses = nullptr;  // of each buffer
  std::size_t rows = 0;                   // samples in this micro-batch
  std::size_t first_row = 0;              // of this micro-batch within the batch
  std::size_t batch_rows = 0;             // samples in the batch
  float learning_rate = 0;
  double beta1_power = 1;  // the optimizer's beta1^t and beta2^t, t counting iterations from 1
  double beta2_power = 1;
  const Update* update = nullptr;  // where this micro-batch completes the batch's gradients

  const MixedTargets* mixed = nullptr;  // of the batch, if it has second targets

  float* floats(BufferId id) const noexcept {
    return reinterpret_cast<float*>(addresses[static_cast<std::size_t>(id)]);
  }
  const std::int32_t* targets() const noexcept {
    return reinterpret_cast<const std::int32_t*>(addresses[static_cast<std::size_t>(targets_buffer)]);
  }
};

/// When a call runs. An iteration is prepare, then for each micro-batch forward, loss_gradient and backward; an
/// evaluation is forward and loss for each micro-batch. Parameters are updated in the backward phase of the last
/// micro-batch, so nothing there may read them; in a step that holds its update, norm and update follow instead.
enum class Phase : std::uint8_t { prepare, forward, loss, loss_gradient, backward, norm, update };
inline constexpr std::size_t phases = 7;

/// Whether a step may have several threads that are worth code of their own. Microcontrollers have one core, and no
/// flash to spare.
#ifdef TREADLE_CORE_ONLY
inline constexpr bool threaded = false;
#else
inline constexpr bool threaded = true;
#endif

/// An operation of any type with two functions:
///   std::size_t tiles(const RunContext&) const noexcept;           how many tiles, from the shape alone
///   void run(const RunContext&, std::size_t tile) const noexcept;  computes one of them
/// held by value, together with the buffers that it reads or writes. Where a tile goes on with what the one before it
/// left, it says `static constexpr bool in_turn = true`.
class Call {
 public:
  static constexpr std::size_t max_buffers = 6;

  template <class Operation>
  Call(Phase phase, const Operation& operation, std::initializer_list<BufferId> buffers) noexcept : phase_(phase) {
    static_assert(sizeof(Operation) <= sizeof operation_ && alignof(Operation) <= alignof(std::size_t));
    static_assert(std::is_trivially_copyable_v<Operation>);
    ::new (operation_) Operation(operation);
    tiles_ = [](const Call& call, const RunContext& context) noexcept { return call.as<Operation>().tiles(context); };
    run_ = [](const Call& call, const RunContext& context, std::size_t tile) noexcept {
      call.as<Operation>().run(context, tile);
    };
    if constexpr (requires { Operation::in_turn; }) in_turn_ = Operation::in_turn;
    buffers_.fill(no_buffer);
    std::size_t count = 0;
    for (BufferId id : buffers)
      if (id != no_buffer && count < max_buffers) buffers_[count++] = id;
  }

  Phase phase() const noexcept { return phase_; }
  bool in_turn() const noexcept { return in_turn_; }
  std::size_t tiles(const RunContext& context) const noexcept { return tiles_(*this, context); }
  void run(const RunContext& context, std::size_t tile) const noexcept { run_(*this, context, tile); }
  /// What a tile lately took at most, in ticks of the caller's clock, or up to 1 % more; 0: not known yet.
  std::uint32_t expected_ticks() const noexcept { return ticks(expected_); }
  /// A longer time counts at once, shorter ones bit by bit: what an interrupt made longer is forgotten.
  void learn_ticks(std::uint32_t seen) noexcept {
    const std::uint32_t expected = expected_ticks(), excess = expected > seen ? expected - seen : 0;
    const std::uint16_t least = rounded_up(seen), next = upper_half(expected - excess / 32 - (excess > 0));
    expected_ = next > least ? next : least;
  }
  /// Padded with no_buffer.
  const std::array<BufferId, max_buffers>& buffers() const noexcept { return buffers_; }

 private:
  // Ticks are kept as the upper half of a float, which is 1 % fine.
  static std::uint32_t ticks(std::uint16_t half) noexcept {
    return static_cast<std::uint32_t>(std::bit_cast<float>(std::uint32_t{half} << 16));
  }
  static std::uint16_t upper_half(std::uint32_t ticks) noexcept {
    return static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(static_cast<float>(ticks)) >> 16);
  }
  static std::uint16_t rounded_up(std::uint32_t ticks) noexcept {
    constexpr std::uint16_t most = 0x4f7f;  // the largest below 2^32
    const std::uint16_t half = upper_half(ticks);
    return half < most ? static_cast<std::uint16_t>(half + (Call::ticks(half) < ticks)) : most;
  }

  template <class Operation>
  const Operation& as() const noexcept {
    return *std::launder(reinterpret_cast<const Operation*>(operation_));
  }

  std::size_t (*tiles_)(const Call&, const RunContext&) noexcept;
  void (*run_)(const Call&, const RunContext&, std::size_t) noexcept;
  alignas(std::size_t) std::byte operation_[7 * sizeof(std::size_t) + 24];
  std::array<BufferId, max_buffers> buffers_;
  Phase phase_;
  bool in_turn_ = false;
  std::uint16_t expected_ = 0;  // fits where the call would be padded
};

}  // namespace treadle::calls
