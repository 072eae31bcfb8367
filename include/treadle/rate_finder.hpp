// The learning-rate finder: trains for a few iterations while the learning rate rises, and suggests one.
#pragma once

#include <treadle/losses.hpp>
#include <treadle/model.hpp>
#include <treadle/optimizers.hpp>
#include <treadle/result.hpp>
#include <treadle/source.hpp>
#include <treadle/training.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace treadle {

/// One iteration of the range test.
struct RatePoint {
  double learning_rate = 0;
  double loss = 0;           ///< mean over its batch, before its update
  double smoothed_loss = 0;  ///< see RateFinderOptions::smoothing
};

/// The range test of Smith 2017 (arXiv:1506.01186, section 3.3) with the numbers that fastai and Lightning have come
/// to: the rate rises by the same factor in each iteration.
struct RateFinderOptions {
  double least = 1e-7;           ///< learning rate of the first iteration, above 0
  double most = 10;              ///< of the last one, above `least`
  std::size_t iterations = 100;  ///< at least 2
  /// b of s_i = b s_(i-1) + (1 - b) loss_i, s_0 = 0; the smoothed loss is s_i / (1 - b^i), i from 1. In [0, 1).
  double smoothing = 0.98;
  /// The test ends when the smoothed loss is above this many times the least one. Above 1.
  double divergence = 4;
  std::function<void(const RatePoint&)> on_point = {};  ///< called after each iteration, if there is something to call
};

/// Why a range test ended.
enum class RateFinderEnd : std::uint8_t {
  iterations,
  divergence,
  not_finite,  ///< a loss was not finite; it is not among the points
  request,     ///< TrainerOptions::stop
};

struct RateFinding {
  std::vector<RatePoint> points;
  RateFinderEnd end = RateFinderEnd::iterations;
  /// Where the smoothed loss falls most steeply over the logarithm of the rate (central differences). The first tenth
  /// of the planned iterations, in which it is hardly smoothed, and the last point do not count, nor does what falls
  /// behind the least of these losses, from a hill that the rates of before have made. Nothing if the loss falls
  /// nowhere.
  std::optional<double> suggestion;
  /// A tenth of the rate where the smoothed loss of these points is least, the other usual choice. Nothing if the
  /// loss falls nowhere.
  std::optional<double> tenth_of_minimum;
};

/// Trains a copy of `model`, from its parameters if it has any, else from new ones drawn with options.seed, as
/// Trainer::fit() would with the learning rates of the test instead of the optimizer's. The model stays as it is. The
/// points depend on what fit()'s bits depend on, and on nothing else.
/// Of `options` these are not looked at: schedule, warm_up, plateau, epochs, max_iterations, max_seconds,
/// early_stopping, validation_every, guard, checkpoints, fast_dev_run and overfit_batches.
/// Errors: `invalid_argument` for numbers out of range, and what fit() refuses.
Result<RateFinding> find_rate(const Model& model, const Loss& loss, const Optimizer& optimizer,
                              const data::Samples& train, const TrainerOptions& options,
                              const RateFinderOptions& finder = {});

}  // namespace treadle
