// A step that takes over parameters, optimizer state and progress goes on with the bits of the step that had them.
#include <doctest/doctest.h>

#include <memory>

#include "support/layer_harness.hpp"
#include "support/networks.hpp"

using namespace treadle;

namespace {

constexpr std::size_t rows = 23;
constexpr std::size_t iterations = 9;

/// What goes from one step to another.
struct Taken {
  std::vector<float> parameters, state;
  OptimizerProgress progress;
};

class Training {
 public:
  Training(const Model& model, const Optimizer& optimizer, const StepOptions& options)
      : elements_(model.input().elements().value()),
        step_(plan(model, SoftmaxCrossEntropy{}, optimizer, options).value()) {
    taken_.parameters.resize(parameter_count(model).value());
    taken_.state.resize(step_.optimizer_state_size());
  }

  void run(std::size_t first, std::size_t end) {
    for (std::size_t i = first; i < end; ++i) {
      const test::Batch batch = test::awkward_batch(i % 3 == 2 ? rows / 2 + 1 : rows, i, elements_);
      step_.run(batch.inputs, batch.targets);
    }
  }
  const Taken& take() {
    step_.get_parameters(taken_.parameters).value();
    step_.get_optimizer_state(taken_.state).value();
    taken_.progress = step_.optimizer_progress();
    return taken_;
  }
  void give(const Taken& taken) {
    step_.set_parameters(taken.parameters).value();
    step_.set_optimizer_state(taken.state).value();
    step_.set_optimizer_progress(taken.progress).value();
  }

 private:
  std::size_t elements_;
  TrainingStep step_;
  Taken taken_;
};

bool same(const Taken& a, const Taken& b) {
  return test::same_bits(a.parameters, b.parameters) && test::same_bits(a.state, b.state) && a.progress == b.progress;
}

Model initialized(Model model) {
  model.initialize(1).value();
  return model;
}

}  // namespace

TEST_CASE("a step takes over from one of another instruction set, micro-batch and number of threads") {
  const std::shared_ptr<Executor> threads = make_executor(3).value();
  const std::vector<Isa> isas = test::same_bits_isas();
  for (const Model& model : {initialized(test::awkward_model()), initialized(test::awkward_cnn())})
    for (const Optimizer& optimizer : test::optimizers()) {
      CAPTURE(optimizer.index());
      Training whole(model, optimizer, {.batch_size = rows, .isa = Isa::scalar});
      whole.run(0, iterations);
      for (const Isa from : isas)
        for (const Isa to : isas)
          for (const std::size_t taken_after : {std::size_t{1}, std::size_t{4}}) {
            CAPTURE(name(from));
            CAPTURE(name(to));
            Training first(model, optimizer,
                           {.batch_size = rows, .micro_batch = 7, .isa = from, .executor = threads.get()});
            first.run(0, taken_after);
            Training second(model, optimizer, {.batch_size = rows, .micro_batch = 23, .isa = to});
            second.give(first.take());
            CHECK(same(second.take(), first.take()));
            second.run(taken_after, iterations);
            CHECK(same(second.take(), whole.take()));
          }
    }
}

TEST_CASE("each part of what is taken over matters") {
  const Model model = initialized(test::awkward_model());
  const Optimizer optimizer = Adam{.learning_rate = 0.01f};
  Training whole(model, optimizer, {.batch_size = rows});
  whole.run(0, 3);
  const Taken taken = whole.take();
  whole.run(3, iterations);
  const auto differs = [&](auto forget) {
    Taken changed = taken;
    forget(changed);
    Training other(model, optimizer, {.batch_size = rows});
    other.give(changed);
    other.run(3, iterations);
    return !test::same_bits(other.take().parameters, whole.take().parameters);
  };
  CHECK(!differs([](Taken&) {}));
  CHECK(differs([](Taken& t) { t.parameters[5] += 0.01f; }));
  CHECK(differs([](Taken& t) { t.progress = {}; }));
  CHECK(differs([](Taken& t) { t.state.assign(t.state.size(), 0.0f); }));
  CHECK(differs([](Taken& t) { t.state.back() += 0.01f; }));
}

TEST_CASE("optimizer state is as large as the optimizer's names say, and other sizes are refused") {
  const Model model = initialized(test::awkward_model());
  const std::size_t parameters = parameter_count(model).value();
  for (const Optimizer& optimizer : test::optimizers()) {
    CAPTURE(optimizer.index());
    TrainingStep step = plan(model, SoftmaxCrossEntropy{}, optimizer, {.batch_size = rows}).value();
    CHECK(step.optimizer_state_size() == state_names(optimizer).size() * parameters);
    // What the plan calls optimizer state is just that, but for padding.
    const std::size_t planned = step.memory()[MemoryKind::optimizer_state];
    CHECK(planned >= step.optimizer_state_size() * sizeof(float));
    CHECK((planned == 0) == state_names(optimizer).empty());
    std::vector<float> state(step.optimizer_state_size() + 1);
    CHECK(step.get_optimizer_state(state).error().text() == "get_optimizer_state: the optimizer keeps " +
                                                                std::to_string(state.size() - 1) + " floats, got " +
                                                                std::to_string(state.size()));
    CHECK(!step.set_optimizer_state(state));
  }
  TrainingStep step = plan(model, SoftmaxCrossEntropy{}, Adam{}, {.batch_size = rows}).value();
  CHECK(!step.set_optimizer_progress({.beta1_power = -0.5}));
  CHECK(!step.set_optimizer_progress({.beta2_power = 1.5}));
  CHECK(!step.set_optimizer_progress({.beta1_power = std::numeric_limits<double>::quiet_NaN()}));
  CHECK(step.optimizer_progress() == OptimizerProgress{});
}
