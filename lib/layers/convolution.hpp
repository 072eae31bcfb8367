// The calls that a convolution is made of. All of them are matrix products over an image read where it lies: rows are
// output pixels and k is (ky, kx, channel), or the other way round for the weight's gradient. Where the kernel leaves
// the image, the product is shorter by the pixels that are not there. Only where this would be slow, an image is
// copied, with zeros around and between its pixels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/checked.hpp"
#include "calls/call.hpp"
#include "calls/work.hpp"
#include "layers/sliding.hpp"

namespace treadle::layers {

/// How the outputs of a micro-batch are cut into tiles, from the shape of a sample alone: several samples, or one, or a
/// strip of one's rows.
struct SlidingTiles {
  std::size_t samples_each;
  std::size_t strips;
  std::size_t rows_each;

  explicit SlidingTiles(const Sliding& sliding) noexcept;
  std::size_t count(std::size_t samples) const noexcept { return base::ceil_div(samples, samples_each) * strips; }
};

/// Floats of the copies with zeros that all tiles of `samples` samples take; 0 when none is needed.
base::CheckedSize zeros_floats(const Sliding& sliding, std::size_t samples) noexcept;

/// to = bias + from * weight, for each sample; with relu, or where `gate` is not above 0, as GemmFinish.
struct Convolve {
  calls::BufferId from, weight, copy, to;  // copy: where it needs zeros
  calls::BufferId gate;                    // laid out as `to`; or none
  bool relu;
  Sliding sliding;
  std::size_t weight_offset, bias_offset;  // within `weight`; no bias: no_offset
  std::size_t from_stride, to_stride;

  static constexpr std::size_t no_offset = SIZE_MAX;

  static constexpr std::string_view name = "convolve";
  calls::Work work(const calls::RunContext& context) const noexcept;
  std::size_t tiles(const calls::RunContext& context) const noexcept;
  calls::Work tile_work(const calls::RunContext& context) const noexcept;
  void run(const calls::RunContext& context, std::size_t tile) const noexcept;
};

/// Where each sample's own gradient is: the weight's, then the bias's, laid out as the parameters themselves.
struct GradientSlots {
  std::size_t floats;       // of one slot
  std::size_t bias_offset;  // within it; no bias: no_offset
};

/// slot = gradient of the weight and bias, for each sample by itself.
struct SampleGradients {
  calls::BufferId x, dy, copy, row, slots;  // copy (where it needs zeros), row: one of each for each tile
  Sliding sliding;                          // of the forward pass
  GradientSlots slot;
  std::size_t x_stride, dy_stride;

  static constexpr std::size_t no_offset = SIZE_MAX;

  /// With fewer samples a large product is cut by the elements of the kernel too.
  static constexpr std::size_t enough_samples = 4;

  static constexpr std::string_view name = "weight gradient";
  calls::Work work(const calls::RunContext& context) const noexcept;
  std::size_t parts(const calls::RunContext& context) const noexcept;  // of each sample
  std::size_t tiles(const calls::RunContext& context) const noexcept;
  void run(const calls::RunContext& context, std::size_t tile) const noexcept;
};

/// Floats of the copies with zeros that SampleGradients needs, and of the rows of dy in which it adds all rows.
base::CheckedSize sample_gradients_copy_floats(const Sliding& sliding, std::size_t samples) noexcept;
base::CheckedSize sample_gradients_row_floats(const Sliding& sliding, std::size_t samples) noexcept;

/// gradients += slot of each sample, in the order of the samples, and the update.
struct SumGradients {
  calls::BufferId slots, gradients;
  std::size_t offset, floats;

  static constexpr std::string_view name = "sum of gradients";
  calls::Work work(const calls::RunContext& context) const noexcept;
  std::size_t tiles(const calls::RunContext&) const noexcept;
  void run(const calls::RunContext& context, std::size_t tile) const noexcept;
};

/// The weight as the input's gradient multiplies with it: W[f, c, ky, kx] at [c, f, -ky, -kx].
struct TurnWeight {
  calls::BufferId values, turned;
  std::size_t weight_offset;
  std::uint16_t filters, channels, kernel;

  static constexpr std::string_view name = "turn the weight";
  calls::Work work(const calls::RunContext& context) const noexcept;
  std::size_t tiles(const calls::RunContext&) const noexcept { return std::size_t{kernel} * kernel; }
  void run(const calls::RunContext& context, std::size_t tile) const noexcept;
};

}  // namespace treadle::layers
