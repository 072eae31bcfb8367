// Every kernel of the list with every instruction set that this machine can run, on data for the first cache, for the
// second, and for none: kernel/<name>/<instruction set>/<elements>.
// usage: bench_kernels [--benchmark_filter=REGEX]
#include <benchmark/benchmark.h>
#include <treadle/isa.hpp>

#include <string>

#include "kernel_workloads.hpp"

namespace {

using namespace treadle;

template <class Args>
void register_kernel(const char* kernel_name, void (*kernels::KernelTable::*kernel)(const Args&) noexcept) {
  for (const Isa isa : compiled_isas()) {
    if (!supported(isa)) continue;
    const std::string prefix = std::string("kernel/") + kernel_name + "/" + std::string(name(isa)) + "/";
    for (const std::size_t n : {std::size_t{1} << 10, std::size_t{1} << 16, std::size_t{1} << 22})
      benchmark::RegisterBenchmark((prefix + std::to_string(n)).c_str(), [=](benchmark::State& state) {
        const kernels::KernelTable& table = *kernels::table(isa);
        bench::Arrays arrays;
        const Args args = bench::Workload<Args>::make(arrays, table, n);
        for (auto _ : state) {
          (table.*kernel)(args);
          benchmark::ClobberMemory();
        }
        const double runs = static_cast<double>(state.iterations());
        state.SetBytesProcessed(static_cast<std::int64_t>(arrays.bytes() * runs));
        state.SetItemsProcessed(static_cast<std::int64_t>(static_cast<double>(n) * runs));
      });
  }
}

}  // namespace

int main(int argc, char** argv) {
#define TREADLE_KERNEL(kernel, Args) register_kernel<kernels::Args>(#kernel, &kernels::KernelTable::kernel);
#include "kernels/kernel_list.inc"
#undef TREADLE_KERNEL
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
