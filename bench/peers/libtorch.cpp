// libtorch's C++ front end (Debian package libtorch-dev). Its matrix products come from the system's BLAS, which is
// OpenBLAS when libopenblas0-pthread is installed.
#include <benchmark/benchmark.h>
#include <dlfcn.h>
#include <torch/torch.h>

#include <memory>
#include <vector>

#include "peers/training_peers.hpp"
#include "samples.hpp"
#include "wall_clock.hpp"

namespace treadle::bench {
namespace {

torch::nn::Sequential make_net(const std::string& preset) {
  namespace nn = torch::nn;
  if (preset == "cnn")
    return nn::Sequential(nn::Conv2d(nn::Conv2dOptions(1, 16, 3).padding(1)), nn::ReLU(), nn::MaxPool2d(2),
                          nn::Conv2d(nn::Conv2dOptions(16, 32, 3).padding(1)), nn::ReLU(), nn::MaxPool2d(2),
                          nn::Flatten(), nn::Linear(1568, 128), nn::ReLU(), nn::Linear(128, 10));
  return nn::Sequential(nn::Linear(784, 256), nn::ReLU(), nn::Linear(256, 128), nn::ReLU(), nn::Linear(128, 10));
}

std::unique_ptr<torch::optim::Optimizer> make_optimizer(const std::string& name, torch::nn::Sequential& net) {
  using namespace torch::optim;
  if (name == "adam") return std::make_unique<Adam>(net->parameters(), AdamOptions(1e-3));
  return std::make_unique<SGD>(net->parameters(), SGDOptions(0.05).momentum(0.9));
}

/// OpenBLAS's own threads would fight with libtorch's for the processors: with both, two threads were slower.
void set_threads(std::size_t threads) {
  at::set_num_threads(static_cast<int>(threads));
  if (void* set = dlsym(RTLD_DEFAULT, "openblas_set_num_threads")) reinterpret_cast<void (*)(int)>(set)(1);
}

void run(benchmark::State& state, const TrainingCase& given) {
  set_threads(given.threads);
  torch::manual_seed(1);
  torch::nn::Sequential net = make_net(given.preset);
  const auto optimizer = make_optimizer(given.optimizer, net);
  const auto batch = static_cast<std::int64_t>(given.batch);
  const std::int64_t batches = batches_for(given.batch);
  const std::vector<std::int64_t> shape = given.preset == "cnn" ? std::vector<std::int64_t>{batches * batch, 1, 28, 28}
                                                                : std::vector<std::int64_t>{batches * batch, 784};
  const torch::Tensor inputs = torch::rand(shape);
  const torch::Tensor targets = torch::randint(10, {batches * batch}, torch::kLong);
  std::int64_t at = 0;
  const auto step = [&] {
    const std::int64_t first = at++ % batches * batch;
    const torch::Tensor loss = torch::nn::functional::cross_entropy(net->forward(inputs.slice(0, first, first + batch)),
                                                                    targets.slice(0, first, first + batch));
    optimizer->zero_grad();
    loss.backward();
    optimizer->step();
    return loss.item<float>();
  };
  warm_up(step);
  const WallClock clock;
  for (auto _ : state) benchmark::DoNotOptimize(step());
  state.counters["items_per_second"] = static_cast<double>(state.iterations() * batch) / clock.seconds();
}

bool offers(const TrainingCase&) { return true; }

[[maybe_unused]] const bool added = add_training_peer({"libtorch", offers, run});

}  // namespace
}  // namespace treadle::bench
