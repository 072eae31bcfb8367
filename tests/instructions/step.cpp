#include "step.hpp"

#include <treadle/plan.hpp>

#include <cstdint>
#include <iterator>
#include <utility>

#include "example.hpp"

using namespace treadle;

namespace {

constexpr std::size_t batch_size = 32, pixels = 784;
constexpr Layer layers[] = {Dense{64}, Relu{}, Dense{10}};
constexpr ModelView model{{pixels}, layers, {}};

alignas(64) std::byte memory[1024 * 1024];
float inputs[batch_size * pixels];
std::int32_t targets[batch_size];
float parameters[pixels * 64 + 64 + 64 * 10 + 10];

bool failed(const Error& error) noexcept {
  print(error.text());
  print("\n");
  return false;
}

}  // namespace

bool instructions::run(std::size_t iterations) noexcept {
  auto step = plan(model, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 0.01f, .momentum = 0.9f},
                   {.batch_size = batch_size}, memory);
  if (!step) return failed(step.error());
  for (std::size_t i = 0; i < std::size(parameters); ++i) parameters[i] = static_cast<float>(i % 61) / 1000.0f - 0.03f;
  if (const auto set = step->set_parameters(parameters); !set) return failed(set.error());
  for (std::size_t i = 0; i < batch_size * pixels; ++i) inputs[i] = static_cast<float>(i * 37 % 256) / 256.0f;
  for (std::size_t i = 0; i < batch_size; ++i) targets[i] = static_cast<std::int32_t>(i % 10);
  for (; iterations != 0; --iterations) step->run(inputs, targets);
  return true;
}
