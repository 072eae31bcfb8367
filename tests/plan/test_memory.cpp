// The bytes that a plan reports are the bytes that it uses.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "calls/recorder.hpp"
#include "support/guarded_memory.hpp"
#include "support/networks.hpp"

using namespace treadle;
using test::GuardedMemory;

namespace {

std::size_t total(const StepOptions& options, const Optimizer& optimizer, const Model& model = test::awkward_model()) {
  return report(model, SoftmaxCrossEntropy{}, optimizer, options).value().memory.total();
}

/// Runs a plan in exactly the memory that is reported for it.
void check_exact(Model model, const Optimizer& optimizer, const StepOptions& options) {
  const std::size_t bytes = total(options, optimizer, model), elements = model.input().elements().value();
  REQUIRE(model.initialize(1));
  GuardedMemory enough(bytes);
  {
    Result<TrainingStep> step = plan(model, SoftmaxCrossEntropy{}, optimizer, options, enough.memory());
    REQUIRE(step);
    CHECK(step->memory().total() == bytes);
    for (std::size_t i = 0; i < 3; ++i) {
      const test::Batch batch = test::awkward_batch(i == 2 ? 11 : 17, i, elements);
      CHECK(step->run(batch.inputs, batch.targets) > 0);
      CHECK(step->evaluate(batch.inputs, batch.targets) > 0);
    }
  }
  CHECK(enough.guards_whole());

  GuardedMemory short_by_one(bytes - 1);
  const Result<TrainingStep> refused = plan(model, SoftmaxCrossEntropy{}, optimizer, options, short_by_one.memory());
  CHECK(!refused);
  CHECK(refused.error().code == ErrorCode::out_of_memory);
  CHECK(short_by_one.guards_whole());
}

}  // namespace

TEST_CASE("a step takes exactly the bytes that the report names, no byte less and none outside") {
  for (Isa isa : compiled_isas()) {
    if (!supported(isa)) continue;
    for (const Optimizer& optimizer : test::optimizers())
      for (std::size_t micro_batch : {1, 2, 5, 16, 17}) {
        const StepOptions options{.batch_size = 17, .micro_batch = micro_batch, .isa = isa};
        check_exact(test::awkward_model(), optimizer, options);
      }
    for (std::size_t micro_batch : {1, 5, 17})
      check_exact(test::awkward_cnn(), Adam{}, {.batch_size = 17, .micro_batch = micro_batch, .isa = isa});
  }
}

TEST_CASE("rows of activations are whole panels, never a multiple of 4 KiB apart") {
  for (Isa isa : compiled_isas()) {
    const kernels::KernelTable& table = *kernels::table(isa);
    for (const std::size_t units : {1, 1000, 1023, 1024, 1025, 2048, 4000}) {
      const std::size_t stride = calls::row_stride(table, units).value("row").value();
      CAPTURE(units);
      CHECK(stride >= units);
      CHECK(stride < units + 2 * table.panel);
      CHECK(stride % table.panel == 0);
      CHECK(stride % 1024 != 0);
    }
    CHECK(!calls::row_stride(table, SIZE_MAX).valid());
    if (supported(isa))
      check_exact(Model{{30}, {Dense{1024}, Relu{}, Dense{9}, Dense{2048}, Tanh{}, Dense{10}}}, Sgd{},
                  {.batch_size = 17, .micro_batch = 5, .isa = isa});
  }
}

TEST_CASE("the last byte that a plan reports is used") {
  // The memory is filled with NaN where activations will be: a step that read anything it had not written would show
  // it, and the highest byte that changes shows that the total is not too large.
  for (Model model : {test::awkward_model(), test::awkward_cnn()}) {
    const StepOptions options{.batch_size = 9, .isa = Isa::scalar};
    const std::size_t bytes = total(options, Sgd{}, model);
    REQUIRE(model.initialize(1));
    GuardedMemory memory(bytes);
    TrainingStep step = plan(model, SoftmaxCrossEntropy{}, Sgd{}, options, memory.memory()).value();
    const std::size_t shared = step.memory()[MemoryKind::activation] + step.memory()[MemoryKind::workspace];
    const std::span<std::byte> pool = memory.memory().subspan(bytes - shared);
    std::memset(pool.data(), 0xFF, pool.size());
    const test::Batch batch = test::awkward_batch(9, 1, model.input().elements().value());
    CHECK(step.run(batch.inputs, batch.targets) > 0);
    std::vector<float> parameters(parameter_count(model).value());
    REQUIRE(step.get_parameters(parameters));
    for (float parameter : parameters) CHECK(parameter == parameter);
    CHECK(std::any_of(pool.end() - 64, pool.end(), [](std::byte b) { return b != std::byte{0xFF}; }));
  }
}

TEST_CASE("with micro-batch 1 the memory of a convolution does not grow with the batch") {
  const auto shared = [](std::size_t batch) {
    const MemoryReport memory =
        report(test::awkward_cnn(), SoftmaxCrossEntropy{}, Sgd{}, {.batch_size = batch, .micro_batch = 1})
            .value()
            .memory;
    return memory[MemoryKind::activation] + memory[MemoryKind::workspace];
  };
  CHECK(shared(16) == shared(2));
  CHECK(shared(1024) - shared(16) == 2 * (1024 - 16) * sizeof(float));  // each sample's loss and whether it was right
}

TEST_CASE("the kinds of memory are what the network needs") {
  const PlanReport mlp =
      report(preset("mlp", {28, 28, 1}, 10).value(), SoftmaxCrossEntropy{}, Adam{}, {.batch_size = 128}).value();
  CHECK(mlp.parameters == 784 * 256 + 256 + 256 * 128 + 128 + 128 * 10 + 10);
  CHECK(mlp.memory[MemoryKind::parameter] >= mlp.parameters * sizeof(float));
  CHECK(mlp.memory[MemoryKind::parameter] < mlp.parameters * sizeof(float) / 20 * 21);
  // Gradients take memory where they are added up over micro-batches, or kept.
  CHECK(mlp.memory[MemoryKind::gradient] == 0);
  for (const StepOptions& options :
       {StepOptions{.batch_size = 128, .micro_batch = 127}, StepOptions{.batch_size = 128, .keep_gradients = true}})
    CHECK(report(preset("mlp", {28, 28, 1}, 10).value(), SoftmaxCrossEntropy{}, Adam{}, options)
              .value()
              .memory[MemoryKind::gradient] == mlp.memory[MemoryKind::parameter]);
  CHECK(mlp.memory[MemoryKind::optimizer_state] == 2 * mlp.memory[MemoryKind::parameter]);
  // Two hidden activations are alive together with the gradient of the second.
  CHECK(mlp.memory[MemoryKind::activation] >= 128 * (256 + 128) * sizeof(float));
  CHECK(mlp.memory[MemoryKind::activation] < 128 * 3 * 256 * sizeof(float));
  CHECK(mlp.memory[MemoryKind::plan] < 16384);
  CHECK(mlp.flops_per_sample == 2 * (2 * (784 * 256) + 3 * (256 * 128 + 128 * 10)) + 256 + 128 + 10 + 2 * (256 + 128));

  std::size_t parameters = 0, parameter_bytes = 0;
  for (const LayerReport& layer : mlp.layers) {
    parameters += layer.parameters;
    parameter_bytes += layer.memory[MemoryKind::parameter];
  }
  CHECK(parameters == mlp.parameters);
  CHECK(parameter_bytes == mlp.memory[MemoryKind::parameter]);
}

TEST_CASE("activations take no memory where their gradient follows from y, and keep x where it needs that") {
  const auto bytes = [](const Layer& activation) {
    const Model model({64}, {Dense{64}, activation, Dense{64}, activation, Dense{64}});
    return report(model, SoftmaxCrossEntropy{}, Sgd{}, {.batch_size = 128}).value().memory[MemoryKind::activation];
  };
  constexpr std::size_t block = 128 * 64 * sizeof(float);
  for (const Layer& activation : {Layer{Relu{}}, Layer{LeakyRelu{}}, Layer{Sigmoid{}}, Layer{Tanh{}}, Layer{Softmax{}}})
    CHECK(bytes(activation) == 4 * block);
  for (const Layer& activation : {Layer{Gelu{}}, Layer{Silu{}}}) CHECK(bytes(activation) == 5 * block);
}

TEST_CASE("a memory limit picks the largest micro-batch that fits") {
  const std::size_t batch = 61;
  std::vector<std::size_t> bytes(batch + 1);
  for (std::size_t rows = 1; rows <= batch; ++rows)
    bytes[rows] = total({.batch_size = batch, .micro_batch = rows}, AdamW{});
  for (std::size_t rows = 1; rows <= batch; ++rows)
    for (std::size_t limit : {bytes[rows] - 1, bytes[rows], bytes[rows] + 63}) {
      std::size_t expected = 0;
      for (std::size_t fits = 1; fits <= batch; ++fits)
        if (bytes[fits] <= limit) expected = fits;
      const Result<PlanReport> picked =
          report(test::awkward_model(), SoftmaxCrossEntropy{}, AdamW{}, {.batch_size = batch, .memory_limit = limit});
      CHECK(picked.has_value() == (expected != 0));
      if (!picked) continue;
      CHECK(picked->micro_batch == expected);
      CHECK(picked->memory.total() == bytes[expected]);
    }
}
