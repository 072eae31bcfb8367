#include "optimizers/sgd.hpp"

#include "kernels/momentum.hpp"
#include "kernels/sgd.hpp"

namespace treadle::optimizers {
namespace {

using calls::BufferId;
using calls::RunContext;

constexpr std::string_view velocity_name[] = {"velocity"};

struct SgdUpdate {
  BufferId values;
  float weight_decay;

  void run(const RunContext& context, std::size_t first, std::size_t count, const float* gradient) const noexcept {
    context.kernels->sgd({.parameter = context.floats(values) + first,
                          .gradient = gradient,
                          .n = count,
                          .learning_rate = context.learning_rate,
                          .weight_decay = weight_decay});
  }
};

struct MomentumUpdate {
  BufferId values, velocity;
  float momentum, weight_decay;
  bool nesterov;

  void run(const RunContext& context, std::size_t first, std::size_t count, const float* gradient) const noexcept {
    context.kernels->momentum({.parameter = context.floats(values) + first,
                               .gradient = gradient,
                               .velocity = context.floats(velocity) + first,
                               .n = count,
                               .learning_rate = context.learning_rate,
                               .momentum = momentum,
                               .weight_decay = weight_decay,
                               .nesterov = nesterov});
  }
};

}  // namespace

Result<void> check(const Sgd& sgd) noexcept {
  if (const Result<void> ok = expect(is_positive(sgd.learning_rate), sgd.type, "learning_rate", "above 0"); !ok)
    return ok;
  if (const Result<void> ok = expect(is_fraction(sgd.momentum), sgd.type, "momentum", "in [0, 1)"); !ok) return ok;
  if (const Result<void> ok = expect(!sgd.nesterov || sgd.momentum > 0, sgd.type, "momentum", "above 0 with nesterov");
      !ok)
    return ok;
  return expect(is_not_negative(sgd.weight_decay), sgd.type, "weight_decay", "of at least 0");
}

calls::Update update(const Sgd& sgd, BufferId values, std::size_t elements, calls::Recorder& recorder) noexcept {
  if (sgd.momentum == 0.0f) return calls::Update(SgdUpdate{values, sgd.weight_decay});
  const BufferId velocity =
      recorder.buffer(MemoryKind::optimizer_state, calls::Lifetime::step, base::CheckedSize{elements} * sizeof(float));
  return calls::Update(MomentumUpdate{values, velocity, sgd.momentum, sgd.weight_decay, sgd.nesterov});
}

calls::Work work(const Sgd& sgd) noexcept {
  // Parameter and velocity are read and written.
  if (sgd.momentum == 0.0f) return {.flops = 4, .bytes = calls::bytes_of(2)};
  return {.flops = sgd.nesterov ? 8.0 : 6.0, .bytes = calls::bytes_of(4)};
}

std::span<const std::string_view> state_names(const Sgd& sgd) noexcept {
  if (sgd.momentum == 0.0f) return {};
  return velocity_name;
}

void advance(const Sgd&, OptimizerProgress&) noexcept {}

}  // namespace treadle::optimizers
