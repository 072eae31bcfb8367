#include "layers/convolution.hpp"

#include <algorithm>

#include "base/arena.hpp"
#include "calls/update.hpp"
#include "kernels/column_sum.hpp"
#include "kernels/gemm.hpp"
#include "kernels/pad_image.hpp"
#include "kernels/transpose_panels.hpp"

namespace treadle::layers {
namespace {

using base::CheckedSize;
using calls::BufferId;
using calls::RunContext;
using kernels::GemmFinish;
using kernels::GemmStart;

/// Multiply-adds that make a tile worth handing to a thread.
constexpr std::size_t tile_work = 256 * 1024;
/// Columns of slots in a tile of their sum.
constexpr std::size_t sum_columns = calls::gradient_part;

double floats_of(const Image& image) noexcept { return calls::elements(image.pixels(), image.channels); }

CheckedSize sample_work(const Sliding& sliding) noexcept {
  return CheckedSize{sliding.to.pixels()} * sliding.k() * sliding.to.channels;
}

/// Whole samples a tile.
std::size_t samples_each(const Sliding& sliding) noexcept {
  return std::max<std::size_t>(1, base::ceil_div(tile_work, sample_work(sliding).saturated()));
}

CheckedSize copy_floats(const Sliding& sliding, std::size_t rows) noexcept {
  const CheckedSize floats = CheckedSize{sliding.rows_for(rows)} * sliding.width_with_zeros() * sliding.from.channels;
  return floats.rounded_up(base::alignment / sizeof(float));
}

/// The rows of `sample` that `rows` rows of outputs from `first` on need, with zeros around them: in `copy`, or where
/// they are.
struct Source {
  const float* pixels;
  std::size_t width;
};
Source source(const RunContext& context, const Sliding& sliding, const float* sample, float* copy, std::size_t first,
              std::size_t rows) noexcept {
  const Image& from = sliding.from;
  const std::size_t first_row = first * sliding.stride;
  if (copy == nullptr) return {sample + first_row * from.width * from.channels, from.width};
  const std::size_t width = sliding.width_with_zeros();
  context.kernels->pad_image({.from = sample,
                              .to = copy,
                              .height = from.height,
                              .width = from.width,
                              .channels = from.channels,
                              .rows = sliding.rows_for(rows),
                              .to_width = width,
                              .first_row = first_row,
                              .top = sliding.top,
                              .left = sliding.left,
                              .apart = sliding.apart});
  return {copy, width};
}

CheckedSize row_floats(const Sliding& sliding) noexcept {
  return (CheckedSize{sliding.to.width} * sliding.to.channels).rounded_up(base::alignment / sizeof(float));
}

/// The gradient of the bias for one sample. First all rows of dy are added, which are wide enough to be fast, then the
/// pixels of their sum.
void sum_pixels(const RunContext& context, const Image& image, const float* dy, float* row, float* sum) noexcept {
  const std::size_t channels = image.channels, columns = image.width * channels;
  context.kernels->column_sum(
      {.in = dy, .out = row, .rows = image.height, .columns = columns, .row_stride = columns, .accumulate = false});
  context.kernels->column_sum(
      {.in = row, .out = sum, .rows = image.width, .columns = channels, .row_stride = channels, .accumulate = false});
}

float* floats_or_null(const RunContext& context, BufferId id, std::size_t offset) noexcept {
  return id == calls::no_buffer ? nullptr : context.floats(id) + offset;
}

}  // namespace

SlidingTiles::SlidingTiles(const Sliding& sliding) noexcept : samples_each(layers::samples_each(sliding)) {
  // A strip repeats rows of the one before it, so it should be worth two tiles.
  const std::size_t work = sample_work(sliding).saturated() / tile_work;
  const std::size_t wanted = std::clamp<std::size_t>(work / 2 + work % 2, 1, sliding.to.height);
  rows_each = base::ceil_div(sliding.to.height, wanted);
  strips = base::ceil_div(sliding.to.height, rows_each);
}

CheckedSize zeros_floats(const Sliding& sliding, std::size_t samples) noexcept {
  if (!sliding.needs_zeros()) return 0;
  const SlidingTiles tiles(sliding);
  return copy_floats(sliding, tiles.rows_each) * tiles.count(samples);
}

calls::Work Convolve::work(const RunContext& context) const noexcept {
  const double samples = static_cast<double>(context.rows);
  const double weights = calls::elements(sliding.k(), sliding.to.channels);
  return {.flops = 2 * samples * static_cast<double>(sliding.to.pixels()) * weights,
          .bytes = calls::bytes_of(samples * (floats_of(sliding.from) + floats_of(sliding.to)) + weights)};
}

std::size_t Convolve::tiles(const RunContext& context) const noexcept {
  return SlidingTiles(sliding).count(context.rows);
}

calls::Work Convolve::tile_work(const RunContext& context) const noexcept {
  const SlidingTiles cut(sliding);
  RunContext part = context;
  part.rows = std::min(cut.samples_each, context.rows);
  Convolve strip = *this;
  strip.sliding.to.height = static_cast<std::uint16_t>(std::min<std::size_t>(cut.rows_each, sliding.to.height));
  return strip.work(part);
}

void Convolve::run(const RunContext& context, std::size_t tile) const noexcept {
  const SlidingTiles cut(sliding);
  const std::size_t panel = context.kernels->panel;
  const std::size_t first = tile % cut.strips * cut.rows_each;
  const std::size_t rows = std::min(cut.rows_each, sliding.to.height - first);
  const std::size_t begin = tile / cut.strips * cut.samples_each;
  const std::size_t end = std::min(begin + cut.samples_each, context.rows);
  const Image& to_image = sliding.to;
  const std::size_t channels = sliding.from.channels, k = sliding.k();
  const float* const values = context.floats(weight);
  float* const own_copy = floats_or_null(context, copy, tile * copy_floats(sliding, cut.rows_each).saturated());
  const GemmFinish finish = relu ? GemmFinish::relu : gate != calls::no_buffer ? GemmFinish::gate : GemmFinish::none;
  for (std::size_t sample = begin; sample < end; ++sample) {
    const Source image = source(context, sliding, context.floats(from) + sample * from_stride, own_copy, first, rows);
    const std::size_t to_offset = sample * to_stride + first * to_image.width * to_image.channels;
    context.kernels->gemm({.a = image.pixels,
                           .a_row_stride = sliding.stride * channels,
                           .a_k_stride = 1,
                           .b = values + weight_offset,
                           .b_panel_stride = k * panel,
                           .b_k_stride = panel,
                           .c = context.floats(to) + to_offset,
                           .c_panel_stride = panel,
                           .c_row_stride = to_image.channels,
                           .bias = bias_offset == no_offset ? nullptr : values + bias_offset,
                           .m = rows * to_image.width,
                           .columns = to_image.channels,
                           .k = k,
                           .start = bias_offset == no_offset ? GemmStart::zero : GemmStart::bias,
                           .a_row_run = to_image.width,
                           .a_row_run_stride = sliding.stride * image.width * channels,
                           .a_k_run = sliding.kernel * channels,
                           .a_k_run_stride = image.width * channels,
                           .finish = finish,
                           .gate = floats_or_null(context, gate, to_offset)});
  }
}

CheckedSize sample_gradients_copy_floats(const Sliding& sliding, std::size_t samples) noexcept {
  if (!sliding.needs_zeros()) return 0;
  return copy_floats(sliding, sliding.to.height) * base::ceil_div(samples, samples_each(sliding));
}

CheckedSize sample_gradients_row_floats(const Sliding& sliding, std::size_t samples) noexcept {
  return row_floats(sliding) * base::ceil_div(samples, samples_each(sliding));
}

calls::Work SampleGradients::work(const RunContext& context) const noexcept {
  const double samples = static_cast<double>(context.rows);
  const double weights = calls::elements(sliding.k(), sliding.to.channels);
  return {.flops = 2 * samples * static_cast<double>(sliding.to.pixels()) * weights,
          .bytes = calls::bytes_of(samples * (floats_of(sliding.from) + floats_of(sliding.to) + weights))};
}

std::size_t SampleGradients::tiles(const RunContext& context) const noexcept {
  return base::ceil_div(context.rows, samples_each(sliding));
}

void SampleGradients::run(const RunContext& context, std::size_t tile) const noexcept {
  const std::size_t each = samples_each(sliding), panel = context.kernels->panel;
  const std::size_t end = std::min(tile * each + each, context.rows);
  const std::size_t channels = sliding.from.channels, filters = sliding.to.channels, k = sliding.k();
  float* const own_copy = floats_or_null(context, copy, tile * copy_floats(sliding, sliding.to.height).saturated());
  for (std::size_t sample = tile * each; sample < end; ++sample) {
    const Source image =
        source(context, sliding, context.floats(x) + sample * x_stride, own_copy, 0, sliding.to.height);
    const float* const own_dy = context.floats(dy) + sample * dy_stride;
    float* const own_slot = context.floats(slots) + sample * slot.floats;
    // What pads the last panel is summed too, and would grow for ever if it were not zero.
    if (filters % panel != 0) std::fill_n(own_slot, slot.floats, 0.0f);
    context.kernels->gemm({.a = image.pixels,
                           .a_row_stride = 1,
                           .a_k_stride = sliding.stride * channels,
                           .b = own_dy,
                           .b_panel_stride = panel,
                           .b_k_stride = filters,
                           .c = own_slot,
                           .c_panel_stride = k * panel,
                           .c_row_stride = panel,
                           .bias = nullptr,
                           .m = k,
                           .columns = filters,
                           .k = sliding.to.pixels(),
                           .start = GemmStart::zero,
                           .a_row_run = sliding.kernel * channels,
                           .a_row_run_stride = image.width * channels,
                           .a_k_run = sliding.to.width,
                           .a_k_run_stride = sliding.stride * image.width * channels});
    if (slot.bias_offset != no_offset)
      sum_pixels(context, sliding.to, own_dy, context.floats(row) + tile * row_floats(sliding).saturated(),
                 own_slot + slot.bias_offset);
  }
}

calls::Work SumGradients::work(const RunContext& context) const noexcept {
  const double elements = calls::elements(context.rows, floats);
  const double kept = gradients == calls::no_buffer ? 0 : static_cast<double>(floats);
  return {.flops = elements, .bytes = calls::bytes_of(elements + kept), .updated = static_cast<double>(floats)};
}

std::size_t SumGradients::tiles(const RunContext&) const noexcept { return base::ceil_div(floats, sum_columns); }

void SumGradients::run(const RunContext& context, std::size_t tile) const noexcept {
  const std::size_t begin = tile * sum_columns, count = std::min(sum_columns, floats - begin);
  calls::finish_gradient(context, gradients, offset + begin, count, [&](float* gradient) {
    context.kernels->column_sum({.in = context.floats(slots) + begin,
                                 .out = gradient,
                                 .rows = context.rows,
                                 .columns = count,
                                 .row_stride = floats,
                                 .accumulate = context.first_row != 0});
  });
}

calls::Work TurnWeight::work(const RunContext&) const noexcept {
  return {.flops = 0,
          .bytes = 2 * calls::bytes_of(calls::elements(filters, channels) * static_cast<double>(kernel) * kernel)};
}

void TurnWeight::run(const RunContext& context, std::size_t tile) const noexcept {
  const std::size_t panel = context.kernels->panel, pixels = std::size_t{kernel} * kernel;
  context.kernels->transpose_panels({.from = context.floats(values) + weight_offset + tile * channels * panel,
                                     .to = context.floats(turned) + (pixels - 1 - tile) * filters * panel,
                                     .rows = channels,
                                     .columns = filters,
                                     .panel = panel,
                                     .first_panel = 0,
                                     .panels = base::ceil_div(channels, panel),
                                     .from_panel_stride = pixels * channels * panel,
                                     .to_panel_stride = pixels * filters * panel});
}

}  // namespace treadle::layers
