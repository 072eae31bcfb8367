// Training beside a control loop. Every millisecond the loop has to answer its sensor; what is left of the millisecond
// is spent on training, in slices that end in time. Learns from motor current, speed and temperature whether a gripper
// holds something.
#include <treadle/plan.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <thread>

using namespace treadle;

namespace {

using Time = std::chrono::steady_clock;

constexpr std::array<Layer, 5> layers{Dense{64}, Relu{}, Dense{64}, Relu{}, Dense{2}};
constexpr ModelView model{{3}, layers, {}};
constexpr std::size_t batch_size = 64;
constexpr auto period = std::chrono::microseconds(1000);
constexpr std::uint32_t reserve = 100;  // microseconds that are kept free before the loop's next turn

float parameters[3 * 64 + 64 + 64 * 64 + 64 + 64 * 2 + 2];
float inputs[batch_size * 3];
std::int32_t held[batch_size];

/// The clock of the slices: any counter will do, on a Cortex-M for example the processor's cycles.
std::uint32_t microseconds(void*) noexcept {
  return static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(Time::now().time_since_epoch()).count());
}

/// Stands for the sensors: (current, speed, temperature) and whether something is held.
void measure(std::uint32_t& state) {
  const auto noise = [&state] {
    state = state * 1664525u + 1013904223u;
    return static_cast<float>(state >> 8) * 0x1p-24f - 0.5f;
  };
  for (std::size_t i = 0; i < batch_size; ++i) {
    const bool holds = noise() > 0;
    held[i] = holds ? 1 : 0;
    inputs[3 * i] = (holds ? 1.2f : 0.5f) + noise();
    inputs[3 * i + 1] = (holds ? 0.4f : 1.0f) + noise();
    inputs[3 * i + 2] = 0.3f + noise();
  }
}

/// Stands for the control: reads its sensor, moves its motor.
void control() {}

}  // namespace

int main() {
  auto step =
      plan(model, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 0.05f, .momentum = 0.9f}, {.batch_size = batch_size});
  if (!step || !initialize(model, 1, parameters) || !step->set_parameters(parameters)) return 1;

  std::uint32_t sensor = 1, longest = 0;
  int iterations = 0;
  float loss = 0;
  Time::time_point next = Time::now();
  for (int turn = 0; iterations < 300; ++turn) {
    control();
    next += period;
    const auto left = std::chrono::duration_cast<std::chrono::microseconds>(next - Time::now()).count();
    if (left > reserve) {
      if (!step->unfinished()) {
        measure(sensor);
        if (!step->begin(inputs, held)) return 1;
      }
      const Slice slice = step->run_for({.ticks = static_cast<std::uint32_t>(left) - reserve, .now = microseconds});
      longest = std::max(longest, slice.longest_tile);
      if (slice.finished) {
        loss = slice.loss;
        if (++iterations % 100 == 0)
          std::printf("turn %d: %d iterations, loss %.4f, longest tile %u us\n", turn, iterations,
                      static_cast<double>(loss), static_cast<unsigned>(longest));
      }
    }
    std::this_thread::sleep_until(next);
  }
  measure(sensor);
  step->evaluate(inputs, held);
  return step->correct() >= batch_size * 9 / 10 ? 0 : 1;
}
