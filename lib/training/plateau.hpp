// Lowers the learning rate when the validation loss stays where it is.
#pragma once

#include <treadle/schedule.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>

namespace treadle::training {

struct PlateauState {
  double best = std::numeric_limits<double>::infinity();
  std::uint64_t waited = 0;    ///< validations since then
  std::uint64_t cooldown = 0;  ///< validations that are still not counted
  double factor = 1;
};

/// Takes in a validation. A NaN is no improvement.
inline void take_in(const ReduceOnPlateau& options, double loss, PlateauState& state) noexcept {
  if (loss < state.best * (1 - options.threshold)) {
    state.best = loss;
    state.waited = 0;
  } else {
    ++state.waited;
  }
  if (state.cooldown > 0) {
    --state.cooldown;
    state.waited = 0;
  }
  if (state.waited <= options.patience) return;
  state.factor = std::max(state.factor * options.factor, options.least);
  state.cooldown = options.cooldown;
  state.waited = 0;
}

}  // namespace treadle::training
