// oneDNN (Debian package libdnnl-dev), by hand: the presets, and the choice of what is fastest for each case.
#include <benchmark/benchmark.h>
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <map>
#include <memory>
#include <tuple>

#include "peers/onednn_net.hpp"
#include "peers/training_peers.hpp"
#include "samples.hpp"
#include "wall_clock.hpp"

namespace treadle::bench {
namespace {

using namespace onednn;

void build_mlp(Net& net) {
  const auto first = net.dense(net.input({pixels}), 256, true);
  const auto second = net.dense(first.output, 128, true);
  const auto last = net.dense(second.output, classes, false);
  dnnl::memory d = net.softmax_cross_entropy(last.output);
  d = net.relu_gradient(net.gradient(last, d), second.output);
  d = net.relu_gradient(net.gradient(second, d), first.output);
  net.parameter_gradient(first, d);
}

void build_cnn(Net& net) {
  const auto first = net.convolution(net.input({1, image_size, image_size}), 16);
  const auto first_pool = net.max_pool(first.output);
  const auto second = net.convolution(first_pool.output, 32);
  const auto second_pool = net.max_pool(second.output);
  const auto third = net.dense(second_pool.output, 128, true);
  const auto last = net.dense(third.output, classes, false);
  dnnl::memory d = net.softmax_cross_entropy(last.output);
  d = net.relu_gradient(net.gradient(last, d), third.output);
  d = net.gradient(second_pool, net.gradient(third, d));
  d = net.gradient(first_pool, net.gradient(second, d));
  net.parameter_gradient(first, d);
}

std::unique_ptr<Net> make_net(const TrainingCase& given, Choice choice) {
  auto net = std::make_unique<Net>(static_cast<int>(given.batch), static_cast<int>(given.threads), choice,
                                   Hyperparameters{.learning_rate = 0.05f, .momentum = 0.9f});
  given.preset == "cnn" ? build_cnn(*net) : build_mlp(*net);
  net->finish();
  return net;
}

/// Best seconds for a step, or infinity if the library cannot do it; gives up on what is three times slower than
/// `best`.
double seconds_for(const TrainingCase& given, Choice choice, const Samples& samples, double best) try {
  // CPU time, where it is the same as time: other programs disturb it less.
  const auto now = [&] {
    static const WallClock wall;
    return given.threads == 1 ? static_cast<double>(std::clock()) / CLOCKS_PER_SEC : wall.seconds();
  };
  const auto net = make_net(given, choice);
  const std::size_t steps = std::max<std::size_t>(1, 32 / given.batch);
  double fastest = INFINITY;
  const WallClock wall;
  for (int window = 0; window < 8 || wall.seconds() < 0.2; ++window) {
    const double start = now();
    for (std::size_t i = 0; i < steps; ++i) net->run(samples.inputs.data(), samples.targets.data());
    const double seconds = (now() - start) / static_cast<double>(steps);
    if (window > 0) fastest = std::min(fastest, seconds);
    if (window > 1 && fastest > 3 * best) break;
  }
  return fastest;
} catch (const dnnl::error&) {
  return INFINITY;
}

/// Measured once a program.
Choice fastest_choice(const TrainingCase& given, const Samples& samples) {
  static std::map<std::tuple<std::string, std::size_t, std::size_t>, Choice> known;
  const auto key = std::tuple(given.preset, given.batch, given.threads);
  if (const auto found = known.find(key); found != known.end()) return found->second;
  Choice best;
  double best_seconds = INFINITY;
  const auto consider = [&](Choice choice) {
    const double seconds = seconds_for(given, choice, samples, best_seconds);
    if (seconds >= best_seconds) return;
    best_seconds = seconds;
    best = choice;
  };
  for (int dense = 0; dense <= static_cast<int>(DenseWeights::in_out_sgemm); ++dense)
    consider({static_cast<DenseWeights>(dense), true});
  if (given.preset == "cnn") consider({best.dense, false});
  return known[key] = best;
}

void run(benchmark::State& state, const TrainingCase& given) {
  omp_set_num_threads(static_cast<int>(given.threads));
  const Samples samples = make_samples(given.batch);
  const auto net = make_net(given, fastest_choice(given, samples));
  std::size_t at = 0;
  float loss = 0;
  const auto step = [&] {
    const std::size_t first = at++ % samples.batches * given.batch;
    loss = net->run(&samples.inputs[first * pixels], &samples.targets[first]);
  };
  warm_up(step);
  const WallClock clock;
  for (auto _ : state) step();
  state.counters["items_per_second"] = static_cast<double>(state.iterations() * given.batch) / clock.seconds();
  if (!std::isfinite(loss)) state.SkipWithError("the loss is no number");
}

bool offers(const TrainingCase& given) { return given.optimizer == "sgd"; }

[[maybe_unused]] const bool added = add_training_peer({"onednn", offers, run});

}  // namespace
}  // namespace treadle::bench
