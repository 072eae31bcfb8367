#include "plan/held_update.hpp"

#include <algorithm>

#include "base/checked.hpp"
#include "model/walk.hpp"
#include "optimizers/optimizers.hpp"

namespace treadle::plan_detail {
namespace {

using calls::BufferId;
using calls::Phase;
using calls::RunContext;

/// Floats of a tile: enough work to hand to a thread.
constexpr std::size_t tile_floats = 16384;

/// Where the limits are off, nothing lies beyond.
constexpr float no_limit = __builtin_inff();

/// As torch.clamp: a NaN stays one.
float clamped(float x, float limit) noexcept { return x > limit ? limit : x < -limit ? -limit : x; }

/// Limits one tensor's gradients and sums the squares of each of its columns, the rows of its matrix [n, k], in double
/// and in the order of k: every panel width gives the same sums. The square of a float is exact in double, so that it
/// does not matter whether a compiler fuses the multiply-add.
struct ColumnSquares {
  BufferId gradients, sums;
  float limit;
  std::size_t first, first_sum, columns, depth;  // columns: n

  static constexpr std::string_view name = "squares of the gradient";
  calls::Work work(const RunContext&) const noexcept {
    return {.flops = 4 * calls::elements(columns, depth),
            .bytes = calls::bytes_of(2 * calls::elements(columns, depth))};
  }
  std::size_t panels_each(const RunContext& context) const noexcept {
    return std::max<std::size_t>(1, tile_floats / (depth * context.kernels->panel));
  }
  std::size_t tiles(const RunContext& context) const noexcept {
    return base::ceil_div(base::ceil_div(columns, context.kernels->panel), panels_each(context));
  }
  void run(const RunContext& context, std::size_t tile) const noexcept {
    const std::size_t panel = context.kernels->panel, each = panels_each(context);
    const std::size_t end = std::min((tile + 1) * each, base::ceil_div(columns, panel));
    for (std::size_t p = tile * each; p < end; ++p)
      for (std::size_t column = 0; column < panel && p * panel + column < columns; column += width)
        sum_columns(context, p, column);
  }

 private:
  static constexpr std::size_t width = 4;  // of every panel a divisor

  void sum_columns(const RunContext& context, std::size_t p, std::size_t column) const noexcept {
    const std::size_t panel = context.kernels->panel;
    float* gradient = context.floats(gradients) + first + p * depth * panel + column;
    double sum[width] = {};
    for (std::size_t k = 0; k < depth; ++k, gradient += panel)
      for (std::size_t i = 0; i < width; ++i) {
        gradient[i] = clamped(gradient[i], limit);
        const double g = static_cast<double>(gradient[i]);
        sum[i] += g * g;
      }
    double* const out = reinterpret_cast<double*>(context.floats(sums)) + first_sum + p * panel + column;
    for (std::size_t i = 0; i < width && p * panel + column + i < columns; ++i) out[i] = sum[i];
  }
};

/// torch.nn.utils.clip_grad_norm_: scale = min(1, clip_norm / (norm + 1e-6)).
struct Norm {
  BufferId sums, norm;
  std::size_t columns;
  float clip_norm;

  static constexpr std::string_view name = "norm of the gradients";
  calls::Work work(const RunContext&) const noexcept {
    return {.flops = static_cast<double>(columns), .bytes = calls::bytes_of(2 * static_cast<double>(columns))};
  }
  std::size_t tiles(const RunContext&) const noexcept { return 1; }
  void run(const RunContext& context, std::size_t) const noexcept {
    const double* const squares = reinterpret_cast<const double*>(context.floats(sums));
    double sum = 0;
    for (std::size_t i = 0; i < columns; ++i) sum += squares[i];
    GradientNorm& result = *reinterpret_cast<GradientNorm*>(context.floats(norm));
    result.norm = __builtin_sqrt(sum);
    const double scale = static_cast<double>(clip_norm) / (result.norm + 1e-6);
    result.scale = clip_norm == no_limit || scale > 1 ? 1.0f : static_cast<float>(scale);
  }
};

/// Scales the gradients where they lie, and updates from them.
struct HeldUpdate {
  BufferId gradients, norm;
  std::size_t stored;
  float flops_each, bytes_each;  // of the optimizer

  static constexpr std::string_view name = "update";
  calls::Work work(const RunContext&) const noexcept {
    const double elements = static_cast<double>(stored);
    return {.flops = (static_cast<double>(flops_each) + 1) * elements,
            .bytes = static_cast<double>(bytes_each) * elements + calls::bytes_of(2 * elements)};
  }
  std::size_t tiles(const RunContext&) const noexcept { return base::ceil_div(stored, tile_floats); }
  void run(const RunContext& context, std::size_t tile) const noexcept {
    const std::size_t first = tile * tile_floats, count = std::min(tile_floats, stored - first);
    const float scale = reinterpret_cast<const GradientNorm*>(context.floats(norm))->scale;
    float* const gradient = context.floats(gradients) + first;
    for (std::size_t i = 0; i < count; ++i) gradient[i] *= scale;
    context.update->run(context, first, count, gradient);
  }
};

}  // namespace

bool holds_update(const StepOptions& options) noexcept {
  return options.hold_update || options.clip_norm > 0 || options.clip_value > 0;
}

void record_held_update(const Request& request, std::size_t stored, calls::Recorder& recorder,
                        Program& program) noexcept {
  const StepOptions& options = request.options;
  const std::size_t panel = recorder.kernels().panel;
  const auto walk_tensors = [&](const auto& visit) {
    static_cast<void>(model::walk(request.model, [&](const model::LayerPlace& place) -> Result<void> {
      for (const layers::ParameterSpec& spec : layers::parameters(*place.layer, place.input)) visit(place.index, spec);
      return {};
    }));
  };
  std::size_t columns = 0;
  walk_tensors([&](std::size_t, const layers::ParameterSpec& spec) { columns += spec.shape[0]; });
  const BufferId sums =
      recorder.buffer(MemoryKind::workspace, calls::Lifetime::calls, base::CheckedSize{columns} * sizeof(double));
  program.norm = recorder.buffer(MemoryKind::workspace, calls::Lifetime::iteration, sizeof(GradientNorm));

  std::size_t first = 0, first_sum = 0;
  walk_tensors([&](std::size_t layer, const layers::ParameterSpec& spec) {
    recorder.set_layer(layer);
    const std::size_t n = spec.shape[0];
    recorder.call(Phase::norm,
                  ColumnSquares{.gradients = program.gradients,
                                .sums = sums,
                                .limit = options.clip_value > 0 ? options.clip_value : no_limit,
                                .first = first,
                                .first_sum = first_sum,
                                .columns = n,
                                .depth = *spec.shape.elements() / n},
                  {program.gradients, sums});
    first += layers::stored_elements(spec, panel).saturated();
    first_sum += n;
  });
  recorder.set_layer(request.model.layers.size());  // all of them
  recorder.call(Phase::norm, Norm{sums, program.norm, columns, options.clip_norm > 0 ? options.clip_norm : no_limit},
                {sums, program.norm});
  const calls::Work update = optimizers::work(*request.optimizer);
  recorder.call(Phase::update,
                HeldUpdate{program.gradients, program.norm, stored, static_cast<float>(update.flops),
                           static_cast<float>(update.bytes)},
                {program.gradients, program.norm});
}

}  // namespace treadle::plan_detail
