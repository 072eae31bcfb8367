// The three products of a Conv2d layer, and MaxPool2d forward and backward, as a training step computes them, zeros
// around the images and sums over the samples included:
//   conv/<fwd|dW|dX>/b<batch>/<height>x<width>x<channels>/<filters>k<kernel>s<stride>, all with padding same
//   pool/<fwd|dX>/b<batch>/<height>x<width>x<channels>/<window>
// usage: bench_conv [--benchmark_filter=REGEX]; TREADLE_ISA picks the instruction set.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "base/arena.hpp"
#include "layers/layers.hpp"
#include "peak.hpp"

namespace {

using namespace treadle;
using calls::Phase;

/// A layer alone with its buffers, filled with numbers.
class LoneLayer {
 public:
  LoneLayer(const Layer& layer, const Shape& input, std::size_t batch, Isa isa)
      : kernels_(*kernels::table(isa)),
        buffers_(16),
        calls_(16, calls::Call(Phase::forward, Nothing{}, {})),
        recorder_(kernels_, batch, batch, true, buffers_, calls_) {
    layers::BackwardContext context;
    std::size_t stored = 0, tensor = 0;
    for (const layers::ParameterSpec& spec : layers::parameters(layer, input)) {
      context.parameters.offset[tensor++] = stored;
      stored += layers::stored_elements(spec, kernels_.panel).saturated();
    }
    using calls::Lifetime;
    context.parameters.values = recorder_.buffer(MemoryKind::parameter, Lifetime::step, stored * sizeof(float));
    context.parameters.gradients = recorder_.buffer(MemoryKind::gradient, Lifetime::step, stored * sizeof(float));
    context.input = input;
    context.x = recorder_.activation(input.elements().value());
    context.y = layers::forward(layer, context, recorder_);
    context.dy = recorder_.activation_like(context.y);
    layers::backward(layer, context, recorder_);
    for (std::size_t i = 0; i < recorder_.buffer_count(); ++i) {
      std::vector<Line>& lines = memory_.emplace_back(buffers_[i].bytes / sizeof(Line) + 1);
      float* const values = reinterpret_cast<float*>(lines.data());
      for (std::size_t n = 0; n < buffers_[i].bytes / sizeof(float); ++n)
        values[n] = static_cast<float>(n % 13) * 0.1f - 0.6f;
      addresses_.push_back(reinterpret_cast<std::byte*>(lines.data()));
    }
    context_ = {.kernels = &kernels_, .addresses = addresses_.data(), .rows = batch, .batch_rows = batch};
  }

  /// Runs `count` calls of a phase, from the one with this number on.
  void run(Phase phase, std::size_t first = 0, std::size_t count = 16) const {
    std::size_t number = 0;
    for (std::size_t i = 0; i < recorder_.call_count(); ++i) {
      if (calls_[i].phase() != phase) continue;
      if (number >= first && number < first + count)
        for (std::size_t tile = 0; tile < calls_[i].tiles(context_); ++tile) calls_[i].run(context_, tile);
      ++number;
    }
  }

 private:
  struct Nothing {
    std::size_t tiles(const calls::RunContext&) const noexcept { return 0; }
    void run(const calls::RunContext&, std::size_t) const noexcept {}
  };
  struct alignas(base::alignment) Line {
    std::byte bytes[base::alignment];
  };

  const kernels::KernelTable& kernels_;
  std::vector<calls::Buffer> buffers_;
  std::vector<calls::Call> calls_;
  calls::Recorder recorder_;
  std::vector<std::vector<Line>> memory_;
  std::vector<std::byte*> addresses_;
  calls::RunContext context_;
};

enum class Pass { forward, parameter_gradients, input_gradient };

/// The calls of `backward` that are this pass's: of a convolution the first two are its parameters' gradients.
void run_pass(const LoneLayer& layer, Pass pass, bool has_parameters) {
  if (pass == Pass::forward) return layer.run(Phase::forward);
  if (pass == Pass::parameter_gradients) return layer.run(Phase::backward, 0, 2);
  layer.run(Phase::backward, has_parameters ? 2 : 0);
}

void run(benchmark::State& state, const Layer& layer, const Shape& input, std::size_t batch, Pass pass) {
  const Result<Isa> isa = default_isa();
  if (!isa) return state.SkipWithError(std::string(isa.error().text()).c_str());
  const LoneLayer lone(layer, input, batch, *isa);
  const bool has_parameters = layers::parameters(layer, input).count != 0;
  lone.run(Phase::prepare);
  for (auto _ : state) {
    run_pass(lone, pass, has_parameters);
    benchmark::ClobberMemory();
  }
  static const double peak = bench::peak_flops();
  const layers::Flops of_sample = layers::flops(layer, input);
  const std::uint64_t flops = pass == Pass::forward               ? of_sample.forward
                              : pass == Pass::parameter_gradients ? of_sample.backward_parameters
                                                                  : of_sample.backward_input;
  const double done = static_cast<double>(flops * batch) * static_cast<double>(state.iterations());
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(batch));
  state.counters["flops"] = benchmark::Counter(done, benchmark::Counter::kIsRate);
  if (has_parameters) state.counters["of_peak"] = benchmark::Counter(done / peak, benchmark::Counter::kIsRate);
  state.SetLabel(std::string(name(*isa)));
}

struct NamedPass {
  const char* name;
  Pass pass;
};

void register_layer(const std::string& kind, const std::string& shape, const Layer& layer, const Shape& input,
                    std::initializer_list<NamedPass> passes) {
  for (const NamedPass& named : passes)
    for (std::size_t batch : {1, 8, 32, 128}) {
      const std::string full = kind + "/" + named.name + "/b" + std::to_string(batch) + "/" + shape;
      benchmark::RegisterBenchmark(
          full.c_str(), [=, pass = named.pass](benchmark::State& state) { run(state, layer, input, batch, pass); });
    }
}

}  // namespace

int main(int argc, char** argv) {
  const auto image = [](const Shape& input) {
    return std::to_string(input[0]) + "x" + std::to_string(input[1]) + "x" + std::to_string(input[2]);
  };
  struct Convolution {
    Shape input;
    std::size_t filters, kernel, stride;
  };
  // The two of the preset cnn, colour images, one that is wide, one pointwise, one with a stride.
  for (const Convolution& c : {Convolution{{28, 28, 1}, 16, 3, 1},
                               {{14, 14, 16}, 32, 3, 1},
                               {{32, 32, 3}, 32, 5, 1},
                               {{14, 14, 64}, 64, 3, 1},
                               {{14, 14, 64}, 64, 1, 1},
                               {{28, 28, 16}, 32, 3, 2}}) {
    const Conv2d layer{.filters = c.filters, .kernel = c.kernel, .stride = c.stride, .padding = Padding::same};
    const std::string shape = image(c.input) + "/" + std::to_string(c.filters) + "k" + std::to_string(c.kernel) + "s" +
                              std::to_string(c.stride);
    register_layer("conv", shape, layer, c.input,
                   {{"fwd", Pass::forward}, {"dW", Pass::parameter_gradients}, {"dX", Pass::input_gradient}});
  }
  for (const Shape& input : {Shape{28, 28, 16}, Shape{14, 14, 32}})
    register_layer("pool", image(input) + "/2", MaxPool2d{2}, input,
                   {{"fwd", Pass::forward}, {"dX", Pass::input_gradient}});
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
