#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "support/double_network.hpp"
#include "support/networks.hpp"

using namespace treadle;

namespace {

TrainingStep make_step(const Optimizer& optimizer = Sgd{.learning_rate = 0.1f}, std::size_t micro_batch = 0) {
  Model model = test::awkward_model();
  model.initialize(1).value();
  return plan(model, SoftmaxCrossEntropy{}, optimizer, {.batch_size = 12, .micro_batch = micro_batch}).value();
}

}  // namespace

TEST_CASE("the gradient of a whole network agrees with central differences in double") {
  Model model = test::awkward_model();
  REQUIRE(model.initialize(1));
  const test::Batch batch = test::awkward_batch(10, 7);
  TrainingStep step = make_step(Sgd{}, 4);
  std::vector<double> parameters(model.parameters().begin(), model.parameters().end());
  CHECK(step.run(batch.inputs, batch.targets) ==
        doctest::Approx(test::double_loss(model, parameters, batch)).epsilon(1e-5));
  std::vector<float> gradients(model.parameters().size());
  REQUIRE(step.get_gradients(gradients));
  for (std::size_t i = 0; i < parameters.size(); i += 11) {
    const double h = 1e-6, value = parameters[i];
    parameters[i] = value + h;
    const double above = test::double_loss(model, parameters, batch);
    parameters[i] = value - h;
    const double below = test::double_loss(model, parameters, batch);
    parameters[i] = value;
    CAPTURE(i);
    CHECK(std::abs(gradients[i] - (above - below) / (2 * h)) < 2e-6);
  }
}

TEST_CASE("gradients are kept where they are asked for or a batch comes in micro-batches, and are the same") {
  Model model = test::awkward_model();
  REQUIRE(model.initialize(1));
  const test::Batch batch = test::awkward_batch(12, 7);
  const auto gradients_of = [&](const StepOptions& options, Result<void>& status) {
    TrainingStep step = plan(model, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 0.1f}, options).value();
    step.run(batch.inputs, batch.targets);
    std::vector<float> gradients(model.parameters().size());
    status = step.get_gradients(gradients);
    return gradients;
  };
  Result<void> kept{}, in_micro_batches{}, dropped{};
  const std::vector<float> expected = gradients_of({.batch_size = 12, .keep_gradients = true}, kept);
  CHECK(kept);
  CHECK(test::same_bits(expected, gradients_of({.batch_size = 12, .micro_batch = 5}, in_micro_batches)));
  CHECK(in_micro_batches);
  gradients_of({.batch_size = 12}, dropped);
  REQUIRE(!dropped);
  CHECK(dropped.error().text().find("keep_gradients") != std::string_view::npos);
}

TEST_CASE("training makes the loss small") {
  for (const Optimizer& optimizer : test::optimizers()) {
    TrainingStep step = make_step(optimizer);
    const test::Batch batch = test::awkward_batch(12, 3);
    const float first = step.run(batch.inputs, batch.targets);
    for (int i = 0; i < 300; ++i) step.run(batch.inputs, batch.targets);
    CHECK(step.evaluate(batch.inputs, batch.targets) < 0.1f * first);
    CHECK(step.correct() == 12);
  }
}

TEST_CASE("an evaluation changes nothing and gives the loss that the next run starts from") {
  TrainingStep a = make_step(), b = make_step();
  const test::Batch batch = test::awkward_batch(12, 3);
  for (int i = 0; i < 3; ++i) {
    const float evaluated = a.evaluate(batch.inputs, batch.targets);
    const std::size_t correct = a.correct();
    CHECK(evaluated == a.run(batch.inputs, batch.targets));
    CHECK(correct == a.correct());
    CHECK(evaluated == b.run(batch.inputs, batch.targets));
  }
}

TEST_CASE("sizes that are not a batch change nothing") {
  TrainingStep step = make_step();
  const test::Batch batch = test::awkward_batch(13, 3);
  const std::span<const float> inputs = batch.inputs;
  const std::span<const std::int32_t> targets = batch.targets;
  std::vector<float> before(parameter_count(test::awkward_model()).value()), after = before;
  REQUIRE(step.get_parameters(before));
  CHECK(std::isnan(step.run({}, {})));
  CHECK(std::isnan(step.run(inputs, targets)));
  CHECK(std::isnan(step.run(inputs.first(35), targets.first(2))));
  CHECK(std::isnan(step.run(inputs.first(36), targets.first(1))));
  CHECK(std::isnan(step.run(inputs.first(35), {})));
  CHECK(std::isnan(step.evaluate(inputs.first(34), targets.first(1))));
  REQUIRE(step.get_parameters(after));
  CHECK(test::same_bits(before, after));
  CHECK(!step.get_parameters(std::span(after).first(3)));
  CHECK(!step.set_parameters(std::span(after).first(3)));
  CHECK(!step.get_gradients(std::span(after).first(3)));
}

TEST_CASE("samples that are read a micro-batch at a time give the bits of a whole batch") {
  struct Reader {
    const test::Batch& batch;
    std::vector<std::size_t> firsts;
  };
  const test::Batch batch = test::awkward_batch(11, 3);
  TrainingStep whole = make_step();
  const float loss = whole.run(batch.inputs, batch.targets);
  for (std::size_t micro_batch : {1, 4, 12}) {
    CAPTURE(micro_batch);
    Reader reader{batch, {}};
    const SampleSource source{
        [](void* context, std::size_t first, std::size_t count, float* inputs, std::int32_t* targets) noexcept {
          Reader& given = *static_cast<Reader*>(context);
          given.firsts.push_back(first);
          std::copy_n(given.batch.inputs.data() + first * 35, count * 35, inputs);
          std::copy_n(given.batch.targets.data() + first, count, targets);
        },
        &reader};
    TrainingStep step = make_step(Sgd{.learning_rate = 0.1f}, micro_batch);
    const std::size_t room = std::min<std::size_t>(micro_batch, 11);
    std::vector<float> inputs(room * 35);
    std::vector<std::int32_t> targets(room);
    CHECK(step.run(source, 11, inputs, targets) == loss);
    CHECK(step.correct() == whole.correct());
    CHECK(reader.firsts.size() == (11 + micro_batch - 1) / micro_batch);
    std::vector<float> expected(parameter_count(test::awkward_model()).value()), actual(expected.size());
    REQUIRE(whole.get_parameters(expected));
    REQUIRE(step.get_parameters(actual));
    CHECK(test::same_bits(actual, expected));

    reader.firsts.clear();
    CHECK(std::isnan(step.run(source, 11, std::span(inputs).first(room * 35 - 1), targets)));
    CHECK(std::isnan(step.run(source, 11, inputs, std::span(targets).first(room - 1))));
    CHECK(std::isnan(step.run(source, 13, inputs, targets)));
    CHECK(std::isnan(step.run(source, 0, inputs, targets)));
    CHECK(reader.firsts.empty());
    REQUIRE(step.get_parameters(actual));
    CHECK(test::same_bits(actual, expected));
  }
}

TEST_CASE("targets that are no class harm nothing") {
  TrainingStep step = make_step();
  test::Batch batch = test::awkward_batch(5, 3);
  batch.targets = {-1, 3, 2147483647, -2147483647 - 1, 1000000};
  const float loss = step.run(batch.inputs, batch.targets);
  CHECK(loss == loss);
  CHECK(step.correct() == 0);
}

TEST_CASE("NaN and infinity in the inputs show in the loss and crash nothing") {
  TrainingStep step = make_step();
  test::Batch batch = test::awkward_batch(5, 3);
  batch.inputs[17] = std::numeric_limits<float>::quiet_NaN();
  CHECK(std::isnan(step.evaluate(batch.inputs, batch.targets)));
  batch.inputs[17] = std::numeric_limits<float>::infinity();
  const float loss = step.evaluate(batch.inputs, batch.targets);
  CHECK(!(loss < 1e30f && loss > -1e30f));
}

TEST_CASE("the learning rate can change between iterations") {
  TrainingStep step = make_step();
  CHECK(step.learning_rate() == 0.1f);
  step.set_learning_rate(0.0f);
  std::vector<float> before(parameter_count(test::awkward_model()).value()), after = before;
  REQUIRE(step.get_parameters(before));
  const test::Batch batch = test::awkward_batch(12, 3);
  step.run(batch.inputs, batch.targets);
  REQUIRE(step.get_parameters(after));
  CHECK(test::same_bits(before, after));
}

TEST_CASE("parameters go in and come out unchanged") {
  TrainingStep step = make_step();
  const std::vector<float> set = test::random_values(parameter_count(test::awkward_model()).value(), 9);
  REQUIRE(step.set_parameters(set));
  std::vector<float> got(set.size());
  REQUIRE(step.get_parameters(got));
  CHECK(test::same_bits(set, got));
}

TEST_CASE("a step can be moved") {
  TrainingStep a = make_step();
  TrainingStep b = std::move(a);
  a = make_step();
  a = std::move(b);
  const test::Batch batch = test::awkward_batch(12, 3);
  CHECK(a.run(batch.inputs, batch.targets) > 0);
}
