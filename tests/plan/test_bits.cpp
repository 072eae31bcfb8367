// The same bits for every instruction set, thread count and micro-batch.
#include <doctest/doctest.h>

#include <memory>

#include "support/layer_harness.hpp"
#include "support/networks.hpp"

using namespace treadle;
using test::same_bits;
using test::train;

namespace {
constexpr std::size_t rows = 23;
constexpr std::size_t iterations = 7;
}  // namespace

TEST_CASE("every instruction set of the same-bits set gives the same bits") {
  for (const Optimizer& optimizer : test::optimizers()) {
    std::vector<float> losses;
    const std::vector<float> expected =
        train(optimizer, {.batch_size = rows, .isa = Isa::scalar}, rows, iterations, &losses);
    for (Isa isa : compiled_isas()) {
      if (!supported(isa) || !treadle::same_bits(isa)) continue;
      CAPTURE(name(isa));
      std::vector<float> isa_losses;
      CHECK(same_bits(train(optimizer, {.batch_size = rows, .isa = isa}, rows, iterations, &isa_losses), expected));
      CHECK(same_bits(isa_losses, losses));
    }
  }
}

TEST_CASE("every micro-batch gives the same bits") {
  for (Isa isa : compiled_isas()) {
    if (!supported(isa)) continue;
    CAPTURE(name(isa));
    for (const Optimizer& optimizer : test::optimizers()) {
      std::vector<float> losses;
      const std::vector<float> expected = train(optimizer, {.batch_size = rows, .isa = isa}, rows, iterations, &losses);
      for (std::size_t micro_batch = 1; micro_batch <= rows; ++micro_batch) {
        CAPTURE(micro_batch);
        std::vector<float> micro_losses;
        const StepOptions options{.batch_size = rows, .micro_batch = micro_batch, .isa = isa};
        CHECK(same_bits(train(optimizer, options, rows, iterations, &micro_losses), expected));
        CHECK(same_bits(micro_losses, losses));
      }
    }
  }
}

TEST_CASE("a relu gives the same bits in a pass of its own as fused with its neighbours") {
  const Conv2d first{.filters = 5, .kernel = 3}, second{.filters = 3, .kernel = 2};
  // The pool's gradient is written over its inputs where its windows divide the width, which they do in one of these.
  for (const Shape& input : {Shape{9, 8, 2}, Shape{9, 9, 2}}) {
    CAPTURE(input[1]);
    const Model fused(
        input, {first, Relu{}, second, Relu{}, MaxPool2d{2}, Flatten{}, Dense{9}, Relu{}, Dense{7}, Relu{}, Dense{3}});
    // A pool of one pixel and a Flatten of a vector change nothing, but keep a Relu from its neighbours.
    const MaxPool2d pixel{1};
    const Model apart(
        input, {first, pixel, Relu{}, pixel, second, pixel, Relu{}, pixel, MaxPool2d{2}, Flatten{}, Dense{9}, Flatten{},
                Relu{}, Flatten{}, Dense{7}, Flatten{}, Relu{}, Flatten{}, Dense{3}});
    const std::vector<float> start = test::random_values(parameter_count(fused).value(), 5);
    const auto trained = [&](const Model& model, const StepOptions& options) {
      TrainingStep step =
          plan(model, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 0.05f, .momentum = 0.9f}, options).value();
      std::vector<float> parameters = start;
      step.set_parameters(parameters).value();
      for (std::size_t i = 0; i < iterations; ++i) {
        const test::Batch batch = test::awkward_batch(rows, i, input.elements().value());
        step.run(batch.inputs, batch.targets);
      }
      step.get_parameters(parameters).value();
      return parameters;
    };
    for (Isa isa : compiled_isas()) {
      if (!supported(isa)) continue;
      CAPTURE(name(isa));
      for (std::size_t micro_batch : {0, 4}) {
        const StepOptions options{.batch_size = rows, .micro_batch = micro_batch, .isa = isa};
        const std::vector<float> expected = trained(apart, options);
        CHECK(!same_bits(expected, start));
        CHECK(same_bits(trained(fused, options), expected));
      }
    }
  }
}

TEST_CASE("convolutions: every instruction set, micro-batch and number of threads gives the same bits") {
  const Model model = test::awkward_cnn();
  const Optimizer optimizer = Sgd{.learning_rate = 0.05f, .momentum = 0.9f};
  const std::size_t batch = 35;
  std::vector<float> losses;
  const StepOptions whole{.batch_size = batch, .isa = Isa::scalar};
  const std::vector<float> expected = train(optimizer, whole, batch, iterations, &losses, model);
  CHECK(losses.back() < losses.front());
  for (Isa isa : test::same_bits_isas())
    for (std::size_t micro_batch : {0, 1, 7, 32}) {
      CAPTURE(name(isa));
      CAPTURE(micro_batch);
      std::vector<float> isa_losses;
      const StepOptions options{.batch_size = batch, .micro_batch = micro_batch, .isa = isa};
      CHECK(same_bits(train(optimizer, options, batch, iterations, &isa_losses, model), expected));
      CHECK(same_bits(isa_losses, losses));
    }
  for (Isa isa : test::same_bits_isas())
    for (std::size_t threads : {2, 3}) {
      CAPTURE(threads);
      const std::shared_ptr<Executor> executor = make_executor(threads).value();
      const StepOptions options{.batch_size = batch, .isa = isa, .executor = executor.get()};
      CHECK(same_bits(train(optimizer, options, batch, iterations, nullptr, model), expected));
    }
}

TEST_CASE("a large convolution of few samples, cut by the elements of its kernel, gives the same bits as of many") {
  const std::shared_ptr<Executor> two = make_executor(2).value();
  const Optimizer optimizer = Sgd{.learning_rate = 0.05f, .momentum = 0.9f};
  for (const Padding padding : {Padding::same, Padding::valid}) {
    const Model model({14, 13, 16}, {Conv2d{.filters = 37, .kernel = 3, .padding = padding}, Relu{},
                                     Conv2d{.filters = 33, .kernel = 2, .padding = padding}, Flatten{}, Dense{3}});
    const auto train_with = [&](Isa isa, std::size_t micro_batch, Executor* executor) {
      const StepOptions options{.batch_size = 4, .micro_batch = micro_batch, .isa = isa, .executor = executor};
      return train(optimizer, options, 4, 2, nullptr, model);
    };
    for (Isa isa : test::fast_isas()) {
      CAPTURE(name(isa));
      const std::vector<float> expected = train_with(same_bits(isa) ? Isa::scalar : isa, 4, nullptr);
      for (const std::size_t micro_batch : {1, 3, 4}) {
        CAPTURE(micro_batch);
        CHECK(same_bits(train_with(isa, micro_batch, nullptr), expected));
        CHECK(same_bits(train_with(isa, micro_batch, two.get()), expected));
      }
    }
  }
}

TEST_CASE("convolutions repeat their bits for every micro-batch outside the same-bits set too") {
  for (Isa isa : compiled_isas()) {
    if (!supported(isa)) continue;
    CAPTURE(name(isa));
    const auto train_with = [&](std::size_t micro_batch) {
      return train(Adam{}, {.batch_size = rows, .micro_batch = micro_batch, .isa = isa}, rows, 3, nullptr,
                   test::awkward_cnn());
    };
    const std::vector<float> expected = train_with(0);
    for (std::size_t micro_batch : {1, 4, 22}) CHECK(same_bits(train_with(micro_batch), expected));
  }
}

TEST_CASE("every number of threads gives the same bits") {
  // Large enough that every call has several tiles.
  Model model({300}, {Dense{200}, Relu{}, Dense{150}, Relu{}, Dense{40}});
  REQUIRE(model.initialize(3));
  const std::size_t batch = 300;
  const std::vector<float> inputs = test::random_values(batch * 300, 4);
  const std::vector<std::int32_t> targets = test::random_classes(batch, 40, 5);
  const auto train_with = [&](Executor& executor) {
    TrainingStep step =
        plan(model, SoftmaxCrossEntropy{}, AdamW{}, {.batch_size = batch, .executor = &executor}).value();
    for (int i = 0; i < 4; ++i) step.run(inputs, targets);
    std::vector<float> parameters(parameter_count(model).value());
    REQUIRE(step.get_parameters(parameters));
    return parameters;
  };
  const std::vector<float> expected = train_with(serial_executor());
  CHECK(!same_bits(expected, {model.parameters().begin(), model.parameters().end()}));
  for (ThreadSource source : {ThreadSource::std_threads, ThreadSource::automatic})
    for (std::size_t threads : {1, 2, 3, 4}) {
      CAPTURE(threads);
      const std::shared_ptr<Executor> executor = make_executor(threads, source).value();
      CHECK(executor->threads() == threads);
      CHECK(same_bits(train_with(*executor), expected));
    }
}

/// Runs the tiles that may run in any order from the last to the first, as an executor may.
class BackwardExecutor final : public Executor {
 public:
  std::size_t threads() const noexcept override { return 1; }
  void run(std::size_t tiles, Body body, void* context) noexcept override {
    while (tiles > 0) body(context, --tiles);
  }
};

TEST_CASE("a large weight shared by few samples gives the same bits with every instruction set, thread and order") {
  // The first of the larger weights is cut by its outputs, the second by its inputs, when there are 8 samples or fewer.
  Model model({519}, {Dense{417}, Relu{}, Dense{301}, Relu{}, Dense{7}});
  REQUIRE(model.initialize(3));
  BackwardExecutor backward;
  const std::shared_ptr<Executor> two = make_executor(2).value(), four = make_executor(4).value();
  for (const std::size_t batch : {1, 2, 7, 8, 9}) {
    CAPTURE(batch);
    const std::vector<float> inputs = test::random_values(batch * 519, 4);
    const std::vector<std::int32_t> targets = test::random_classes(batch, 7, 5);
    const auto train_with = [&](Isa isa, Executor* executor, std::size_t micro_batch = 0) {
      const StepOptions options{.batch_size = batch, .micro_batch = micro_batch, .isa = isa, .executor = executor};
      TrainingStep step = plan(model, SoftmaxCrossEntropy{}, Sgd{.momentum = 0.9f}, options).value();
      step.run(inputs, targets);
      step.run(std::span(inputs).first((batch + 1) / 2 * 519), std::span(targets).first((batch + 1) / 2));
      std::vector<float> parameters(parameter_count(model).value());
      REQUIRE(step.get_parameters(parameters));
      return parameters;
    };
    for (Isa isa : test::fast_isas()) {
      CAPTURE(name(isa));
      const std::vector<float> expected = train_with(same_bits(isa) ? Isa::scalar : isa, nullptr);
      CHECK(!same_bits(expected, {model.parameters().begin(), model.parameters().end()}));
      CHECK(same_bits(train_with(isa, nullptr, 1), expected));
      for (Executor* executor : {static_cast<Executor*>(&backward), two.get(), four.get()})
        CHECK(same_bits(train_with(isa, executor), expected));
    }
  }
}

TEST_CASE("every activation gives the same bits on every instruction set, in every micro-batch, with every thread") {
  const Layer activations[] = {LeakyRelu{}, Sigmoid{}, Tanh{}, Gelu{}, Silu{}, Softmax{}};
  for (const Layer& activation : activations) {
    CAPTURE(type_name(activation));
    // After the inputs, after a dense layer, after another activation, and before the loss.
    Model model({5, 9}, {activation, Flatten{}, Dense{37}, activation, Gelu{}, activation, Dense{5}, activation});
    REQUIRE(model.initialize(3));
    const std::vector<float> inputs = test::random_values(rows * 45, 4);
    const std::vector<std::int32_t> targets = test::random_classes(rows, 5, 5);
    const auto train_with = [&](const StepOptions& options) {
      TrainingStep step = plan(model, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 0.5f}, options).value();
      for (std::size_t n : {rows, rows, rows / 2 + 1, rows})
        step.run(std::span(inputs).first(n * 45), std::span(targets).first(n));
      std::vector<float> parameters(parameter_count(model).value());
      REQUIRE(step.get_parameters(parameters));
      return parameters;
    };
    const std::vector<float> expected = train_with({.batch_size = rows, .isa = Isa::scalar});
    CHECK(!same_bits(expected, {model.parameters().begin(), model.parameters().end()}));
    const std::shared_ptr<Executor> threads = make_executor(3, ThreadSource::std_threads).value();
    for (Isa isa : compiled_isas()) {
      if (!supported(isa) || !treadle::same_bits(isa)) continue;
      CAPTURE(name(isa));
      for (std::size_t micro_batch : {std::size_t{0}, std::size_t{1}, std::size_t{4}, std::size_t{9}, rows - 1})
        CHECK(same_bits(train_with({.batch_size = rows, .micro_batch = micro_batch, .isa = isa}), expected));
      CHECK(same_bits(train_with({.batch_size = rows, .isa = isa, .executor = threads.get()}), expected));
    }
  }
}
