// A user's firmware, so to speak: treadle::core alone, in memory of its own, without exceptions and RTTI.
#include <treadle/plan.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>

using namespace treadle;

namespace {

constexpr std::array<Layer, 3> layers{Dense{8}, Relu{}, Dense{2}};
alignas(64) std::byte memory[32 * 1024];
float parameters[3 * 8 + 8 + 8 * 2 + 2];

}  // namespace

int main() {
  ModelView model{{3}, layers, {}};
  if (!initialize(model, 1, parameters)) return 1;
  model.parameters = parameters;
  auto step = plan(model, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 0.5f}, {.batch_size = 4}, memory);
  if (!step) {
    std::printf("%.*s\n", static_cast<int>(step.error().text().size()), step.error().text().data());
    return 1;
  }
  constexpr std::array<float, 12> inputs{1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 1};
  constexpr std::array<std::int32_t, 4> targets{0, 1, 0, 1};
  const float before = step->run(inputs, targets);
  float loss = before;
  for (int i = 0; i < 50; ++i) loss = step->run(inputs, targets);
  std::printf("treadle::core: loss %.3f -> %.3f in %zu bytes\n", static_cast<double>(before), static_cast<double>(loss),
              step->memory().total());
  return loss < 0.5f * before && step->correct() == 4 ? 0 : 1;
}
