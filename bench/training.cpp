#include "training.hpp"

#include <benchmark/benchmark.h>
#include <treadle/treadle.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>

#include "peak.hpp"
#include "samples.hpp"
#include "wall_clock.hpp"

namespace treadle::bench {
namespace {

Optimizer make_optimizer(const std::string& name) {
  if (name == "adam") return Adam{};
  return Sgd{.learning_rate = 0.05f, .momentum = 0.9f};
}

/// Measured once for each size.
double bandwidth(std::size_t bytes) {
  static std::map<std::size_t, double> known;
  const auto [found, added] = known.try_emplace(bytes);
  if (added) found->second = copy_bandwidth(bytes);
  return found->second;
}

/// Seconds that an iteration takes at least: each call is bound by the processor or by the memory that the whole plan
/// fits into, whichever is slower.
double bound(const PlanReport& report, double peak, double bytes_per_second, std::size_t threads) {
  const double micro_batches =
      std::ceil(static_cast<double>(report.batch_size) / static_cast<double>(report.micro_batch));
  double seconds = 0;
  for (const CallReport& call : report.calls)
    seconds += (call.each_iteration ? 1 : micro_batches) * std::max(call.flops / peak, call.bytes / bytes_per_second);
  return seconds / static_cast<double>(threads);
}

/// How near the step comes to the limits of the processor (of_peak) and to what its calls are bound by (of_bound).
void count(benchmark::State& state, const PlanReport& report, double seconds, std::size_t threads) {
  static const double peak = peak_flops();
  const double steps_per_second = static_cast<double>(state.iterations()) / seconds;
  const double samples_per_second = steps_per_second * static_cast<double>(report.batch_size);
  const double flops = static_cast<double>(report.flops_per_sample) * samples_per_second;
  state.counters["items_per_second"] = samples_per_second;
  state.counters["flops"] = flops;
  state.counters["of_peak"] = flops / (peak * static_cast<double>(threads));
  state.counters["of_bound"] = bound(report, peak, bandwidth(report.memory.total()), threads) * steps_per_second;
}

void run(benchmark::State& state, const TrainingCase& given) {
  const Optimizer optimizer = make_optimizer(given.optimizer);
  Result<Model> model = preset(given.preset, {image_size, image_size, 1}, classes);
  if (!model || !model->initialize(1)) return state.SkipWithError("no model");
  const Result<std::shared_ptr<Executor>> executor = make_executor(given.threads);
  if (!executor) return state.SkipWithError("no threads");
  const StepOptions options{.batch_size = given.batch, .executor = executor->get()};
  Result<TrainingStep> planned = plan(*model, SoftmaxCrossEntropy{}, optimizer, options);
  if (!planned) return state.SkipWithError(std::string(planned.error().text()).c_str());
  const Result<PlanReport> report = treadle::report(*model, SoftmaxCrossEntropy{}, optimizer, options);
  if (!report) return state.SkipWithError(std::string(report.error().text()).c_str());
  const Samples samples = make_samples(given.batch);
  std::size_t at = 0;
  const auto step = [&] {
    const std::size_t first = at++ % samples.batches * given.batch;
    return planned->run(std::span(samples.inputs).subspan(first * pixels, given.batch * pixels),
                        std::span(samples.targets).subspan(first, given.batch));
  };
  warm_up(step);
  const WallClock clock;
  for (auto _ : state) benchmark::DoNotOptimize(step());
  count(state, *report, clock.seconds(), given.threads);
  state.SetLabel(std::string(name(planned->isa())));
}

}  // namespace

void register_training(const std::string& name, const TrainingCase& given) {
  benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) { run(state, given); });
  for (const TrainingPeer& peer : training_peers())
    if (peer.offers(given))
      benchmark::RegisterBenchmark((peer.name + "/" + name).c_str(),
                                   [=, run_peer = peer.run](benchmark::State& state) { run_peer(state, given); });
}

int run_registered(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace treadle::bench
