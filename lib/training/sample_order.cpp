#include "training/sample_order.hpp"

#include <algorithm>
#include <numeric>

#include "base/philox.hpp"

namespace treadle::training {
namespace {

/// Of so many samples one sum of weights is kept; those between are added up again when they are looked for.
constexpr std::size_t block = 64;

bool is_drawn(const LoaderOptions& options) noexcept { return options.shuffle && !options.loading.weights.empty(); }

}  // namespace

std::uint32_t window_slot(std::uint64_t seed, std::size_t epoch, std::size_t held, std::size_t went) noexcept {
  const base::RandomStream random(seed, base::Purpose::window_order, static_cast<std::uint32_t>(epoch));
  return random.below(static_cast<std::uint32_t>(held), went);
}

/// The window needs no room beside the order: slot s lies at the s-th place from its end, and as the window shrinks,
/// the last slot is where the next sample goes.
void windowed_order(std::uint64_t seed, std::size_t epoch, std::size_t window,
                    std::span<std::uint32_t> order) noexcept {
  const std::size_t samples = order.size(), slots = std::min(window, samples);
  for (std::size_t slot = 0; slot < slots; ++slot) order[samples - 1 - slot] = static_cast<std::uint32_t>(slot);
  for (std::size_t went = 0; went < samples; ++went) {
    const std::size_t held = std::min(slots, samples - went);
    const std::size_t place = samples - 1 - window_slot(seed, epoch, held, went);
    const std::uint32_t sample = order[place];
    order[place] = slots + went < samples ? static_cast<std::uint32_t>(slots + went) : order[went];
    order[went] = sample;
  }
}

SampleOrder::SampleOrder(std::size_t samples, const LoaderOptions& options, std::size_t batches, std::size_t window)
    : samples_(samples),
      batch_size_(options.batch_size),
      batches_(batches),
      seed_(options.seed),
      shuffle_(options.shuffle),
      window_(window) {
  if (!is_drawn(options)) {
    order_.resize(samples);
    std::iota(order_.begin(), order_.end(), 0u);
    return;
  }
  order_.resize(batches * batch_size_);
  weights_ = options.loading.weights;
  sums_.reserve(base::ceil_div(samples, block));
  double sum = 0;
  for (std::size_t i = 0; i < samples; ++i) {
    const double before = sum;
    sum += static_cast<double>(weights_[i]);
    if (sum > before) last_ = i;
    if (i % block == block - 1 || i + 1 == samples) sums_.push_back(sum);
  }
}

base::CheckedSize SampleOrder::bytes(std::size_t samples, const LoaderOptions& options, std::size_t batches) noexcept {
  if (!is_drawn(options)) return base::CheckedSize{samples} * sizeof(std::uint32_t);
  return base::CheckedSize{batches} * options.batch_size * sizeof(std::uint32_t) +
         base::CheckedSize{base::ceil_div(samples, block)} * sizeof(double);
}

void SampleOrder::begin_epoch(std::size_t epoch) noexcept {
  epoch_ = epoch;
  if (drawn() || !shuffle_) return;
  if (window_ > 0)
    windowed_order(seed_, epoch, window_, order_);
  else
    shuffled_order(seed_, epoch, order_);
}

std::span<const std::uint32_t> SampleOrder::batch(std::size_t batch) const noexcept {
  const std::size_t first = batch * batch_size_;
  return std::span(order_).subspan(drawn() ? batch % batches_ * batch_size_ : first,
                                   std::min(batch_size_, samples_ - first));
}

void SampleOrder::draw(std::size_t batch) noexcept {
  if (!drawn()) return;
  const base::RandomStream random(seed_, base::Purpose::weighted_order, static_cast<std::uint32_t>(epoch_));
  const std::size_t first = batch * batch_size_, count = std::min(batch_size_, samples_ - first);
  std::uint32_t* const room = order_.data() + batch % batches_ * batch_size_;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t place = first + i;
    const std::uint64_t bits = std::uint64_t{random.bits(2 * place)} << 32 | random.bits(2 * place + 1);
    room[i] = sample_at(static_cast<double>(bits >> 11) * 0x1p-53 * sums_.back());
  }
}

/// The first sample whose running sum of weights is above `part`, a part of the whole.
std::uint32_t SampleOrder::sample_at(double part) const noexcept {
  const auto found = std::upper_bound(sums_.begin(), sums_.end(), part);
  // A product that is rounded up to the whole would find none: the last sample with a weight is meant.
  if (found == sums_.end()) return static_cast<std::uint32_t>(last_);
  double sum = found == sums_.begin() ? 0 : *(found - 1);
  std::size_t sample = static_cast<std::size_t>(found - sums_.begin()) * block;
  while ((sum += static_cast<double>(weights_[sample])) <= part) ++sample;
  return static_cast<std::uint32_t>(sample);
}

}  // namespace treadle::training
