// The loss of samples with two targets.
#include <treadle/losses.hpp>

#include <limits>

#include "calls/call.hpp"
#include "kernels/softmax_cross_entropy.hpp"

namespace treadle::losses {
namespace {

/// Whether both are columns.
bool are_classes(std::int32_t a, std::int32_t b, std::size_t columns) noexcept {
  return static_cast<std::uint32_t>(a) < columns && static_cast<std::uint32_t>(b) < columns;
}

/// What the second target changes is added to what the kernel gives: with p = softmax(z),
///   loss     = log(sum_j exp(z_j)) - z_target + share (z_target - z_other)
///   gradient = (p - onehot(target)) + share (onehot(target) - onehot(other)), times scale.
void run_row(const calls::RunContext& context, const kernels::SoftmaxCrossEntropyArgs& row, std::int32_t other,
             float wanted_share) noexcept {
  const std::int32_t target = *row.targets;
  const bool known = are_classes(target, other, row.columns);
  const float share = known ? wanted_share : 0.0f;
  const std::size_t one = known ? static_cast<std::size_t>(target) : 0;
  const std::size_t two = known ? static_cast<std::size_t>(other) : 0;
  // The gradient may take the place of the logits.
  const float more = known ? share * (row.logits[one] - row.logits[two]) : std::numeric_limits<float>::infinity();
  context.kernels->softmax_cross_entropy(row);
  *row.loss += more;
  row.gradient[one] += share * row.scale;
  row.gradient[two] -= share * row.scale;
}

}  // namespace

/// Does what the kernel softmax_cross_entropy does for rows of the micro-batch of `context`, against the targets of
/// `args` and those of context.mixed. Each row has the bits that it would have alone.
void mixed_softmax_cross_entropy(const calls::RunContext& context,
                                 const kernels::SoftmaxCrossEntropyArgs& args) noexcept {
  const std::size_t first = context.first_row + static_cast<std::size_t>(args.targets - context.targets());
  kernels::SoftmaxCrossEntropyArgs row = args;
  row.rows = 1;
  for (std::size_t i = 0; i < args.rows; ++i) {
    run_row(context, row, context.mixed->others[first + i], context.mixed->shares[first + i]);
    row.logits += args.row_stride;
    row.gradient += args.row_stride;
    ++row.targets;
    ++row.loss;
    ++row.correct;
  }
}

}  // namespace treadle::losses
