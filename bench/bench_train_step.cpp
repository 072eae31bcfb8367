// One iteration of the presets: forward, backward, update.
//   train_step/<preset>/<optimizer>/batch:<n>/threads:<n>
// Peers that were built in (TREADLE_BENCH_PEERS) repeat the same names behind "<peer>/".
// usage: bench_train_step [--benchmark_filter=REGEX]; TREADLE_ISA picks the instruction set.
#include <benchmark/benchmark.h>
#include <treadle/treadle.hpp>

#include <memory>
#include <string>
#include <vector>

#include "peak.hpp"
#include "peers.hpp"
#include "wall_clock.hpp"

namespace {

using namespace treadle;

constexpr std::size_t classes = 10;

struct NamedOptimizer {
  const char* name;
  Optimizer optimizer;
};
const NamedOptimizer optimizers[] = {{"sgd", Sgd{.learning_rate = 0.05f, .momentum = 0.9f}}, {"adam", Adam{}}};

/// Several batches of numbers, so that no step finds its inputs in the first cache.
struct Samples {
  std::vector<float> inputs;
  std::vector<std::int32_t> targets;
  std::size_t batches;
};

Samples make_samples(std::size_t batch, std::size_t elements) {
  Samples samples{{}, {}, std::max<std::size_t>(1, 4096 / batch)};
  samples.inputs.resize(samples.batches * batch * elements);
  samples.targets.resize(samples.batches * batch);
  std::uint32_t random = 1;
  const auto next = [&] { return random = random * 1664525u + 1013904223u, random >> 8; };
  for (float& value : samples.inputs) value = static_cast<float>(next()) * 0x1p-24f;
  for (std::int32_t& target : samples.targets) target = static_cast<std::int32_t>(next() % classes);
  return samples;
}

void run(benchmark::State& state, const std::string& net, const Optimizer& optimizer, std::size_t batch,
         std::size_t threads) {
  Result<Model> model = preset(net, {28, 28, 1}, classes);
  if (!model || !model->initialize(1)) return state.SkipWithError("no model");
  const Result<std::shared_ptr<Executor>> executor = make_executor(threads);
  if (!executor) return state.SkipWithError("no threads");
  const StepOptions options{.batch_size = batch, .executor = executor->get()};
  Result<TrainingStep> step = plan(*model, SoftmaxCrossEntropy{}, optimizer, options);
  const Result<PlanReport> report = treadle::report(*model, SoftmaxCrossEntropy{}, optimizer, options);
  if (!step) return state.SkipWithError(std::string(step.error().text()).c_str());
  if (!report) return state.SkipWithError(std::string(report.error().text()).c_str());
  const std::size_t elements = *model->input().elements();
  const Samples samples = make_samples(batch, elements);
  std::size_t at = 0;
  const bench::WallClock clock;
  for (auto _ : state) {
    const std::size_t first = at++ % samples.batches * batch;
    benchmark::DoNotOptimize(step->run(std::span(samples.inputs).subspan(first * elements, batch * elements),
                                       std::span(samples.targets).subspan(first, batch)));
  }
  const double samples_per_second = static_cast<double>(state.iterations() * batch) / clock.seconds();
  static const double peak = bench::peak_flops();
  const double flops = static_cast<double>(report->flops_per_sample) * samples_per_second;
  state.counters["items_per_second"] = samples_per_second;
  state.counters["flops"] = flops;
  state.counters["of_peak"] = flops / (peak * static_cast<double>(threads));
  state.SetLabel(std::string(name(step->isa())));
}

}  // namespace

int main(int argc, char** argv) {
  for (const std::string net : {"mlp", "cnn"})
    for (std::size_t batch : {1, 8, 32, 128, 512, 1024})
      for (std::size_t threads : {1, 2})
        for (const NamedOptimizer& named : optimizers) {
          const std::string full = "train_step/" + net + "/" + named.name + "/batch:" + std::to_string(batch) +
                                   "/threads:" + std::to_string(threads);
          benchmark::RegisterBenchmark(full.c_str(), [=, optimizer = named.optimizer](benchmark::State& state) {
            run(state, net, optimizer, batch, threads);
          });
          bench::register_peers(full, net, named.name, batch, threads);
        }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
