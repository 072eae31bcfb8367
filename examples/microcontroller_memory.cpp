// Training as on a microcontroller: the model lies in flash, all memory is one array whose size is known when linking,
// and nothing is allocated, thrown or printed by the library. Learns to tell a worn bearing from a good one by three
// figures of its vibration.
#include <treadle/plan.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>

using namespace treadle;

namespace {

constexpr std::array<Layer, 3> layers{Dense{16}, Relu{}, Dense{2}};
constexpr ModelView model{{3}, layers, {}};

constexpr std::size_t batch_size = 16;
alignas(64) std::byte memory[16 * 1024];
float parameters[3 * 16 + 16 + 16 * 2 + 2];
float inputs[batch_size * 3];
std::int32_t targets[batch_size];

/// Stands for a sensor: (root mean square, kurtosis, peak in the bearing's band) and whether the bearing is worn.
void measure(std::uint32_t& state) {
  const auto noise = [&state] {
    state = state * 1664525u + 1013904223u;
    return static_cast<float>(state >> 8) * 0x1p-24f - 0.5f;
  };
  for (std::size_t i = 0; i < batch_size; ++i) {
    const bool worn = noise() > 0;
    targets[i] = worn ? 1 : 0;
    inputs[3 * i] = 0.8f + noise();
    inputs[3 * i + 1] = (worn ? 4.5f : 3.0f) + noise();
    inputs[3 * i + 2] = (worn ? 0.9f : 0.3f) + noise();
  }
}

void print_error(const Error& error) {
  std::printf("%.*s\n", static_cast<int>(error.text().size()), error.text().data());
}

}  // namespace

int main() {
  auto step = plan(model, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 0.05f, .momentum = 0.9f},
                   {.batch_size = batch_size}, memory);
  if (!step) return print_error(step.error()), 1;
  if (auto drawn = initialize(model, 1, parameters); !drawn) return print_error(drawn.error()), 1;
  if (auto set = step->set_parameters(parameters); !set) return print_error(set.error()), 1;
  std::printf("a training step takes %zu of %zu bytes\n", step->memory().total(), sizeof memory);

  std::uint32_t sensor = 1;
  for (int iteration = 1; iteration <= 500; ++iteration) {
    measure(sensor);
    const float loss = step->run(inputs, targets);  // no heap, no exceptions, the desktop's bits
    if (iteration % 100 == 0)
      std::printf("iteration %d: loss %.4f, %zu of %zu right\n", iteration, static_cast<double>(loss), step->correct(),
                  batch_size);
  }
  measure(sensor);
  step->evaluate(inputs, targets);
  return step->correct() >= batch_size - 1 ? 0 : 1;
}
