// Every optimizer, recorded as a plan records it, against its formula in double.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "calls/recorder.hpp"
#include "optimizers/optimizers.hpp"
#include "support/random_values.hpp"

using namespace treadle;

namespace {

/// Runs `iterations` updates of `parameters` with gradients from random_values(n, 100 + t).
std::vector<float> update(const Optimizer& optimizer, std::vector<float> parameters, int iterations, Isa isa) {
  std::vector<calls::Buffer> buffers(8);
  calls::Recorder recorder(*kernels::table(isa), 1, 1, true, buffers, {});
  const std::size_t n = parameters.size();
  const calls::BufferId values = recorder.buffer(MemoryKind::parameter, calls::Lifetime::step, n * sizeof(float));
  const calls::Update rule = optimizers::update(optimizer, values, n, recorder);

  std::vector<std::vector<float>> memory(recorder.buffer_count(), std::vector<float>(n));
  std::vector<std::byte*> addresses;
  for (std::vector<float>& block : memory) addresses.push_back(reinterpret_cast<std::byte*>(block.data()));
  memory[static_cast<std::size_t>(values)] = parameters;
  addresses[static_cast<std::size_t>(values)] =
      reinterpret_cast<std::byte*>(memory[static_cast<std::size_t>(values)].data());
  OptimizerProgress progress;
  for (int t = 1; t <= iterations; ++t) {
    const std::vector<float> gradient = test::random_values(n, 100u + static_cast<unsigned>(t));
    optimizers::advance(optimizer, progress);
    const calls::RunContext context{.kernels = kernels::table(isa),
                                    .addresses = addresses.data(),
                                    .learning_rate = learning_rate(optimizer),
                                    .beta1_power = progress.beta1_power,
                                    .beta2_power = progress.beta2_power};
    // In parts, as layers do.
    for (std::size_t first = 0, count = 0; first < n; first += count) {
      count = std::min(calls::gradient_part, n - first);
      rule.run(context, first, count, gradient.data() + first);
    }
  }
  return memory[static_cast<std::size_t>(values)];
}

// One parameter after `iterations` updates, in double, as include/treadle/optimizers.hpp says it.
double expected(const Sgd& sgd, double p, const std::vector<double>& gradients) {
  double v = 0;
  for (double g : gradients) {
    g += static_cast<double>(sgd.weight_decay) * p;
    v = static_cast<double>(sgd.momentum) * v + g;
    const double step = sgd.momentum == 0 ? g : sgd.nesterov ? g + static_cast<double>(sgd.momentum) * v : v;
    p -= static_cast<double>(sgd.learning_rate) * step;
  }
  return p;
}

template <class A>
double expected_adam(const A& adam, bool decoupled, double p, const std::vector<double>& gradients) {
  const double beta1 = static_cast<double>(adam.beta1), beta2 = static_cast<double>(adam.beta2);
  const double rate = static_cast<double>(adam.learning_rate), decay = static_cast<double>(adam.weight_decay);
  double m = 0, v = 0, t = 0;
  for (double g : gradients) {
    ++t;
    if (decoupled)
      p -= rate * decay * p;
    else
      g += decay * p;
    m = beta1 * m + (1 - beta1) * g;
    v = beta2 * v + (1 - beta2) * g * g;
    p -= rate / (1 - std::pow(beta1, t)) * m /
         (std::sqrt(v) / std::sqrt(1 - std::pow(beta2, t)) + static_cast<double>(adam.epsilon));
  }
  return p;
}
double expected(const Adam& adam, double p, const std::vector<double>& g) { return expected_adam(adam, false, p, g); }
double expected(const AdamW& adam, double p, const std::vector<double>& g) { return expected_adam(adam, true, p, g); }

void check(const Optimizer& optimizer, std::size_t n, int iterations) {
  const std::vector<float> start = test::random_values(n, 7);
  std::vector<std::vector<float>> gradients;
  for (int t = 1; t <= iterations; ++t) gradients.push_back(test::random_values(n, 100u + static_cast<unsigned>(t)));
  for (Isa isa : compiled_isas()) {
    if (!supported(isa)) continue;
    const std::vector<float> updated = update(optimizer, start, iterations, isa);
    for (std::size_t i = 0; i < n; ++i) {
      std::vector<double> own;
      for (const std::vector<float>& gradient : gradients) own.push_back(static_cast<double>(gradient[i]));
      const double want =
          std::visit([&](const auto& o) { return expected(o, static_cast<double>(start[i]), own); }, optimizer);
      CHECK(std::abs(static_cast<double>(updated[i]) - want) <= 2e-6 * (1 + std::abs(want)));
    }
  }
}

}  // namespace

TEST_CASE("updates agree with their formulas in double") {
  for (std::size_t n : {1, 7, 16, 33})
    for (int iterations : {1, 2, 25}) {
      check(Sgd{.learning_rate = 0.1f}, n, iterations);
      check(Sgd{.learning_rate = 0.1f, .weight_decay = 0.1f}, n, iterations);
      check(Sgd{.learning_rate = 0.05f, .momentum = 0.9f}, n, iterations);
      check(Sgd{.learning_rate = 0.05f, .momentum = 0.9f, .nesterov = true, .weight_decay = 0.1f}, n, iterations);
      check(Adam{.learning_rate = 0.01f}, n, iterations);
      check(Adam{.learning_rate = 0.01f, .weight_decay = 0.1f}, n, iterations);
      check(AdamW{.learning_rate = 0.01f, .weight_decay = 0.1f}, n, iterations);
    }
}

TEST_CASE("a block of several parts is updated everywhere") { check(AdamW{.learning_rate = 0.01f}, 40001, 2); }

TEST_CASE("an optimizer keeps the state that it needs and no more") {
  const auto states = [](const Optimizer& optimizer) {
    std::vector<calls::Buffer> buffers(8);
    calls::Recorder recorder(*kernels::table(Isa::scalar), 1, 1, true, buffers, {});
    static_cast<void>(optimizers::update(optimizer, calls::BufferId{0}, 5, recorder));
    return recorder.buffer_count() - 2;
  };
  CHECK(states(Sgd{}) == 0);
  CHECK(states(Sgd{.momentum = 0.5f}) == 1);
  CHECK(states(Adam{}) == 2);
  CHECK(states(AdamW{}) == 2);
}
