// libtorch's C++ front end (Debian package libtorch-dev). Its matrix products come from the system's BLAS; with
// libopenblas0-pthread installed and OPENBLAS_NUM_THREADS=1 that is OpenBLAS, and libtorch's own threads do the rest.
#include <benchmark/benchmark.h>
#include <torch/torch.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "peers.hpp"
#include "wall_clock.hpp"

namespace treadle::bench {
namespace {

torch::nn::Sequential make_net(const std::string& name) {
  namespace nn = torch::nn;
  if (name == "cnn")
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

void run(benchmark::State& state, const std::string& net_name, const std::string& optimizer_name, std::int64_t batch,
         int threads) {
  at::set_num_threads(threads);
  torch::manual_seed(1);
  torch::nn::Sequential net = make_net(net_name);
  const auto optimizer = make_optimizer(optimizer_name, net);
  const std::int64_t batches = std::max<std::int64_t>(1, 4096 / batch);
  const std::vector<std::int64_t> shape = net_name == "cnn" ? std::vector<std::int64_t>{batches * batch, 1, 28, 28}
                                                            : std::vector<std::int64_t>{batches * batch, 784};
  const torch::Tensor inputs = torch::rand(shape);
  const torch::Tensor targets = torch::randint(10, {batches * batch}, torch::kLong);
  std::int64_t at = 0;
  const WallClock clock;
  for (auto _ : state) {
    const std::int64_t first = at++ % batches * batch;
    const torch::Tensor loss = torch::nn::functional::cross_entropy(net->forward(inputs.slice(0, first, first + batch)),
                                                                    targets.slice(0, first, first + batch));
    optimizer->zero_grad();
    loss.backward();
    optimizer->step();
    benchmark::DoNotOptimize(loss.item<float>());
  }
  state.counters["items_per_second"] = static_cast<double>(state.iterations() * batch) / clock.seconds();
}

}  // namespace

void register_peers(const std::string& name, const std::string& net, const std::string& optimizer, std::size_t batch,
                    std::size_t threads) {
  benchmark::RegisterBenchmark(("libtorch/" + name).c_str(), [=](benchmark::State& state) {
    run(state, net, optimizer, static_cast<std::int64_t>(batch), static_cast<int>(threads));
  });
}

}  // namespace treadle::bench
