// Mixes the samples of a batch in pairs: mixup (Zhang, Cisse, Dauphin, Lopez-Paz 2018, arXiv:1710.09412, section 2).
#pragma once

#include <treadle/augmentation.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace treadle::training {

/// A batch that is to be filled. `others` and `shares` are empty unless it is mixed.
struct BatchRoom {
  std::span<float> inputs;          // [n, sample elements]
  std::span<std::int32_t> targets;  // [n]
  std::span<std::int32_t> others;   // [n]: the target of the sample that was mixed in
  std::span<float> shares;          // [n]: how much of it, 0 ... 1/2
};

/// The paper mixes a batch with a shuffled copy of itself, with one lambda ~ Beta(alpha, alpha). Here rows are shuffled
/// and neighbours mixed with one another in place, each with a lambda of its own, so that there is no copy; in a batch
/// of odd size one row stays as it is. Of lambda and 1 - lambda a row's own target gets the larger, which gives the
/// same pairs as often and keeps the accuracy meaningful. All depends on the seed, the epoch and the batch's place in
/// it.
class Mixup {
 public:
  Mixup(const data::Augmentation& options, std::uint64_t seed) noexcept;

  bool active() const noexcept { return alpha_ > 0; }

  /// Finds the pairs of a batch whose first sample is number `place` of its epoch, and their shares: rows order[0] and
  /// order[1] are a pair, and so on. `order` has a place for each row. Before any of the batch is mixed.
  void pair(const BatchRoom& batch, std::span<std::uint32_t> order, std::size_t epoch,
            std::uint64_t place) const noexcept;

  /// Mixes pair `pair` of pair()'s order.
  static void mix(const BatchRoom& batch, std::span<const std::uint32_t> order, std::size_t pair) noexcept;

  /// Both for a whole batch; does nothing unless it is active.
  void apply(const BatchRoom& batch, std::span<std::uint32_t> order, std::size_t epoch,
             std::uint64_t place) const noexcept;

 private:
  double alpha_;
  std::uint64_t seed_;
};

/// 1 - lambda or lambda, whichever is smaller: by Joehnk's method ("Erzeugung von betaverteilten und gammaverteilten
/// Zufallszahlen", Metrika 8, 1964) from the numbers `first` to `first` + 127 of (seed, epoch). 0 < alpha <= 1.
double draw_share(double alpha, std::uint64_t seed, std::size_t epoch, std::uint64_t first) noexcept;

/// ln(x) for x > 0, and e^x for x <= 0, from operations that are the same on every machine. The error is below 2e-14 of
/// ln(x), and while e^x is normal below 2e-13 of it.
double natural_logarithm(double x) noexcept;
double exponential(double x) noexcept;

}  // namespace treadle::training
