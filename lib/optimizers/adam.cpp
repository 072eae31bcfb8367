#include "optimizers/adam.hpp"

#include "kernels/adam.hpp"

namespace treadle::optimizers {
namespace {

using calls::BufferId;
using calls::RunContext;

constexpr std::string_view moment_names[] = {"first_moment", "second_moment"};

struct AdamUpdate {
  BufferId values, first_moment, second_moment;
  float beta1, beta2, epsilon, weight_decay;
  bool decoupled;

  void run(const RunContext& context, std::size_t first, std::size_t count, const float* gradient) const noexcept {
    const double rate = static_cast<double>(context.learning_rate);
    const kernels::AdamArgs args{
        .parameter = context.floats(values) + first,
        .gradient = gradient,
        .first_moment = context.floats(first_moment) + first,
        .second_moment = context.floats(second_moment) + first,
        .n = count,
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
calls::Update make_update(const A& adam, bool decoupled, BufferId values, std::size_t elements,
                          calls::Recorder& recorder) noexcept {
  const base::CheckedSize bytes = base::CheckedSize{elements} * sizeof(float);
  const BufferId first = recorder.buffer(MemoryKind::optimizer_state, calls::Lifetime::step, bytes);
  const BufferId second = recorder.buffer(MemoryKind::optimizer_state, calls::Lifetime::step, bytes);
  return calls::Update(
      AdamUpdate{values, first, second, adam.beta1, adam.beta2, adam.epsilon, adam.weight_decay, decoupled});
}

template <class A>
void advance_powers(const A& adam, OptimizerProgress& progress) noexcept {
  progress.beta1_power *= static_cast<double>(adam.beta1);
  progress.beta2_power *= static_cast<double>(adam.beta2);
}

}  // namespace

Result<void> check(const Adam& adam) noexcept { return check_numbers(adam); }
Result<void> check(const AdamW& adam) noexcept { return check_numbers(adam); }

calls::Update update(const Adam& adam, BufferId values, std::size_t elements, calls::Recorder& recorder) noexcept {
  return make_update(adam, false, values, elements, recorder);
}
calls::Update update(const AdamW& adam, BufferId values, std::size_t elements, calls::Recorder& recorder) noexcept {
  return make_update(adam, true, values, elements, recorder);
}

// Parameter and both moments are read and written.
calls::Work work(const Adam&) noexcept { return {.flops = 15, .bytes = calls::bytes_of(6)}; }
calls::Work work(const AdamW&) noexcept { return {.flops = 15, .bytes = calls::bytes_of(6)}; }

std::span<const std::string_view> state_names(const Adam&) noexcept { return moment_names; }
std::span<const std::string_view> state_names(const AdamW&) noexcept { return moment_names; }

void advance(const Adam& adam, OptimizerProgress& progress) noexcept { advance_powers(adam, progress); }
void advance(const AdamW& adam, OptimizerProgress& progress) noexcept { advance_powers(adam, progress); }

}  // namespace treadle::optimizers
