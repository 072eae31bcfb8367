// What a model's header says. Whether it compiles and runs is tests/firmware's to show.
#include <doctest/doctest.h>
#include <treadle/export.hpp>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "support/networks.hpp"

using namespace treadle;

namespace {

const Target microcontroller = find_target("cortex-m7").value();

Model initialized(Model model) {
  REQUIRE(model.initialize(1));
  return model;
}

std::string refusal(const Model& model, const HeaderOptions& options) {
  const Result<std::string> header = export_header(model, options);
  return header ? "" : std::string(header.error().text());
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_CASE("the header has every layer with every field") {
  const std::vector<Layer> layers = {Conv2d{.filters = 2, .kernel = 2, .padding = Padding::same, .bias = false},
                                     LeakyRelu{.slope = 0.125f},
                                     MaxPool2d{.window = 2, .stride = 1},
                                     Flatten{},
                                     Sigmoid{},
                                     Tanh{},
                                     Gelu{},
                                     Silu{},
                                     Dense{.units = 3, .initializer = Initializer::zeros},
                                     Relu{},
                                     Softmax{}};
  const std::string text =
      export_header(initialized(Model({3, 3, 1}, layers)), {.target = microcontroller, .name = "net"}).value();
  for (const char* part :
       {"namespace net {",
        "treadle::Conv2d{.filters = 2, .kernel = 2, .stride = 1, .padding = treadle::Padding::same, "
        ".bias = false, .initializer = treadle::Initializer::he_uniform},",
        "treadle::LeakyRelu{.slope = 0.125f},", "treadle::MaxPool2d{.window = 2, .stride = 1},", "treadle::Flatten{},",
        "treadle::Sigmoid{},", "treadle::Tanh{},", "treadle::Gelu{},", "treadle::Silu{},",
        "treadle::Dense{.units = 3, .bias = true, .initializer = treadle::Initializer::zeros},", "treadle::Relu{},",
        "treadle::Softmax{},", "model{{3, 3, 1}, layers, parameters}", "std::array<treadle::Layer, 11>"})
    CHECK_MESSAGE(has(text, part), part);
  CHECK_FALSE(has(text, "TrainingMemory"));
}

TEST_CASE("the header's memory is the plan's on the target, and its micro-batch the one that fits") {
  const Model model = initialized(test::awkward_cnn());
  for (const Optimizer& optimizer : test::optimizers()) {
    const StepOptions step{.batch_size = 32, .memory_limit = 200'000};
    const HeaderOptions options{.target = microcontroller,
                                .inference_batch = 2,
                                .training = HeaderTraining{.optimizer = optimizer, .step = step}};
    const std::string text = export_header(model, options).value();
    const PlanReport plan = report(model, SoftmaxCrossEntropy{}, optimizer, step, microcontroller).value();
    REQUIRE(plan.micro_batch < 32);
    const MemoryReport inference =
        inference_memory(model, {.batch_size = 2, .micro_batch = 2}, microcontroller).value();
    CHECK(has(text, "using TrainingMemory = treadle::PlanMemory<" + std::to_string(plan.memory.total()) + ","));
    CHECK(has(text, "using InferenceMemory = treadle::PlanMemory<" + std::to_string(inference.total()) + ","));
    CHECK(has(text, ".batch_size = 32, .micro_batch = " + std::to_string(plan.micro_batch) + ", .isa"));
  }
}

TEST_CASE("every float is written with all its bits") {
  Model model({3}, {Dense{.units = 2, .bias = false}});
  REQUIRE(model.set_parameters(std::vector<float>{0.1f, -0.0f, 0x1p-149f, -0x1.fffffep+127f, 1.0f, 3.0f}));
  const std::string text = export_header(model, {.target = microcontroller}).value();
  CHECK(has(text, "    0x1.99999ap-4f, -0x0p+0f, 0x0.000002p-126f, -0x1.fffffep+127f, 0x1p+0f, 0x1.8p+1f,\n"));
}

TEST_CASE("a normalisation is among the constants, and only then") {
  Model model = initialized(Model({2}, {Dense{.units = 1}}));
  CHECK_FALSE(has(export_header(model, {.target = microcontroller}).value(), "ormaliz"));
  REQUIRE(model.set_normalization({{0.1f, -3}, {0.5f, 1}}));
  const std::string text = export_header(model, {.target = microcontroller}).value();
  for (const char* part : {"std::array<float, 2> shift{\n    0x1.99999ap-4f, -0x1.8p+1f,\n};",
                           "std::array<float, 2> scale{\n    0x1p-1f, 0x1p+0f,\n};",
                           "inline constexpr treadle::NormalizationView normalization{shift, scale};"})
    CHECK_MESSAGE(has(text, part), part);
}

TEST_CASE("what makes no header is refused") {
  const Model model = initialized(test::awkward_model());
  CHECK(refusal(test::awkward_model(), {.target = microcontroller}) == "export: the model has no parameters");
  for (const char* name : {"", "7up", "a-b", "a::b", "a\nb", "caf\xc3\xa9"})
    CHECK(refusal(model, {.target = microcontroller, .name = name}) ==
          "export: the name of the namespace: expected letters, digits and _");
  CHECK(refusal(model, {.target = find_target("cortex-a53").value()}) ==
        "export: target cortex-a53: expected a processor with 32-bit addresses");
  CHECK(has(refusal(model, {.target = microcontroller, .inference_batch = 0}), "batch_size: expected at least 1"));
  CHECK(has(refusal(model, {.target = microcontroller, .training = HeaderTraining{.step = {.memory_limit = 5}}}),
            "the limit is 5"));
  for (const float bad : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    std::vector<float> parameters(model.parameters().begin(), model.parameters().end());
    parameters[5] = bad;
    Model broken = model;
    REQUIRE(broken.set_parameters(parameters));
    CHECK(refusal(broken, {.target = microcontroller}) == "export: parameter 5 of the model is not finite");
  }
}

}  // namespace
