#include "layers/convolution.hpp"

#include <algorithm>
#include <bit>

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

/// Whole samples a tile, a power of two as most batches are, so that threads get equal shares.
std::size_t samples_each(const Sliding& sliding) noexcept {
  return std::bit_floor(std::max<std::size_t>(1, base::ceil_div(tile_work, sample_work(sliding).saturated())));
}

CheckedSize copy_floats(const Sliding& sliding, std::size_t rows) noexcept {
  const CheckedSize floats = CheckedSize{sliding.rows_for(rows)} * sliding.width_with_zeros() * sliding.from.channels;
  return floats.rounded_up(base::alignment / sizeof(float));
}

/// An image to slide over, for some rows of outputs: a sample where it lies, or a copy of its rows that they need, with
/// zeros around and between its pixels.
struct Source {
  const float* pixels;
  std::size_t height, width, top, left;
  std::size_t first;  // the place of the kernel for the first row of outputs
};

/// `sample`, or in `copy` the rows of it that `rows` rows of outputs from `first` on need.
Source source(const RunContext& context, const Sliding& sliding, const float* sample, float* copy, std::size_t first,
              std::size_t rows) noexcept {
  const Image& from = sliding.from;
  if (copy == nullptr) return {sample, from.height, from.width, sliding.top, sliding.left, first};
  const std::size_t first_row = first * sliding.stride, copied = sliding.rows_for(rows);
  const std::size_t width = sliding.width_with_zeros();
  context.kernels->pad_image({.from = sample,
                              .to = copy,
                              .height = from.height,
                              .width = from.width,
                              .channels = from.channels,
                              .rows = copied,
                              .to_width = width,
                              .first_row = first_row,
                              .top = sliding.top,
                              .left = sliding.left,
                              .apart = sliding.apart});
  return {copy, copied, width, 0, 0, 0};
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
  const std::size_t channels = sliding.from.channels, filters = to_image.channels;
  const std::size_t kernel = sliding.kernel, stride = sliding.stride;
  const float* const values = context.floats(weight);
  float* const own_copy = floats_or_null(context, copy, tile * copy_floats(sliding, cut.rows_each).saturated());
  const GemmFinish finish = relu ? GemmFinish::relu : gate != calls::no_buffer ? GemmFinish::gate : GemmFinish::none;
  for (std::size_t sample = begin; sample < end; ++sample) {
    const Source image = source(context, sliding, context.floats(from) + sample * from_stride, own_copy, first, rows);
    const Slide down{image.height, image.top, kernel, stride}, right{image.width, image.left, kernel, stride};
    const std::size_t end_row = image.first + rows, row_stride = image.width * channels;
    for (Places y{0, image.first, 0, 0}; y.end < end_row;) {
      y = down.places(y.end, end_row);
      for (Places x{0, 0, 0, 0}; x.end < to_image.width;) {
        x = right.places(x.end, to_image.width);
        const std::size_t width = x.end - x.first, height = y.end - y.first;
        const std::size_t row = first + y.first - image.first;
        const std::size_t to_offset = sample * to_stride + (row * to_image.width + x.first) * filters;
        // A single column of pixels is one run.
        const bool column = width == 1;
        context.kernels->gemm({.a = image.pixels + down.begin(y) * row_stride + right.begin(x) * channels,
                               .a_row_stride = stride * (column ? row_stride : channels),
                               .a_k_stride = 1,
                               .b = values + weight_offset + (y.tap * kernel + x.tap) * channels * panel,
                               .b_panel_stride = sliding.k() * panel,
                               .b_k_stride = panel,
                               .c = context.floats(to) + to_offset,
                               .c_panel_stride = panel,
                               .c_row_stride = column ? to_image.width * filters : filters,
                               .bias = bias_offset == no_offset ? nullptr : values + bias_offset,
                               .m = height * width,
                               .columns = filters,
                               .k = (y.tap_end - y.tap) * (x.tap_end - x.tap) * channels,
                               .start = bias_offset == no_offset ? GemmStart::zero : GemmStart::bias,
                               .a_row_run = column ? 0 : width,
                               .a_row_run_stride = stride * row_stride,
                               .c_row_run_stride = to_image.width * filters,
                               .a_k_run = (x.tap_end - x.tap) * channels,
                               .a_k_run_stride = row_stride,
                               .b_k_run_stride = kernel * channels * panel,
                               .finish = finish,
                               .gate = floats_or_null(context, gate, to_offset)});
      }
    }
  }
}

namespace {

/// What pads the last panel of a slot is summed too, and would grow for ever if it were not zero.
void clear_padding(const RunContext& context, const Sliding& sliding, float* slot, std::size_t first_row,
                   std::size_t rows) noexcept {
  const std::size_t panel = context.kernels->panel, whole_panels = sliding.to.channels / panel;
  if (sliding.to.channels % panel != 0)
    std::fill_n(slot + (whole_panels * sliding.k() + first_row) * panel, rows * panel, 0.0f);
}

/// slot = x^T dy, where the kernel never leaves `x`.
void one_product(const RunContext& context, const Sliding& sliding, const Source& x, const float* dy,
                 float* slot) noexcept {
  const std::size_t panel = context.kernels->panel, k = sliding.k();
  clear_padding(context, sliding, slot, 0, k);
  const std::size_t channels = sliding.from.channels, row_stride = x.width * channels;
  context.kernels->gemm({.a = x.pixels,
                         .a_row_stride = 1,
                         .a_k_stride = sliding.stride * channels,
                         .b = dy,
                         .b_panel_stride = panel,
                         .b_k_stride = sliding.to.channels,
                         .c = slot,
                         .c_panel_stride = k * panel,
                         .c_row_stride = panel,
                         .bias = nullptr,
                         .m = k,
                         .columns = sliding.to.channels,
                         .k = sliding.to.pixels(),
                         .start = GemmStart::zero,
                         .a_row_run = sliding.kernel * channels,
                         .a_row_run_stride = row_stride,
                         .a_k_run = sliding.to.width,
                         .a_k_run_stride = sliding.stride * row_stride});
}

/// The same for elements first ... end - 1 of the kernel, each by itself, over the outputs for which it is within `x`.
void product_of_each_tap(const RunContext& context, const Sliding& sliding, const Source& x, const float* dy,
                         float* slot, std::size_t first, std::size_t end) noexcept {
  const std::size_t panel = context.kernels->panel, kernel = sliding.kernel, stride = sliding.stride;
  const std::size_t channels = sliding.from.channels, row_stride = x.width * channels;
  const std::size_t filters = sliding.to.channels, dy_row_stride = sliding.to.width * filters;
  const Slide down{x.height, x.top, kernel, stride}, right{x.width, x.left, kernel, stride};
  clear_padding(context, sliding, slot, first * channels, (end - first) * channels);
  for (std::size_t tap = first; tap < end; ++tap) {
    const Places rows = down.places_of_tap(tap / kernel, sliding.to.height);
    const Places columns = right.places_of_tap(tap % kernel, sliding.to.width);
    const std::size_t width = columns.end - columns.first, pixels = (rows.end - rows.first) * width;
    // A tap that never is within the image has an empty sum.
    const std::size_t from = pixels == 0 ? 0 : down.begin(rows) * row_stride + right.begin(columns) * channels;
    context.kernels->gemm({.a = x.pixels + from,
                           .a_row_stride = 1,
                           .a_k_stride = stride * channels,
                           .b = dy + rows.first * dy_row_stride + columns.first * filters,
                           .b_panel_stride = panel,
                           .b_k_stride = filters,
                           .c = slot + tap * channels * panel,
                           .c_panel_stride = sliding.k() * panel,
                           .c_row_stride = panel,
                           .bias = nullptr,
                           .m = channels,
                           .columns = filters,
                           .k = pixels,
                           .start = GemmStart::zero,
                           .a_k_run = width,
                           .a_k_run_stride = stride * row_stride,
                           .b_k_run_stride = dy_row_stride});
  }
}

}  // namespace

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

std::size_t SampleGradients::parts(const RunContext& context) const noexcept {
  const bool long_tiles = sample_work(sliding).saturated() >= 2 * tile_work && context.rows < enough_samples;
  return long_tiles && copy == calls::no_buffer ? std::size_t{sliding.kernel} * sliding.kernel : 1;
}

std::size_t SampleGradients::tiles(const RunContext& context) const noexcept {
  return base::ceil_div(context.rows, samples_each(sliding)) * parts(context);
}

void SampleGradients::run(const RunContext& context, std::size_t tile) const noexcept {
  const std::size_t each = samples_each(sliding), own_parts = parts(context);
  const std::size_t group = tile / own_parts, part = tile % own_parts;
  const std::size_t end = std::min(group * each + each, context.rows);
  float* const own_copy = floats_or_null(context, copy, group * copy_floats(sliding, sliding.to.height).saturated());
  for (std::size_t sample = group * each; sample < end; ++sample) {
    const float* const own_x = context.floats(x) + sample * x_stride;
    const float* const own_dy = context.floats(dy) + sample * dy_stride;
    float* const own_slot = context.floats(slots) + sample * slot.floats;
    const Source image = source(context, sliding, own_x, own_copy, 0, sliding.to.height);
    const std::size_t taps = std::size_t{sliding.kernel} * sliding.kernel;
    if (own_parts > 1)
      product_of_each_tap(context, sliding, image, own_dy, own_slot, part, part + 1);
    else if (sliding.leaves_image() && own_copy == nullptr)
      product_of_each_tap(context, sliding, image, own_dy, own_slot, 0, taps);
    else
      one_product(context, sliding, image, own_dy, own_slot);
    if (slot.bias_offset == no_offset || part != 0) continue;
    std::fill(own_slot + slot.bias_offset, own_slot + slot.floats, 0.0f);
    sum_pixels(context, sliding.to, own_dy, context.floats(row) + group * row_floats(sliding).saturated(),
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
