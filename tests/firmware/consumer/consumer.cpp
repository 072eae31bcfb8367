// A user's firmware: trains a tiny network in memory of its own; its exit status says whether that went well.
#include <treadle/plan.hpp>

#include <array>
#include <cstdint>

#include "startup.hpp"

using namespace treadle;

namespace {

constexpr std::array<Layer, 3> layers{Dense{8}, Relu{}, Dense{2}};
alignas(64) std::byte memory[8 * 1024];
float parameters[3 * 8 + 8 + 8 * 2 + 2];

}  // namespace

int startup::run() noexcept {
  ModelView model{{3}, layers, {}};
  if (!initialize(model, 1, parameters)) return 10;
  model.parameters = parameters;
  auto step = plan(model, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 0.5f}, {.batch_size = 4}, memory);
  if (!step) return 11;
  constexpr std::array<float, 12> inputs{1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 1};
  constexpr std::array<std::int32_t, 4> targets{0, 1, 0, 1};
  const float before = step->run(inputs, targets);
  float loss = before;
  for (int i = 0; i < 50; ++i) loss = step->run(inputs, targets);
  return loss < 0.5f * before && step->correct() == 4 ? 0 : 12;
}
