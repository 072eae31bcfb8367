// How a gradient becomes an update: the optimizer's rule, which layers run on each part of a gradient as soon as it is
// complete and still in the first cache. Where a batch is one micro-batch, no gradient is ever written to memory.
#pragma once

#include <cstddef>
#include <new>
#include <type_traits>

#include "calls/call.hpp"

namespace treadle::calls {

/// An optimizer's rule of any type with a function
///   void run(const RunContext&, std::size_t first, std::size_t count, const float* gradient) const noexcept;
/// which updates the parameters first ... first + count - 1 of the block of values; held by value.
class Update {
 public:
  template <class Rule>
  explicit Update(const Rule& rule) noexcept {
    static_assert(sizeof(Rule) <= sizeof rule_ && alignof(Rule) <= alignof(std::size_t));
    static_assert(std::is_trivially_copyable_v<Rule>);
    ::new (rule_) Rule(rule);
    run_ = [](const Update& update, const RunContext& context, std::size_t first, std::size_t count,
              const float* gradient) noexcept {
      std::launder(reinterpret_cast<const Rule*>(update.rule_))->run(context, first, count, gradient);
    };
  }
  /// Changes nothing.
  Update() noexcept : Update(None{}) {}

  void run(const RunContext& context, std::size_t first, std::size_t count, const float* gradient) const noexcept {
    run_(*this, context, first, count, gradient);
  }

 private:
  struct None {
    void run(const RunContext&, std::size_t, std::size_t, const float*) const noexcept {}
  };

  void (*run_)(const Update&, const RunContext&, std::size_t, std::size_t, const float*) noexcept;
  alignas(std::size_t) std::byte rule_[32];
};

/// Most floats of a gradient that are computed before their update runs.
inline constexpr std::size_t gradient_part = 2048;

/// Computes `count` <= gradient_part floats of a gradient, those of the parameters from `first` on, with
/// compute(float*), and updates the parameters if this is the batch's last micro-batch. `gradients` is the block of
/// gradients, or no_buffer where none are kept because every micro-batch is the last.
template <class Compute>
[[gnu::noinline]] void finish_gradient_on_stack(const RunContext& context, std::size_t first, std::size_t count,
                                                const Compute& compute) noexcept {
  alignas(64) float gradient[gradient_part];
  compute(static_cast<float*>(gradient));
  context.update->run(context, first, count, gradient);
}
template <class Compute>
void finish_gradient(const RunContext& context, BufferId gradients, std::size_t first, std::size_t count,
                     const Compute& compute) noexcept {
  if (gradients == no_buffer) return finish_gradient_on_stack(context, first, count, compute);
  float* const gradient = context.floats(gradients) + first;
  compute(gradient);
  if (context.update != nullptr) context.update->run(context, first, count, gradient);
}

}  // namespace treadle::calls
