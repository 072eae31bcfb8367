#include "optimizers/adam.hpp"

#include "calls/elementwise.hpp"
#include "kernels/adam.hpp"

namespace treadle::optimizers {
namespace {

using calls::BufferId;
using calls::RunContext;

struct AdamUpdate {
  BufferId values, gradients, first_moment, second_moment;
  std::size_t elements;
  float beta1, beta2, epsilon, weight_decay;
  bool decoupled;

  std::size_t tiles(const RunContext&) const noexcept { return calls::elementwise_tiles(elements); }
  void run(const RunContext& context, std::size_t tile) const noexcept {
    const calls::Range range = calls::elementwise_range(elements, tile);
    const double rate = static_cast<double>(context.learning_rate);
    const kernels::AdamArgs args{
        .parameter = context.floats(values) + range.begin,
        .gradient = context.floats(gradients) + range.begin,
        .first_moment = context.floats(first_moment) + range.begin,
        .second_moment = context.floats(second_moment) + range.begin,
        .n = range.count,
        .step_size = static_cast<float>(rate / (1.0 - context.beta1_power)),
        .beta1 = beta1,
        .one_minus_beta1 = static_cast<float>(1.0 - static_cast<double>(beta1)),
        .beta2 = beta2,
        .one_minus_beta2 = static_cast<float>(1.0 - static_cast<double>(beta2)),
        .second_scale = static_cast<float>(1.0 / __builtin_sqrt(1.0 - context.beta2_power)),
        .epsilon = epsilon,
        .decay = decoupled ? static_cast<float>(rate * static_cast<double>(weight_decay)) : weight_decay};
    if (decoupled)
      context.kernels->adamw(args);
    else
      context.kernels->adam(args);
  }
};

template <class A>
Result<void> check_numbers(const A& adam) noexcept {
  if (const Result<void> ok = expect(is_positive(adam.learning_rate), adam.type, "learning_rate", "above 0"); !ok)
    return ok;
  if (const Result<void> ok = expect(is_fraction(adam.beta1), adam.type, "beta1", "in [0, 1)"); !ok) return ok;
  if (const Result<void> ok = expect(is_fraction(adam.beta2), adam.type, "beta2", "in [0, 1)"); !ok) return ok;
  if (const Result<void> ok = expect(is_positive(adam.epsilon), adam.type, "epsilon", "above 0"); !ok) return ok;
  return expect(is_not_negative(adam.weight_decay), adam.type, "weight_decay", "of at least 0");
}

template <class A>
void record_update(const A& adam, bool decoupled, const UpdateContext& context, calls::Recorder& recorder) noexcept {
  const base::CheckedSize bytes = base::CheckedSize{context.elements} * sizeof(float);
  const BufferId first = recorder.buffer(MemoryKind::optimizer_state, calls::Lifetime::step, bytes);
  const BufferId second = recorder.buffer(MemoryKind::optimizer_state, calls::Lifetime::step, bytes);
  recorder.call(calls::Phase::update,
                AdamUpdate{context.values, context.gradients, first, second, context.elements, adam.beta1, adam.beta2,
                           adam.epsilon, adam.weight_decay, decoupled},
                {context.values, context.gradients, first, second});
}

template <class A>
void advance_powers(const A& adam, Progress& progress) noexcept {
  progress.beta1_power *= static_cast<double>(adam.beta1);
  progress.beta2_power *= static_cast<double>(adam.beta2);
}

}  // namespace

Result<void> check(const Adam& adam) noexcept { return check_numbers(adam); }
Result<void> check(const AdamW& adam) noexcept { return check_numbers(adam); }

void record(const Adam& adam, const UpdateContext& context, calls::Recorder& recorder) noexcept {
  record_update(adam, false, context, recorder);
}
void record(const AdamW& adam, const UpdateContext& context, calls::Recorder& recorder) noexcept {
  record_update(adam, true, context, recorder);
}

void advance(const Adam& adam, Progress& progress) noexcept { advance_powers(adam, progress); }
void advance(const AdamW& adam, Progress& progress) noexcept { advance_powers(adam, progress); }

}  // namespace treadle::optimizers
