#include "optimizers/sgd.hpp"

#include "calls/elementwise.hpp"
#include "kernels/momentum.hpp"
#include "kernels/sgd.hpp"

namespace treadle::optimizers {
namespace {

using calls::BufferId;
using calls::RunContext;

struct SgdUpdate {
  BufferId values, gradients;
  std::size_t elements;
  float weight_decay;

  std::size_t tiles(const RunContext&) const noexcept { return calls::elementwise_tiles(elements); }
  void run(const RunContext& context, std::size_t tile) const noexcept {
    const calls::Range range = calls::elementwise_range(elements, tile);
    context.kernels->sgd({.parameter = context.floats(values) + range.begin,
                          .gradient = context.floats(gradients) + range.begin,
                          .n = range.count,
                          .learning_rate = context.learning_rate,
                          .weight_decay = weight_decay});
  }
};

struct MomentumUpdate {
  BufferId values, gradients, velocity;
  std::size_t elements;
  float momentum, weight_decay;
  bool nesterov;

  std::size_t tiles(const RunContext&) const noexcept { return calls::elementwise_tiles(elements); }
  void run(const RunContext& context, std::size_t tile) const noexcept {
    const calls::Range range = calls::elementwise_range(elements, tile);
    context.kernels->momentum({.parameter = context.floats(values) + range.begin,
                               .gradient = context.floats(gradients) + range.begin,
                               .velocity = context.floats(velocity) + range.begin,
                               .n = range.count,
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

void record(const Sgd& sgd, const UpdateContext& context, calls::Recorder& recorder) noexcept {
  if (sgd.momentum == 0.0f) {
    recorder.call(calls::Phase::update,
                  SgdUpdate{context.values, context.gradients, context.elements, sgd.weight_decay},
                  {context.values, context.gradients});
    return;
  }
  const BufferId velocity = recorder.buffer(MemoryKind::optimizer_state, calls::Lifetime::step,
                                            base::CheckedSize{context.elements} * sizeof(float));
  recorder.call(calls::Phase::update,
                MomentumUpdate{context.values, context.gradients, velocity, context.elements, sgd.momentum,
                               sgd.weight_decay, sgd.nesterov},
                {context.values, context.gradients, velocity});
}

void advance(const Sgd&, Progress&) noexcept {}

}  // namespace treadle::optimizers
