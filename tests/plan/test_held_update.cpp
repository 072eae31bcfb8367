// Steps whose update waits for all gradients: the same bits as ever, limits by PyTorch's formulas, updates left out.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "support/networks.hpp"

using namespace treadle;

namespace {

struct Gradients {
  std::vector<float> values;
  double norm = 0;
  float loss = 0;
};

Gradients gradients_of(const StepOptions& options, const Model& model = test::awkward_model()) {
  Model initialized = model;
  initialized.initialize(1).value();
  TrainingStep step = plan(initialized, SoftmaxCrossEntropy{}, Sgd{}, options).value();
  const test::Batch batch = test::awkward_batch(12, 7, model.input().elements().value());
  Gradients gradients{.values = std::vector<float>(initialized.parameters().size())};
  gradients.loss = step.run(batch.inputs, batch.targets);
  gradients.norm = step.gradient_norm();
  step.get_gradients(gradients.values).value();
  return gradients;
}

double norm_of(const std::vector<float>& values) {
  long double sum = 0;
  for (const float value : values) sum += static_cast<long double>(value) * value;
  return static_cast<double>(std::sqrt(sum));
}

}  // namespace

TEST_CASE("an update that waits gives the bits of one that does not") {
  for (const Optimizer& optimizer : test::optimizers())
    for (const Model& model : {test::awkward_model(), test::awkward_cnn()})
      for (const std::size_t micro_batch : {0, 5}) {
        const StepOptions usual{.batch_size = 12, .micro_batch = micro_batch};
        StepOptions held = usual;
        held.hold_update = true;
        CHECK(test::same_bits(test::train(optimizer, usual, 12, 6, nullptr, model),
                              test::train(optimizer, held, 12, 6, nullptr, model)));
      }
}

TEST_CASE("in slices it gives them too, wherever the iteration is cut") {
  Model model = test::awkward_cnn();
  model.initialize(1).value();
  const StepOptions options{.batch_size = 12, .micro_batch = 5, .clip_norm = 0.1f};
  const test::Batch batch = test::awkward_batch(12, 3, 297);
  for (const std::size_t tiles : {1, 2, 7}) {
    TrainingStep whole = plan(model, SoftmaxCrossEntropy{}, AdamW{}, options).value();
    TrainingStep sliced = plan(model, SoftmaxCrossEntropy{}, AdamW{}, options).value();
    for (int i = 0; i < 3; ++i) {
      const float loss = whole.run(batch.inputs, batch.targets);
      REQUIRE(sliced.begin(batch.inputs, batch.targets));
      Slice slice = sliced.run_tiles(tiles);
      while (!slice.finished) slice = sliced.run_tiles(tiles);
      CHECK(slice.loss == loss);
    }
    std::vector<float> a(model.parameters().size()), b(a.size());
    REQUIRE(whole.get_parameters(a));
    REQUIRE(sliced.get_parameters(b));
    CHECK(test::same_bits(a, b));
    CHECK(whole.optimizer_progress() == sliced.optimizer_progress());
  }
}

TEST_CASE("the norm and the limits follow PyTorch's formulas") {
  for (const Model& model : {test::awkward_model(), test::awkward_cnn()}) {
    const Gradients plain = gradients_of({.batch_size = 12, .hold_update = true}, model);
    const double norm = norm_of(plain.values);
    CHECK(plain.norm == doctest::Approx(norm).epsilon(1e-14));

    // clip_grad_norm_: g * min(1, max_norm / (norm + 1e-6))
    const Gradients by_norm = gradients_of({.batch_size = 12, .clip_norm = 0.25f}, model);
    CHECK(by_norm.norm == plain.norm);
    CHECK(norm > 0.25);
    CHECK(norm_of(by_norm.values) == doctest::Approx(0.25).epsilon(1e-5));
    for (std::size_t i = 0; i < plain.values.size(); ++i)
      CHECK(std::abs(by_norm.values[i] - plain.values[i] * (0.25 / (norm + 1e-6))) <= 2e-7 * std::abs(plain.values[i]));
    CHECK(test::same_bits(gradients_of({.batch_size = 12, .clip_norm = 1e6f}, model).values, plain.values));

    // clip_grad_value_: min(max(g, -value), value)
    const Gradients by_value = gradients_of({.batch_size = 12, .clip_value = 0.01f}, model);
    std::vector<float> expected = plain.values;
    std::size_t limited = 0;
    for (float& g : expected) {
      limited += std::abs(g) > 0.01f;
      g = std::fmin(std::fmax(g, -0.01f), 0.01f);
    }
    CHECK(limited > 10);
    CHECK(test::same_bits(by_value.values, expected));
    CHECK(by_value.norm == doctest::Approx(norm_of(expected)).epsilon(1e-14));

    // Both: the norm is that of the limited ones.
    const Gradients both = gradients_of({.batch_size = 12, .clip_norm = 0.05f, .clip_value = 0.01f}, model);
    CHECK(both.norm == by_value.norm);
    CHECK(norm_of(both.values) == doctest::Approx(0.05).epsilon(1e-4));
  }
}

TEST_CASE("limited training has the same bits for every micro-batch, instruction set and number of threads") {
  for (const Model& model : {test::awkward_model(), test::awkward_cnn()}) {
    const StepOptions options{.batch_size = 12, .isa = Isa::scalar, .clip_norm = 0.1f, .clip_value = 0.05f};
    const Optimizer optimizer = AdamW{.learning_rate = 0.01f};
    const std::vector<float> expected = test::train(optimizer, options, 12, 6, nullptr, model);
    CHECK(!test::same_bits(expected, test::train(optimizer, {.batch_size = 12}, 12, 6, nullptr, model)));
    for (const Isa isa : {Isa::scalar, Isa::avx2, Isa::avx512, Isa::neon64})
      for (const std::size_t threads : {1, 3})
        for (const std::size_t micro_batch : {0, 1, 7}) {
          if (!supported(isa)) continue;
          const std::shared_ptr<Executor> executor = make_executor(threads, ThreadSource::automatic).value();
          StepOptions other = options;
          other.isa = isa;
          other.micro_batch = micro_batch;
          other.executor = executor.get();
          CAPTURE(name(isa));
          CAPTURE(micro_batch);
          CHECK(test::same_bits(test::train(optimizer, other, 12, 6, nullptr, model), expected));
        }
  }
}

TEST_CASE("an update that is left out changes nothing, and the next one goes on as if it had not been") {
  Model model = test::awkward_model();
  model.initialize(1).value();
  for (const Optimizer& optimizer : test::optimizers()) {
    TrainingStep step = plan(model, SoftmaxCrossEntropy{}, optimizer, {.batch_size = 12, .hold_update = true}).value();
    TrainingStep undisturbed = plan(model, SoftmaxCrossEntropy{}, optimizer, {.batch_size = 12}).value();
    const test::Batch good = test::awkward_batch(12, 1);
    test::Batch bad = test::awkward_batch(12, 2);
    bad.inputs[40] = std::numeric_limits<float>::quiet_NaN();
    for (int i = 0; i < 3; ++i) {
      CHECK(std::isnan(step.compute_gradients(bad.inputs, bad.targets)));
      CHECK(std::isnan(step.gradient_norm()));
      const float loss = step.compute_gradients(good.inputs, good.targets);
      step.update();
      CHECK(loss == undisturbed.run(good.inputs, good.targets));
    }
    std::vector<float> a(model.parameters().size()), b(a.size());
    REQUIRE(step.get_parameters(a));
    REQUIRE(undisturbed.get_parameters(b));
    CHECK(test::same_bits(a, b));
    CHECK(step.optimizer_progress() == undisturbed.optimizer_progress());
  }
}

TEST_CASE("a step that does not hold its update has no halves and no norm") {
  Model model = test::awkward_model();
  model.initialize(1).value();
  TrainingStep step = plan(model, SoftmaxCrossEntropy{}, Sgd{}, {.batch_size = 12}).value();
  const test::Batch batch = test::awkward_batch(12, 1);
  CHECK(std::isnan(step.compute_gradients(batch.inputs, batch.targets)));
  step.update();
  CHECK(std::isnan(step.gradient_norm()));
  std::vector<float> parameters(model.parameters().size());
  REQUIRE(step.get_parameters(parameters));
  CHECK(test::same_bits(parameters, {model.parameters().begin(), model.parameters().end()}));
}

TEST_CASE("the plan counts what a held update takes, and refuses limits that are none") {
  const Model model = test::awkward_model();
  const Result<PlanReport> fused = report(model, SoftmaxCrossEntropy{}, AdamW{}, {.batch_size = 12});
  const Result<PlanReport> held = report(model, SoftmaxCrossEntropy{}, AdamW{}, {.batch_size = 12, .clip_norm = 1.0f});
  REQUIRE(fused);
  REQUIRE(held);
  CHECK(fused->memory[MemoryKind::gradient] == 0);
  CHECK(held->memory[MemoryKind::gradient] == held->memory[MemoryKind::parameter]);
  CHECK(held->calls.back().name == "update");
  CHECK(held->calls.back().layer == "all");
  CHECK(held->calls.back().each_iteration);
  const TrainingStep step = plan(model, SoftmaxCrossEntropy{}, AdamW{}, {.batch_size = 12, .clip_norm = 1.0f}).value();
  CHECK(step.memory().total() == held->memory.total());
  for (const float wrong : {-1.0f, std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    CHECK(!plan(model, SoftmaxCrossEntropy{}, Sgd{}, {.clip_norm = wrong}));
    CHECK(!plan(model, SoftmaxCrossEntropy{}, Sgd{}, {.clip_value = wrong}));
  }
}
