// The network of training.cpp at work: no gradient, no optimizer, and none of their code in the image.
#include <treadle/plan.hpp>

#include <algorithm>

#include "example.hpp"
#include "stripes.h"

using namespace treadle;

namespace {

/// None that training saw.
constexpr std::size_t first_image = 100'000, images = 64, classes = 4;
float image[28 * 28];
float outputs[images * classes];

}  // namespace

bool recognise(std::span<std::byte> memory) noexcept {
  constexpr StepOptions options{.batch_size = stripes::inference_options.batch_size};
  auto step = plan_inference(stripes::model, options, memory);
  if (!step) {
    print(step.error().text());
    print("\n");
    return false;
  }
  print("step: ");
  print(step->memory().total());
  print(" of ");
  print(memory.size());
  print(" bytes\n");

  std::size_t right = 0;
  for (std::size_t i = 0; i < images; ++i) {
    const std::int32_t expected = take_picture(first_image + i, image);
    float* const logits = outputs + i * classes;
    if (!step->run(image, {logits, classes})) return false;
    right += std::max_element(logits, logits + classes) - logits == expected;
  }
  print("recognised ");
  print(right);
  print(" of 64, outputs ");
  print_bits(hash(outputs), 16);
  print("\n");
  return right >= 60;
}
