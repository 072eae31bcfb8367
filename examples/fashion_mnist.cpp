// Trains a dense network on Fashion-MNIST, or on any folder with the four files of the MNIST family, and saves it.
//   example_fashion_mnist [FOLDER [MODEL_FILE]]
#include <treadle/treadle.hpp>

#include <cstdio>
#include <string>

using namespace treadle;

namespace {

void train(const std::string& folder, const std::string& model_file) {
  auto data = data::load_idx(folder).value();  // a training and a test part
  Model model{{28, 28, 1}, {Flatten{}, Dense{256}, Relu{}, Dense{128}, Relu{}, Dense{10}}};
  Trainer trainer{
      model, SoftmaxCrossEntropy{}, AdamW{.learning_rate = 1e-3f}, {.epochs = 10, .batch_size = 128, .seed = 1}};
  trainer.on_epoch_end(print_progress());
  History history = trainer.fit(data.train, data.test).value();
  save(model, model_file).value();
  std::printf("%s: %.2f %% of the test samples right\n", model_file.c_str(),
              100 * history.epochs.back().validation->accuracy);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    train(argc > 1 ? argv[1] : "/usr/share/datasets/fashion-mnist", argc > 2 ? argv[2] : "model.safetensors");
  } catch (const BadResult& failure) {  // thrown by value() where there is an error instead of one
    std::fprintf(stderr, "%s\n", failure.what());
    return 1;
  }
  return 0;
}
