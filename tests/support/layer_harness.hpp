// Runs one layer alone, as a plan would: parameters and x in; y, and for a given dy all gradients out.
#pragma once

#include <treadle/layers.hpp>
#include <treadle/shape.hpp>

#include <cstddef>
#include <cstdlib>
#include <span>
#include <vector>

#include "base/arena.hpp"
#include "calls/recorder.hpp"
#include "layers/layers.hpp"

namespace treadle::test {

class LayerHarness {
 public:
  LayerHarness(const Layer& layer, const Shape& input, std::size_t rows, Isa isa)
      : kernels_(*kernels::table(isa)),
        specs_(layers::parameters(layer, input)),
        buffers_(16),
        calls_(16, calls::Call(calls::Phase::forward, Nothing{}, {})),
        recorder_(kernels_, rows, rows, true, buffers_, calls_),
        rows_(rows) {
    std::size_t stored = 0;
    for (std::size_t i = 0; i < specs_.count; ++i) {
      context_.parameters.offset[i] = stored;
      stored += layers::stored_elements(specs_.spec[i], kernels_.panel).saturated();
    }
    using calls::Lifetime;
    context_.parameters.values = recorder_.buffer(MemoryKind::parameter, Lifetime::step, stored * sizeof(float));
    context_.parameters.gradients = recorder_.buffer(MemoryKind::gradient, Lifetime::step, stored * sizeof(float));
    context_.input = input;
    context_.x = recorder_.activation(*input.elements());
    context_.y = layers::forward(layer, context_, recorder_);
    context_.dy = recorder_.activation_like(context_.y);
    dx_ = layers::backward(layer, context_, recorder_);
    for (std::size_t i = 0; i < recorder_.buffer_count(); ++i) {
      memory_.emplace_back(buffers_[i].bytes / sizeof(Line) + 1);
      addresses_.push_back(reinterpret_cast<std::byte*>(memory_.back().data()));
    }
  }

  /// `parameters` one tensor after the other, `x` and `dy` row-major without padding.
  void run(std::span<const float> parameters, std::span<const float> x, std::span<const float> dy) {
    std::size_t first = 0;
    for (std::size_t i = 0; i < specs_.count; ++i) {
      layers::store(specs_.spec[i], kernels_.panel, parameters.data() + first,
                    floats(context_.parameters.values) + context_.parameters.offset[i]);
      first += *specs_.spec[i].shape.elements();
    }
    const calls::RunContext run{
        .kernels = &kernels_, .addresses = addresses_.data(), .rows = rows_, .batch_rows = rows_};
    write(context_.x, x);
    run_phase(run, calls::Phase::prepare);
    run_phase(run, calls::Phase::forward);
    y = read(context_.y);
    write(context_.dy, dy);
    run_phase(run, calls::Phase::backward);
    dx = read(dx_);
    gradients.assign(first, 0.0f);
    first = 0;
    for (std::size_t i = 0; i < specs_.count; ++i) {
      layers::load(specs_.spec[i], kernels_.panel,
                   floats(context_.parameters.gradients) + context_.parameters.offset[i], gradients.data() + first);
      first += *specs_.spec[i].shape.elements();
    }
  }

  std::vector<float> y, dx, gradients;  // of the last run()

 private:
  struct Nothing {
    std::size_t tiles(const calls::RunContext&) const noexcept { return 0; }
    void run(const calls::RunContext&, std::size_t) const noexcept {}
  };
  struct alignas(base::alignment) Line {
    std::byte bytes[base::alignment];
  };

  float* floats(calls::BufferId id) { return reinterpret_cast<float*>(addresses_[static_cast<std::size_t>(id)]); }
  void write(const calls::Activation& to, std::span<const float> values) {
    for (std::size_t i = 0; i < values.size(); ++i)
      floats(to.buffer)[i / to.columns * to.row_stride + i % to.columns] = values[i];
  }
  std::vector<float> read(const calls::Activation& from) {
    std::vector<float> values(rows_ * from.columns);
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = floats(from.buffer)[i / from.columns * from.row_stride + i % from.columns];
    return values;
  }
  void run_phase(const calls::RunContext& context, calls::Phase phase) {
    for (std::size_t i = 0; i < recorder_.call_count(); ++i)
      if (calls_[i].phase() == phase)
        for (std::size_t tile = 0; tile < calls_[i].tiles(context); ++tile) calls_[i].run(context, tile);
  }

  const kernels::KernelTable& kernels_;
  layers::ParameterSpecs specs_;
  std::vector<calls::Buffer> buffers_;
  std::vector<calls::Call> calls_;
  calls::Recorder recorder_;
  std::size_t rows_;
  layers::BackwardContext context_;
  calls::Activation dx_;
  std::vector<std::vector<Line>> memory_;
  std::vector<std::byte*> addresses_;
};

/// The instruction sets that run here and promise the same bits.
inline std::vector<Isa> same_bits_isas() {
  std::vector<Isa> isas;
  for (Isa isa : compiled_isas())
    if (supported(isa) && same_bits(isa)) isas.push_back(isa);
  return isas;
}

/// Those that run here, without the scalar one where there is another: for what a layer does alike with each of them.
inline std::vector<Isa> fast_isas() {
  std::vector<Isa> isas;
  for (Isa isa : compiled_isas())
    if (supported(isa) && isa != Isa::scalar) isas.push_back(isa);
  if (isas.empty()) isas.push_back(Isa::scalar);
  return isas;
}

}  // namespace treadle::test
