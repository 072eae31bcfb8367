// Every activation forward and its gradient, on arrays that fill half of the first or second cache, and four times the
// last: activations/<name>/<forward|gradient>/<L1|L2|memory>. Counters, all measured in the same run:
// elements_per_cycle (see clock_rate()), clock, and of_copy, the bytes read and written a second as a fraction of what
// std::memcpy moves between arrays of that size (see copy_bandwidth()). usage: bench_activations
// [--benchmark_filter=REGEX]; TREADLE_ISA picks the instruction set.
#include <benchmark/benchmark.h>
#include <treadle/isa.hpp>

#include <algorithm>
#include <map>
#include <string>

#include "kernel_workloads.hpp"
#include "peak.hpp"

namespace {

using namespace treadle;

struct Place {
  const char* name;
  std::size_t bytes;
};

/// Sizes from the caches of this machine, or common ones where it does not tell them.
std::vector<Place> places() {
  std::size_t first = 32 << 10, second = 512 << 10, last = 0;
  for (const auto& cache : benchmark::CPUInfo::Get().caches) {
    const auto size = static_cast<std::size_t>(cache.size);
    if (cache.type == "Instruction") continue;
    if (cache.level == 1) first = size;
    if (cache.level == 2) second = size;
    last = std::max(last, size);
  }
  if (last == 0) last = std::size_t{16} << 20;
  return {{"L1", first / 2}, {"L2", second / 2}, {"memory", std::min(last, std::size_t{64} << 20) * 4}};
}

double copied(std::size_t bytes) {
  static std::map<std::size_t, double> measured;
  const auto [entry, is_new] = measured.try_emplace(bytes);
  if (is_new) entry->second = bench::copy_bandwidth(bytes);
  return entry->second;
}

template <class Args>
void run(benchmark::State& state, void (*kernels::KernelTable::*kernel)(const Args&) noexcept, std::size_t bytes) {
  const Result<Isa> isa = default_isa();
  if (!isa) return state.SkipWithError(std::string(isa.error().text()).c_str());
  const kernels::KernelTable& table = *kernels::table(*isa);
  constexpr std::size_t row = 256;  // what softmax takes for a row
  bench::Arrays sample;
  bench::Workload<Args>::make(sample, table, row);
  const std::size_t n = bytes / static_cast<std::size_t>(sample.bytes()) * row;
  bench::Arrays arrays;
  const Args args = bench::Workload<Args>::make(arrays, table, n);
  const double limit = copied(bytes);
  for (auto _ : state) {
    (table.*kernel)(args);
    benchmark::ClobberMemory();
  }
  const double clock = bench::clock_rate();
  const double runs = static_cast<double>(state.iterations());
  state.SetBytesProcessed(static_cast<std::int64_t>(arrays.bytes() * runs));
  state.SetItemsProcessed(static_cast<std::int64_t>(static_cast<double>(n) * runs));
  state.counters["elements_per_cycle"] =
      benchmark::Counter(static_cast<double>(n) * runs / clock, benchmark::Counter::kIsRate);
  state.counters["of_copy"] = benchmark::Counter(arrays.bytes() * runs / limit, benchmark::Counter::kIsRate);
  state.counters["clock"] = clock;
  state.SetLabel(std::string(name(*isa)));
}

template <class Args>
void add(const std::string& name, void (*kernels::KernelTable::*kernel)(const Args&) noexcept) {
  for (const Place& place : places())
    benchmark::RegisterBenchmark(("activations/" + name + "/" + place.name).c_str(),
                                 [=](benchmark::State& state) { run(state, kernel, place.bytes); });
}

}  // namespace

int main(int argc, char** argv) {
  using kernels::KernelTable;
  add("relu/forward", &KernelTable::relu);
  add("relu/gradient", &KernelTable::relu_gradient);
  add("leaky_relu/forward", &KernelTable::leaky_relu);
  add("leaky_relu/gradient", &KernelTable::leaky_relu_gradient);
  add("sigmoid/forward", &KernelTable::sigmoid);
  add("sigmoid/gradient", &KernelTable::sigmoid_gradient);
  add("tanh/forward", &KernelTable::tanh);
  add("tanh/gradient", &KernelTable::tanh_gradient);
  add("gelu/forward", &KernelTable::gelu);
  add("gelu/gradient", &KernelTable::gelu_gradient);
  add("silu/forward", &KernelTable::silu);
  add("silu/gradient", &KernelTable::silu_gradient);
  add("softmax/forward", &KernelTable::softmax);
  add("softmax/gradient", &KernelTable::softmax_gradient);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
