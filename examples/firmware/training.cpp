// A camera of 28x28 pixels sees stripes in one of four directions, and the network learns which.
#include <treadle/plan.hpp>

#include <bit>
#include <cstdint>

#include "example.hpp"
#include "stripes.h"

using namespace treadle;

namespace {

// The layers are constants in flash: 71,136 multiply-adds forward for each image. A batch is seen image by image, so
// that one of them is all that memory holds; the weights are those of whole batches.
constexpr StepOptions options{.batch_size = stripes::training_options.batch_size,
                              .micro_batch = stripes::training_options.micro_batch};
constexpr std::size_t batch_size = options.batch_size, iterations = 60, pixels = 28 * 28;
constexpr ModelView model{stripes::model.input, stripes::layers, {}};
float image[pixels];
std::int32_t target[1];
float parameters[stripes::parameters.size()];

/// Reads samples of the batch that starts at image *context.
void read(void* context, std::size_t first, std::size_t count, float* inputs, std::int32_t* targets) noexcept {
  const std::size_t begin = *static_cast<const std::size_t*>(context) + first;
  for (std::size_t i = 0; i < count; ++i) targets[i] = take_picture(begin + i, inputs + i * pixels);
}

bool failed(const Error& error) noexcept {
  print(error.text());
  print("\n");
  return false;
}

}  // namespace

bool train(std::span<std::byte> memory) noexcept {
  auto step = plan(model, stripes::loss, stripes::optimizer, options, memory);
  if (!step) return failed(step.error());
  if (const auto drawn = initialize(model, 1, parameters); !drawn) return failed(drawn.error());
  if (const auto set = step->set_parameters(parameters); !set) return failed(set.error());
  print("step: ");
  print(step->memory().total());
  print(" of ");
  print(memory.size());
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

std::span<const float> trained_parameters() noexcept { return parameters; }
