// What a plan refuses, and how it says so.
#include <doctest/doctest.h>

#include <limits>
#include <string>

#include "support/networks.hpp"

using namespace treadle;

namespace {

std::string refusal(const Model& model, const Optimizer& optimizer, const StepOptions& options) {
  const Result<TrainingStep> step = plan(model, SoftmaxCrossEntropy{}, optimizer, options);
  REQUIRE(!step);
  const Result<PlanReport> reported = report(model, SoftmaxCrossEntropy{}, optimizer, options);
  REQUIRE(!reported);
  CHECK(reported.error().text() == step.error().text());
  return std::string(step.error().text());
}

Model dense(std::size_t in, std::size_t out) { return Model({in}, {Dense{out}}); }

}  // namespace

TEST_CASE("models that do not fit together") {
  CHECK(refusal(Model(), Sgd{}, {}) == "plan: the model has no layers");
  CHECK(refusal(Model({0}, {Dense{3}}), Sgd{}, {}) == "plan: the model's input: [0] has no elements");
  CHECK(refusal(Model({28, 28, 1}, {Dense{10}}), Sgd{}, {}) ==
        "plan: layer 0 (Dense): expected input [n], got [28, 28, 1]; put a Flatten before it");
  CHECK(refusal(Model({5}, {Dense{4}, Dense{0}}), Sgd{}, {}) ==
        "plan: layer 1 (Dense): expected at least 1 unit, got 0");
  CHECK(refusal(Model({2, 3}, {Relu{}}), Sgd{}, {}) ==
        "plan: SoftmaxCrossEntropy: expected an output [classes], got [2, 3]");
  CHECK(refusal(Model({1, 2, 3, 4, 5, 6, 7}, {Flatten{}}), Sgd{}, {}).find("7 extents") != std::string::npos);
}

TEST_CASE("sizes that overflow are refused, whatever the product") {
  const std::size_t huge = std::numeric_limits<std::size_t>::max();
  for (const Model& model : {dense(huge, 2), dense(2, huge), dense(huge / 4, 3), dense(huge / 8, 2), dense(3, huge / 4),
                             Model({huge, huge}, {Flatten{}, Dense{1}}), Model({1}, {Dense{huge / 16}, Dense{64}})})
    CHECK(!plan(model, SoftmaxCrossEntropy{}, Adam{}, {}));
  CHECK(!plan(dense(5, 2), SoftmaxCrossEntropy{}, Adam{}, {.batch_size = huge}));
  CHECK(!plan(dense(5, 2), SoftmaxCrossEntropy{}, Adam{}, {.batch_size = huge / 8}));
  CHECK(!plan(dense(5, 2), SoftmaxCrossEntropy{}, Adam{}, {.batch_size = huge, .micro_batch = 1}));
  // Fits into a size, but into no machine.
  const bool wide = sizeof(std::size_t) == 8;
  const Model vast({wide ? 1u << 20 : 1u << 15}, {Dense{wide ? 1u << 30 : 30'000}, Dense{2}});
  const Result<TrainingStep> step = plan(vast, SoftmaxCrossEntropy{}, Sgd{}, {});
  REQUIRE(!step);
  CHECK(step.error().code == ErrorCode::out_of_memory);
}

TEST_CASE("options out of range") {
  CHECK(refusal(dense(5, 2), Sgd{}, {.batch_size = 0}) == "plan: batch_size: expected at least 1, got 0");
  CHECK(refusal(dense(5, 2), Sgd{}, {.batch_size = 4, .micro_batch = 5}) ==
        "plan: micro_batch: expected at most batch_size, 4, got 5");
  CHECK(refusal(dense(5, 2), Sgd{}, {.memory_limit = 100}).find("the limit is 100") != std::string::npos);
  for (Isa isa : {Isa::neon32, Isa::neon64, Isa::sse2, Isa::avx2, Isa::avx512})
    if (!supported(isa))
      CHECK(refusal(dense(5, 2), Sgd{}, {.isa = isa}) ==
            "plan: instruction set " + std::string(name(isa)) + " does not run here");
}

TEST_CASE("optimizers out of range") {
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  for (float rate : {0.0f, -1.0f, nan, infinity}) {
    CHECK(refusal(dense(5, 2), Sgd{.learning_rate = rate}, {}) ==
          "plan: Sgd: learning_rate: expected a number above 0");
    CHECK(refusal(dense(5, 2), Adam{.learning_rate = rate}, {}) ==
          "plan: Adam: learning_rate: expected a number above 0");
  }
  for (float fraction : {-0.1f, 1.0f, nan, infinity}) {
    CHECK(refusal(dense(5, 2), Sgd{.momentum = fraction}, {}) == "plan: Sgd: momentum: expected a number in [0, 1)");
    CHECK(refusal(dense(5, 2), AdamW{.beta1 = fraction}, {}) == "plan: AdamW: beta1: expected a number in [0, 1)");
    CHECK(refusal(dense(5, 2), AdamW{.beta2 = fraction}, {}) == "plan: AdamW: beta2: expected a number in [0, 1)");
  }
  CHECK(refusal(dense(5, 2), Sgd{.nesterov = true}, {}) ==
        "plan: Sgd: momentum: expected a number above 0 with nesterov");
  CHECK(refusal(dense(5, 2), Adam{.epsilon = 0.0f}, {}) == "plan: Adam: epsilon: expected a number above 0");
  CHECK(refusal(dense(5, 2), AdamW{.weight_decay = -1.0f}, {}) ==
        "plan: AdamW: weight_decay: expected a number of at least 0");
}

TEST_CASE("memory that a step cannot use") {
  alignas(64) static std::byte memory[65536];
  const Model model = dense(5, 2);
  const auto plan_at = [&](std::size_t offset, std::size_t size) {
    return plan(model, SoftmaxCrossEntropy{}, Sgd{}, {.batch_size = 4}, std::span(memory + offset, size));
  };
  CHECK(plan_at(0, sizeof memory));
  CHECK(plan_at(1, 65000).error().text() ==
        "plan: the memory must start at a multiple of 64 bytes: declare it alignas(64)");
  for (std::size_t size : {0, 1, 63, 64, 500}) CHECK(plan_at(0, size).error().code == ErrorCode::out_of_memory);
}
