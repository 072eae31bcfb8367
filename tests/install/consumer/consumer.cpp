// A user's program: trains a small network with everything there is, on two threads.
#include <treadle/treadle.hpp>

#include <cstdint>
#include <cstdio>
#include <utility>
#include <vector>

using namespace treadle;

int main() {
  // Class 0 is dark on the left, class 1 on the right.
  constexpr std::size_t samples = 64, width = 6;
  std::vector<std::uint8_t> features(samples * width);
  std::vector<std::int32_t> labels(samples);
  for (std::size_t i = 0; i < samples; ++i) {
    labels[i] = static_cast<std::int32_t>(i % 2);
    for (std::size_t j = 0; j < width; ++j)
      features[i * width + j] = static_cast<std::uint8_t>((j < width / 2) == (i % 2 == 0) ? i : 255 - i);
  }
  const auto data = data::Dataset::make({width}, std::move(features), std::move(labels), 2).value();

  Model model{{width}, {Dense{8}, Relu{}, Dense{2}}};
  Trainer trainer{
      model, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 0.5f}, {.epochs = 5, .batch_size = 8, .threads = 2}};
  const History history = trainer.fit(data, data).value();
  const double accuracy = history.epochs.back().validation->accuracy;
  std::printf("treadle %s: accuracy %.3f\n", TREADLE_VERSION, accuracy);
  return accuracy > 0.95 ? 0 : 1;
}
