#include <doctest/doctest.h>

#include "support/networks.hpp"

using namespace treadle;

TEST_CASE("inference gives each sample the same outputs in any slices") {
  Model model = test::awkward_model();
  REQUIRE(model.initialize(1));
  const std::size_t rows = 29;
  const std::vector<float> inputs = test::random_values(rows * 35, 2);
  std::vector<float> expected(rows * 3);
  InferenceStep whole = plan_inference(model, {.batch_size = rows}).value();
  REQUIRE(whole.run(inputs, expected));
  for (std::size_t batch_size : {1, 2, 7, 28, 64}) {
    std::vector<float> outputs(rows * 3);
    InferenceStep step = plan_inference(model, {.batch_size = batch_size}).value();
    CHECK(step.run(inputs, outputs));
    CHECK(test::same_bits(outputs, expected));
    CHECK(step.memory()[MemoryKind::gradient] == 0);
    CHECK(step.memory()[MemoryKind::optimizer_state] == 0);
  }
}

TEST_CASE("inference of a convolutional network gives each sample the same outputs in any slices") {
  Model model = test::awkward_cnn();
  REQUIRE(model.initialize(1));
  const std::size_t rows = 13, elements = model.input().elements().value();
  const std::vector<float> inputs = test::random_values(rows * elements, 2);
  std::vector<float> expected(rows * 3);
  REQUIRE(plan_inference(model, {.batch_size = rows})->run(inputs, expected));
  CHECK(expected.front() != expected.back());
  for (std::size_t batch_size : {1, 2, 7, 64}) {
    std::vector<float> outputs(rows * 3);
    CHECK(plan_inference(model, {.batch_size = batch_size})->run(inputs, outputs));
    CHECK(test::same_bits(outputs, expected));
  }
}

TEST_CASE("a model that only reshapes passes its inputs through") {
  Model model({2, 3}, {Flatten{}, Dense{1}});
  REQUIRE(model.initialize(1));
  const Layer flatten[] = {Flatten{}};
  const float no_parameters[1] = {};
  const ModelView view{{2, 3}, flatten, std::span(no_parameters, 0)};
  CHECK(plan_inference(view, {}).error().text() == "plan_inference: the model has no parameters");
  InferenceStep step = plan_inference(model, {.batch_size = 2}).value();
  std::vector<float> outputs(2);
  CHECK(step.run(test::random_values(12, 1), outputs));
}

TEST_CASE("sizes that do not match are refused and leave the outputs alone") {
  Model model = test::awkward_model();
  REQUIRE(model.initialize(1));
  InferenceStep step = plan_inference(model, {.batch_size = 4}).value();
  const std::vector<float> inputs = test::random_values(70, 2);
  std::vector<float> outputs(7, 5.0f);
  CHECK(!step.run(inputs, outputs));
  CHECK(!step.run(inputs, std::span(outputs).first(3)));
  CHECK(!step.run(std::span(inputs).first(69), std::span(outputs).first(6)));
  CHECK(outputs == std::vector<float>(7, 5.0f));
  CHECK(step.run(inputs, std::span(outputs).first(6)));
  CHECK(step.run({}, {}));
}

TEST_CASE("inference needs far less memory than training") {
  const Model mlp = [] {
    Model model = preset("mlp", {28, 28, 1}, 10).value();
    model.initialize(1).value();
    return model;
  }();
  const std::size_t inference = plan_inference(mlp, {.batch_size = 1})->memory().total();
  const std::size_t training = report(mlp, SoftmaxCrossEntropy{}, Adam{}, {.batch_size = 1}).value().memory.total();
  CHECK(inference < training / 5 * 2);
}
