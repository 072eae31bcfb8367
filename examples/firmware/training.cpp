// A camera of 28x28 pixels sees stripes in one of four directions, and the network learns which.
#include "training.hpp"

#include <treadle/plan.hpp>

#include <array>
#include <bit>
#include <cstdint>

using namespace treadle;

namespace {

constexpr std::size_t batch_size = 32, iterations = 60, classes = 4, extent = 28;

// In flash: the layers are constants. 71,136 multiply-adds forward for each image.
constexpr std::array<Layer, 8> layers{Conv2d{.filters = 8, .stride = 2, .padding = Padding::same},
                                      Relu{},
                                      MaxPool2d{2},
                                      Conv2d{.filters = 16, .padding = Padding::same},
                                      Relu{},
                                      MaxPool2d{2},
                                      Flatten{},
                                      Dense{classes}};
constexpr ModelView model{{extent, extent, 1}, layers, {}};

// A batch is seen image by image, so that one of them is all that memory holds; the weights are those of whole batches.
constexpr StepOptions options{.batch_size = batch_size, .micro_batch = 1};
float image[extent * extent];
std::int32_t target[1];
float parameters[8 * 9 + 8 + 16 * 72 + 16 + 3 * 3 * 16 * classes + classes];

/// Stands for the camera: writes image `index` and gives its class.
std::int32_t take_picture(std::size_t index, float* pixels) noexcept {
  std::uint32_t state = static_cast<std::uint32_t>(index) * 2654435761u + 1;
  const auto random = [&state] {
    state = state * 1664525u + 1013904223u;
    return state >> 24;
  };
  const std::size_t direction = random() % classes, phase = random() % 8;
  for (std::size_t y = 0; y < extent; ++y)
    for (std::size_t x = 0; x < extent; ++x) {
      const std::size_t along[classes] = {x, y, x + y, x + extent - y};
      const std::uint32_t bright = (along[direction] + phase) / 4 % 2 == 0 ? 40 : 150;
      pixels[y * extent + x] = static_cast<float>(bright + random() / 3) * 0x1p-8f;
    }
  return static_cast<std::int32_t>(direction);
}

/// Reads samples of the batch that starts at image *context.
void read(void* context, std::size_t first, std::size_t count, float* inputs, std::int32_t* targets) noexcept {
  const std::size_t begin = *static_cast<const std::size_t*>(context) + first;
  for (std::size_t i = 0; i < count; ++i) targets[i] = take_picture(begin + i, inputs + i * extent * extent);
}

/// FNV-1a over the bits of all weights.
std::uint64_t hash(std::span<const float> values) noexcept {
  std::uint64_t sum = 0xcbf29ce484222325;
  for (float value : values)
    for (std::uint32_t bits = std::bit_cast<std::uint32_t>(value), byte = 0; byte < 4; ++byte, bits >>= 8)
      sum = (sum ^ (bits & 0xff)) * 0x100000001b3;
  return sum;
}

void print_bits(std::uint64_t bits, int digits) noexcept {
  for (int digit = digits - 1; digit >= 0; --digit) {
    const char text = "0123456789abcdef"[bits >> (4 * digit) & 0xf];
    print({&text, 1});
  }
}

bool failed(const Error& error) noexcept {
  print(error.text());
  print("\n");
  return false;
}

}  // namespace

bool train(std::span<std::byte> memory) noexcept {
  auto step = plan(model, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 0.02f, .momentum = 0.9f}, options, memory);
  if (!step) return failed(step.error());
  if (const auto drawn = initialize(model, 1, parameters); !drawn) return failed(drawn.error());
  if (const auto set = step->set_parameters(parameters); !set) return failed(set.error());
  print("step: ");
  print(step->memory().total());
  print(" bytes\n");

  std::size_t first = 0;
  const SampleSource source{read, &first};
  for (std::size_t iteration = 1; iteration <= iterations; ++iteration, first += batch_size) {
    const float loss = step->run(source, batch_size, image, target);
    if (iteration % 10 != 0) continue;
    print("iteration ");
    print(iteration);
    print(": loss 0x");
    print_bits(std::bit_cast<std::uint32_t>(loss), 8);
    print(", right ");
    print(step->correct());
    print(" of 32\n");
  }
  if (const auto got = step->get_parameters(parameters); !got) return failed(got.error());
  print("weights: ");
  print_bits(hash(parameters), 16);
  print("\n");
  return step->correct() >= batch_size - 2;
}
