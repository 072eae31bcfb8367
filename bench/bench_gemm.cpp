// The three matrix products of a Dense layer, as a training step computes them, with one thread:
//   fwd  y[b, out]   = bias + x[b, in] W,  W packed
//   dX   dx[b, in]   = dy[b, out] W^T,  W^T packed
//   dW   dW[in, out] = x^T dy
// and square ones, as dX.
// Peers that were built in (TREADLE_BENCH_PEERS) repeat the same names behind "<peer>/": all operands row-major, W as
// [out, in], no bias.
// usage: bench_gemm [--benchmark_filter=REGEX]; TREADLE_ISA picks the instruction set.
#include <benchmark/benchmark.h>

#include <cmath>
#include <string>
#include <string_view>

#include "aligned_floats.hpp"
#include "calls/gradient_tiles.hpp"
#include "calls/recorder.hpp"
#include "peak.hpp"
#include "peers/gemm_peers.hpp"

namespace {

using namespace treadle;
using kernels::GemmArgs;
using kernels::GemmStart;

enum class Product { forward, input_gradient, weight_gradient };

struct Shape2 {
  std::size_t in, out;
};

/// Operands of one product; the vectors own what `args` points to.
struct Operands {
  bench::AlignedFloats a, b, c, bias;
  GemmArgs args;
};

bench::AlignedFloats filled(std::size_t count) {
  bench::AlignedFloats values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(i % 13) * 0.1f - 0.6f;
  return values;
}

/// As a plan lays them out; x may be the caller's, whose rows lie close.
Operands make_operands(const kernels::KernelTable& table, Product product, std::size_t batch, Shape2 shape) {
  const auto row_stride = [&](std::size_t columns) { return calls::row_stride(table, columns).saturated(); };
  const std::size_t nr = table.panel;
  const std::size_t k = product == Product::forward ? shape.in : product == Product::input_gradient ? shape.out : batch;
  const std::size_t n = product == Product::input_gradient ? shape.in : shape.out;
  const std::size_t m = product == Product::weight_gradient ? shape.in : batch;
  const bool packed_b = product != Product::weight_gradient;
  const std::size_t row_of_a = product == Product::input_gradient ? row_stride(k) : shape.in, row_of_n = row_stride(n);
  const std::size_t panels = base::ceil_div(n, nr), columns = calls::padded_columns(table, n);
  Operands operands{filled(batch * row_of_a),
                    filled(packed_b ? k * panels * nr : batch * row_of_n),
                    filled(packed_b ? batch * row_of_n : m * panels * nr),
                    filled(panels * nr),
                    {}};
  operands.args = {.a = operands.a.data(),
                   .a_row_stride = packed_b ? row_of_a : 1,
                   .a_k_stride = packed_b ? 1 : row_of_a,
                   .b = operands.b.data(),
                   .b_panel_stride = packed_b ? k * nr : nr,
                   .b_k_stride = packed_b ? nr : row_of_n,
                   .c = operands.c.data(),
                   .c_panel_stride = packed_b ? nr : m * nr,
                   .c_row_stride = packed_b ? row_of_n : nr,
                   .bias = product == Product::forward ? operands.bias.data() : nullptr,
                   .m = m,
                   .columns = columns,
                   .k = k,
                   .start = product == Product::forward ? GemmStart::bias : GemmStart::zero,
                   .padding = columns - n};
  return operands;
}

void count(benchmark::State& state, std::size_t batch, Shape2 shape) {
  static const double peak = bench::peak_flops();
  const double flops = 2.0 * static_cast<double>(batch * shape.in * shape.out);
  const double runs = static_cast<double>(state.iterations());
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(batch));
  state.counters["flops"] = benchmark::Counter(flops * runs, benchmark::Counter::kIsRate);
  state.counters["of_peak"] = benchmark::Counter(flops * runs / peak, benchmark::Counter::kIsRate);
}

void run(benchmark::State& state, Product product, std::size_t batch, Shape2 shape) {
  const Result<Isa> isa = default_isa();
  if (!isa) return state.SkipWithError(std::string(isa.error().text()).c_str());
  const kernels::KernelTable& table = *kernels::table(*isa);
  const Operands operands = make_operands(table, product, batch, shape);
  const GemmArgs& args = operands.args;
  const calls::GemmTiles tiles = product == Product::weight_gradient
                                     ? calls::weight_gradient_tiles(table, args.m, args.columns, args.padding, args.k)
                                     : calls::gemm_tiles(table, args.m, args.columns, args.k);
  for (auto _ : state) {
    for (std::size_t tile = 0; tile < tiles.count(); ++tile)
      table.gemm(calls::part_of(table, args, calls::gemm_tile(table, tiles, args.m, args.columns, tile)));
    benchmark::ClobberMemory();
  }
  count(state, batch, shape);
  state.SetLabel(std::string(name(*isa)));
}

bench::MatrixProduct matrix_product(Product product, std::size_t batch, Shape2 shape) {
  const int b = static_cast<int>(batch), in = static_cast<int>(shape.in), out = static_cast<int>(shape.out);
  switch (product) {
    case Product::forward:
      return {.transpose_a = false, .transpose_b = true, .m = b, .n = out, .k = in};
    case Product::input_gradient:
      return {.transpose_a = false, .transpose_b = false, .m = b, .n = in, .k = out};
    case Product::weight_gradient:
      return {.transpose_a = true, .transpose_b = false, .m = out, .n = in, .k = b};
  }
  return {};
}

/// Whether the last element of C is what it has to be, so that no peer is timed at something else.
bool right(const bench::MatrixProduct& p, const bench::AlignedFloats& a, const bench::AlignedFloats& b, float last) {
  double sum = 0, magnitude = 0;
  for (int i = 0; i < p.k; ++i) {
    const double left = p.transpose_a ? a[static_cast<std::size_t>(i * p.m + p.m - 1)]
                                      : a[static_cast<std::size_t>((p.m - 1) * p.k + i)];
    const double right = p.transpose_b ? b[static_cast<std::size_t>((p.n - 1) * p.k + i)]
                                       : b[static_cast<std::size_t>(i * p.n + p.n - 1)];
    sum += left * right;
    magnitude += std::abs(left * right);
  }
  return std::abs(last - sum) <= 1e-5 * magnitude;
}

void run_peer(benchmark::State& state, const bench::GemmPeer& peer, Product product, std::size_t batch, Shape2 shape) {
  const bench::MatrixProduct p = matrix_product(product, batch, shape);
  const auto size = [](int rows, int columns) {
    return static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
  };
  const bench::AlignedFloats a = filled(size(p.m, p.k)), b = filled(size(p.k, p.n));
  bench::AlignedFloats c(size(p.m, p.n));
  peer.multiply(p, a.data(), b.data(), c.data());
  if (!right(p, a, b, c.back())) return state.SkipWithError("a wrong product");
  for (auto _ : state) {
    peer.multiply(p, a.data(), b.data(), c.data());
    benchmark::ClobberMemory();
  }
  count(state, batch, shape);
}

void add(Product product, std::size_t batch, Shape2 shape) {
  constexpr std::string_view names[] = {"fwd", "dX", "dW"};
  const std::string full = "gemm/" + std::string(names[static_cast<std::size_t>(product)]) + "/b" +
                           std::to_string(batch) + "/" + std::to_string(shape.in) + "x" + std::to_string(shape.out);
  benchmark::RegisterBenchmark(full.c_str(), [=](benchmark::State& state) { run(state, product, batch, shape); });
  for (const bench::GemmPeer& peer : bench::gemm_peers())
    benchmark::RegisterBenchmark((peer.name + "/" + full).c_str(),
                                 [=](benchmark::State& state) { run_peer(state, peer, product, batch, shape); });
}

}  // namespace

int main(int argc, char** argv) {
  for (const Product product : {Product::forward, Product::input_gradient, Product::weight_gradient})
    for (std::size_t batch : {1, 4, 16, 32, 64, 128, 256, 1024})
      for (const Shape2 shape : {Shape2{784, 256}, {256, 128}, {128, 10}}) add(product, batch, shape);
  // Square matrices, neither of which is transposed for the peers.
  for (std::size_t n : {16, 64, 256, 512, 1024, 2048}) add(Product::input_gradient, n, {n, n});
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
