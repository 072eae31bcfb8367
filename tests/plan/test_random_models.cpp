// Random models, trained in random ways: what other tests show on models of their own holds on these. They are the same
// ones each time; TREADLE_RANDOM_MODELS=1000 tries that many, TREADLE_RANDOM_SEED=7 begins elsewhere.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <random>

#include "support/double_network.hpp"
#include "support/guarded_memory.hpp"
#include "support/layer_harness.hpp"
#include "support/networks.hpp"

using namespace treadle;

namespace {

std::uint64_t from_environment(const char* variable, std::uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

/// The same numbers with every standard library.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : engine_(seed) {}
  std::size_t whole(std::size_t least, std::size_t most) {
    return least + static_cast<std::size_t>(engine_() % (most - least + 1));
  }
  bool one_in(std::size_t n) { return whole(1, n) == 1; }
  /// Mostly small ones, sometimes up to `most`.
  std::size_t extent(std::size_t most) { return whole(1, one_in(3) ? most : std::min<std::size_t>(most, 20)); }
  template <class T>
  T of(std::initializer_list<T> values) {
    return values.begin()[whole(0, values.size() - 1)];
  }

 private:
  std::mt19937_64 engine_;
};

Layer random_activation(Draw& draw) {
  return draw.of<Layer>({Relu{}, Relu{}, Relu{}, LeakyRelu{}, Sigmoid{}, Tanh{}, Gelu{}, Silu{}, Softmax{}});
}

Layer random_image_layer(Draw& draw, const Shape& input) {
  const std::size_t inside = std::min({input[0], input[1], std::size_t{5}});
  if (draw.one_in(4))
    return MaxPool2d{.window = draw.whole(1, std::min<std::size_t>(inside, 3)), .stride = draw.whole(0, 3)};
  const bool same = draw.one_in(2);
  return Conv2d{.filters = draw.extent(70),
                .kernel = draw.whole(1, same ? 5 : inside),
                .stride = draw.of<std::size_t>({1, 1, 1, 2, 3}),
                .padding = same ? Padding::same : Padding::valid,
                .bias = !draw.one_in(4)};
}

/// Up to three layers of images or vectors with up to two activations behind each, and a last one of `classes`.
Model random_model(Draw& draw, std::size_t classes) {
  const bool images = draw.one_in(2);
  const Shape input = images ? Shape{draw.whole(1, 15), draw.whole(1, 15), draw.of<std::size_t>({1, 2, 3, 8, 17})}
                             : Shape{draw.extent(800)};
  std::vector<Layer> layers;
  for (std::size_t left = draw.whole(0, 3); left > 0; --left) {
    const Shape shape = layers.empty() ? input : output_shape({input, layers, {}}).value();
    layers.push_back(images ? random_image_layer(draw, shape)
                            : Layer{Dense{.units = draw.extent(500), .bias = !draw.one_in(4)}});
    for (std::size_t more = draw.of<std::size_t>({0, 1, 1, 1, 2}); more > 0; --more)
      layers.push_back(random_activation(draw));
  }
  if (images || draw.one_in(4)) layers.push_back(Flatten{});
  if (draw.one_in(3)) {
    layers.push_back(Dense{.units = draw.extent(150)});
    layers.push_back(random_activation(draw));
  }
  layers.push_back(Dense{.units = classes});
  return Model(input, std::move(layers));
}

Optimizer random_optimizer(Draw& draw) {
  const std::vector<Optimizer> all = test::optimizers();
  return all[draw.whole(0, all.size() - 1)];
}

/// What is trained, and what decides what comes out.
struct Job {
  Model model;
  Optimizer optimizer;
  std::size_t classes = 0;
  StepOptions options;
  std::vector<std::size_t> rows;  // of each iteration

  /// One whose iteration takes about `most` operations at most, a sample a fifth of them.
  Job(Draw& draw, std::uint64_t most) : optimizer(random_optimizer(draw)), classes(draw.extent(40)) {
    do model = random_model(draw, classes);
    while (flops(model) > most / 5);
    options.batch_size = draw.extent(static_cast<std::size_t>(std::min<std::uint64_t>(most / flops(model), 80)));
    if (draw.one_in(4)) options.clip_norm = 0.5f;
    if (draw.one_in(6)) options.clip_value = 0.01f;
    options.hold_update = draw.one_in(5);
    rows = {options.batch_size, draw.whole(1, options.batch_size), options.batch_size};
    model.initialize(draw.whole(1, 1000)).value();
    // Biases too, which are 0 at first: behind units that are all 0 a relu would be at its kink.
    std::vector<float> parameters(model.parameters().begin(), model.parameters().end());
    for (float& parameter : parameters) parameter += 0.001f * static_cast<float>(draw.whole(1, 200)) - 0.1005f;
    model.set_parameters(parameters).value();
  }

  static std::uint64_t flops(const Model& model) {
    const PlanReport plan = report(model, SoftmaxCrossEntropy{}, Sgd{}, {.batch_size = 1}).value();
    std::uint64_t sum = 0;
    for (const LayerReport& layer : plan.layers) sum += layer.forward_flops + layer.backward_flops;
    return std::max<std::uint64_t>(sum, 1);
  }
};

struct Trained {
  std::vector<float> losses, parameters, state;
  std::vector<std::size_t> correct;

  bool finite() const {
    return std::all_of(parameters.begin(), parameters.end(), [](float value) { return std::isfinite(value); });
  }
  bool operator==(const Trained& other) const {
    return test::same_bits(losses, other.losses) && test::same_bits(parameters, other.parameters) &&
           test::same_bits(state, other.state) && correct == other.correct;
  }
};

/// Trains in exactly the memory that the report names. run(step, inputs, targets) runs an iteration and gives its loss.
template <class Run>
Trained train(const Job& job, const StepOptions& options, const Run& run) {
  const PlanReport plan_report = report(job.model, SoftmaxCrossEntropy{}, job.optimizer, options).value();
  test::GuardedMemory memory(plan_report.memory.total());
  Trained trained;
  {
    TrainingStep step = plan(job.model, SoftmaxCrossEntropy{}, job.optimizer, options, memory.memory()).value();
    for (std::size_t i = 0; i < job.rows.size(); ++i) {
      const std::size_t rows = job.rows[i];
      const std::vector<float> inputs = test::random_values(rows * job.model.input().elements().value(), i);
      const std::vector<std::int32_t> targets = test::random_classes(rows, job.classes, i);
      trained.losses.push_back(run(step, inputs, targets));
      trained.correct.push_back(step.correct());
    }
    trained.parameters.resize(job.model.parameters().size());
    step.get_parameters(trained.parameters).value();
    trained.state.resize(step.optimizer_state_size());
    step.get_optimizer_state(trained.state).value();
  }
  CHECK(memory.guards_whole());
  return trained;
}

using Floats = const std::vector<float>&;
using Classes = const std::vector<std::int32_t>&;

float in_one_piece(TrainingStep& step, Floats inputs, Classes targets) { return step.run(inputs, targets); }

/// In slices of `tiles`.
auto in_slices(std::size_t tiles) {
  return [tiles](TrainingStep& step, Floats inputs, Classes targets) {
    REQUIRE(step.begin(inputs, targets));
    for (;;)
      if (const Slice slice = step.run_tiles(tiles); slice.finished) return slice.loss;
  };
}

/// In another way than at once on this thread; `what` is told where it fails.
StepOptions random_way(Draw& draw, const Job& job, Isa isa, std::span<Executor* const> executors) {
  StepOptions options = job.options;
  options.isa = isa;
  options.micro_batch = draw.one_in(3) ? 0 : draw.whole(1, options.batch_size);
  options.keep_gradients = draw.one_in(4);
  options.hold_update = options.hold_update || draw.one_in(4);
  options.executor = executors[draw.whole(0, executors.size() - 1)];
  return options;
}

/// Along a random diagonal of all parameters at once: how far the slope that the gradients give is from that of the
/// loss in double, for each 1 of the gradients' absolute sum.
double slope_error(Draw& draw, const Job& job, StepOptions options) {
  const test::Batch batch{
      test::random_values(options.batch_size * job.model.input().elements().value(), draw.whole(1, 1000)),
      test::random_classes(options.batch_size, job.classes, draw.whole(1, 1000))};
  TrainingStep step = plan(job.model, SoftmaxCrossEntropy{}, Sgd{}, options).value();
  const double loss = static_cast<double>(step.run(batch.inputs, batch.targets));
  std::vector<float> gradients(job.model.parameters().size());
  step.get_gradients(gradients).value();

  constexpr double h = 1e-7;
  double slope = 0, sum = 0;
  std::vector<double> here(job.model.parameters().begin(), job.model.parameters().end()), above = here, below = here;
  for (std::size_t i = 0; i < here.size(); ++i) {
    const double direction = draw.one_in(2) ? 1 : -1;
    above[i] += direction * h;
    below[i] -= direction * h;
    slope += direction * static_cast<double>(gradients[i]);
    sum += std::abs(static_cast<double>(gradients[i]));
  }
  const double expected = test::double_loss(job.model, here, batch);
  CHECK(std::abs(loss - expected) <= 3e-6 * (1 + expected));
  const double rise = test::double_loss(job.model, above, batch) - test::double_loss(job.model, below, batch);
  return std::abs(slope - rise / (2 * h)) / (sum + 0.03);
}

}  // namespace

TEST_CASE("random models train to the same bits in every way, in exactly the memory that the plan names") {
  const std::shared_ptr<Executor> two = make_executor(2).value(), three = make_executor(3).value();
  Executor* const executors[] = {nullptr, two.get(), three.get()};
  const std::uint64_t first = from_environment("TREADLE_RANDOM_SEED", 1);
  const std::uint64_t count = from_environment("TREADLE_RANDOM_MODELS", 40);
  std::uint64_t compared = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    CAPTURE(seed);
    Draw draw(seed);
    const Job job(draw, 20'000'000);  // scalar kernels take a while
    StepOptions whole = job.options;
    whole.micro_batch = whole.batch_size;
    whole.isa = Isa::scalar;
    const Trained scalar = train(job, whole, in_one_piece);
    if (!scalar.finite()) continue;  // a NaN's bits are those of the processor
    ++compared;
    for (const Isa isa : compiled_isas()) {
      if (!supported(isa)) continue;
      CAPTURE(name(isa));
      whole.isa = isa;
      const Trained expected = same_bits(isa) ? scalar : train(job, whole, in_one_piece);
      for (int times = isa == Isa::scalar ? 1 : 3; times > 0; --times) {
        const StepOptions way = random_way(draw, job, isa, executors);
        const std::size_t tiles = draw.whole(0, 5);
        CAPTURE(way.micro_batch);
        CAPTURE(way.executor != nullptr);
        CAPTURE(way.hold_update);
        CAPTURE(tiles);
        CHECK((tiles == 0 ? train(job, way, in_one_piece) : train(job, way, in_slices(tiles))) == expected);
      }
    }
  }
  CHECK(compared >= count * 9 / 10);
}

TEST_CASE("the gradients of random models are the slopes of their losses in double") {
  const std::uint64_t first = from_environment("TREADLE_RANDOM_SEED", 1);
  const std::uint64_t count = from_environment("TREADLE_RANDOM_MODELS", 40);
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    CAPTURE(seed);
    Draw draw(seed);
    const Job job(draw, 1'000'000);
    StepOptions options = job.options;
    options.micro_batch = draw.whole(1, options.batch_size);
    options.keep_gradients = true;
    options.clip_norm = options.clip_value = 0;
    // One in thousands is at the kink of a relu, where float and double part; no three of a model are.
    double error = 1;
    for (int times = 0; times < 3 && error > 2e-6; ++times) error = slope_error(draw, job, options);
    CHECK(error <= 2e-6);
  }
}
