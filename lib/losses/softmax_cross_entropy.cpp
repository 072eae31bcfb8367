#include "losses/softmax_cross_entropy.hpp"

#include "base/checked.hpp"
#include "kernels/softmax_cross_entropy.hpp"
#include "kernels/softmax_cross_entropy_loss.hpp"

namespace treadle::losses {
namespace {

using calls::Activation;
using calls::BufferId;
using calls::RunContext;

/// The kernel compares class numbers as floats, which count exactly up to here.
constexpr std::size_t most_classes = std::size_t{1} << 24;

/// Samples in a tile: enough work to hand to a thread.
constexpr std::size_t rows_each = 128;

std::size_t row_tiles(const RunContext& context) noexcept { return base::ceil_div(context.rows, rows_each); }

std::size_t rows_in(const RunContext& context, std::size_t first) noexcept {
  return context.rows - first < rows_each ? context.rows - first : rows_each;
}

/// Operations for each logit: those of a softmax and the difference to the target.
constexpr double flops_each = 26;

calls::Work loss_work(const RunContext& context, std::size_t columns, double floats_each) noexcept {
  const double elements = calls::elements(context.rows, columns);
  return {.flops = flops_each * elements, .bytes = calls::bytes_of(floats_each * elements)};
}

struct LossOnly {
  BufferId logits, losses, hits;
  std::size_t columns, row_stride;

  static constexpr std::string_view name = "loss";
  calls::Work work(const RunContext& context) const noexcept { return loss_work(context, columns, 1); }
  std::size_t tiles(const RunContext& context) const noexcept { return row_tiles(context); }
  void run(const RunContext& context, std::size_t tile) const noexcept {
    const std::size_t first = tile * rows_each;
    context.kernels->softmax_cross_entropy_loss({.logits = context.floats(logits) + first * row_stride,
                                                 .targets = context.targets() + first,
                                                 .loss = context.floats(losses) + context.first_row + first,
                                                 .correct = context.floats(hits) + context.first_row + first,
                                                 .rows = rows_in(context, first),
                                                 .columns = columns,
                                                 .row_stride = row_stride});
  }
};

struct LossAndGradient {
  BufferId logits, gradient, losses, hits;
  std::size_t columns, row_stride;

  static constexpr std::string_view name = "loss and its gradient";
  calls::Work work(const RunContext& context) const noexcept { return loss_work(context, columns, 2); }
  std::size_t tiles(const RunContext& context) const noexcept { return row_tiles(context); }
  void run(const RunContext& context, std::size_t tile) const noexcept {
    const std::size_t first = tile * rows_each;
    const kernels::SoftmaxCrossEntropyArgs args{.logits = context.floats(logits) + first * row_stride,
                                                .targets = context.targets() + first,
                                                .gradient = context.floats(gradient) + first * row_stride,
                                                .loss = context.floats(losses) + context.first_row + first,
                                                .correct = context.floats(hits) + context.first_row + first,
                                                .rows = rows_in(context, first),
                                                .columns = columns,
                                                .row_stride = row_stride,
                                                .scale = 1.0f / static_cast<float>(context.batch_rows)};
    if (context.mixed != nullptr) return context.mixed->loss(context, args);
    context.kernels->softmax_cross_entropy(args);
  }
};

}  // namespace

Result<void> check(const SoftmaxCrossEntropy& loss, const Shape& output) noexcept {
  if (output.rank() != 1)
    return Error{ErrorCode::shape_mismatch, Message{loss.type} << ": expected an output [classes], got " << output};
  if (output[0] > most_classes)
    return Error{ErrorCode::too_large,
                 Message{loss.type} << ": expected at most " << most_classes << " classes, got " << output[0]};
  return {};
}

Activation record(const SoftmaxCrossEntropy&, const LossContext& context, calls::Recorder& recorder) noexcept {
  const Activation& logits = context.output;
  const Activation gradient = logits.overwritable ? logits : recorder.activation_like(logits);
  recorder.call(calls::Phase::loss,
                LossOnly{logits.buffer, context.sample_losses, context.sample_hits, logits.columns, logits.row_stride},
                {logits.buffer, context.sample_losses, context.sample_hits, calls::targets_buffer});
  recorder.call(calls::Phase::loss_gradient,
                LossAndGradient{logits.buffer, gradient.buffer, context.sample_losses, context.sample_hits,
                                logits.columns, logits.row_stride},
                {logits.buffer, gradient.buffer, context.sample_losses, context.sample_hits, calls::targets_buffer});
  return gradient;
}

}  // namespace treadle::losses
